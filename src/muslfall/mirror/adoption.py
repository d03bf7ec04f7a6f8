"""The adoption of a toolchain: what lies in an unpacked archive becomes a release.

The tools are looked for where the layouts have them, clang is asked which LLVM it is, and
compiler-rt is tried by linking it. The findings are the record (`mirrored`).
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

from muslfall.base.errors import MuslfallError
from muslfall.base.printable import last_line
from muslfall.pins.mirrored import Record

#: The names of the tools in bin/, and, where one binary is all of them, what it is called.
BIN = {"clang": "bin/clang", "wasm-ld": "bin/wasm-ld", "ar": "bin/llvm-ar"}
#: Our own archives have zig itself beside the scripts in bin/, each of which costs a shell.
ZIGS = ("llvm/ziglang/zig", "ziglang/zig")
#: Where clang's own headers are, and compiler-rt. Not emscripten's libcompiler_rt.a: that has
#: parts of its libc, such as setjmp's runtime, which a program would get in the place of musl's.
INCLUDES = ("llvm/ziglang/lib/include", "ziglang/lib/include", "lib/clang/*/include")
BUILTINS = (
    "sysroot/lib/libcompiler_rt.a",
    "lib/clang/*/lib/wasm32-unknown-*/libclang_rt.builtins.a",
    "lib/clang/*/lib/*/libclang_rt.builtins-wasm32.a",
)
#: What clang says of itself: "clang version 19.1.7 (ADDRESS COMMIT)", perhaps a vendor before it.
VERSION = re.compile(r"\bclang version ([0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9})\S*(?: \(([^)]*)\))?")
#: Seconds that a tool may take to answer.
ANSWER = 60


def inspect(bare: Record, tree: Path) -> Record:
    """The record `bare` with what is found in the archive's tree.

    Raises MuslfallError: it has no clang, wasm-ld and llvm-ar, or they do not run here.
    """
    tools = find_tools(tree, bare.name)
    argv = {name: [str(tree / path), *rest] for name, (path, *rest) in tools.items()}
    llvm, revision = version_of(argv["clang"])
    archives = (path for glob in BUILTINS for path in sorted(tree.glob(glob)))
    builtins = next((path for path in archives if links(argv["wasm-ld"], path)), None)
    include = next((path for glob in INCLUDES for path in sorted(tree.glob(glob))), None)
    return replace(
        bare,
        llvm=llvm,
        revision=revision,
        tools=tools,
        include=include.relative_to(tree).as_posix() if include else "",
        builtins=builtins.relative_to(tree).as_posix() if builtins else "",
    )


def find_tools(tree: Path, name: str) -> dict[str, tuple[str, ...]]:
    """The argv of each tool, its path in the tree. Raises MuslfallError: one is not there."""
    for zig in ZIGS:
        if (tree / zig).is_file():
            return {tool: (zig, tool) for tool in BIN}
    missing = [path for path in BIN.values() if not (tree / path).is_file()]
    if missing:
        what = f"has no toolchain in it: no {', '.join(missing)}, and no {' or '.join(ZIGS)}"
        raise MuslfallError(what, name, "another build, or --layout")
    return {tool: (path,) for tool, path in BIN.items()}


def version_of(clang: list[str]) -> tuple[str, str]:
    """The version and the revision that a clang says. Raises MuslfallError: it says none."""
    said = ask([*clang, "--version"])
    found = VERSION.search(said)
    if not found:
        line = last_line(said)[:200] or "nothing"
        hint = "an archive for this machine, and the libraries that it needs"
        raise MuslfallError(f"does not say its version, but: {line}", clang[0], hint)
    return found[1], (found[2] or "").rpartition(" ")[2]


def ask(argv: list[str], folder: str | None = None) -> str:
    """A tool's output; its complaints, when it prints nothing."""
    try:
        done = subprocess.run(
            argv,
            cwd=folder,
            capture_output=True,
            timeout=ANSWER,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return done.stdout or done.stderr


def links(wasm_ld: list[str], archive: Path) -> bool:
    """Whether an archive's objects can be part of a position-independent module."""
    with tempfile.TemporaryDirectory() as folder:
        flags = ["-pie", "--experimental-pic", "--no-entry", "--import-memory", "--import-table"]
        flags += ["--unresolved-symbols=ignore-all", "--whole-archive", str(archive)]
        ask([*wasm_ld, *flags, "-o", "linked.wasm"], folder)
        return Path(folder, "linked.wasm").exists()
