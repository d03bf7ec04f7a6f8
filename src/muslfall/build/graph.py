"""What SConstruct asks of the checkout: lists of files, and the flags of the steps."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from muslfall.base.files import write_if_changed
from muslfall.build.imports import module_files
from muslfall.hosts.expectation import ProgramTest, load_test
from muslfall.libc import portable
from muslfall.pins import series as pins
from muslfall.pins.release import COMPONENTS
from muslfall.pins.variant import VARIABLES, Variant, defaults

#: Folders whose Python, data or list of files decides what the graph is.
GRAPH_GLOBS = (
    "SConstruct",
    "site_scons/*.py",
    "site_scons/site_tools/*.py",
    "toolchain/*.toml",
    "musl/*.toml",
    "tests/programs/*.toml",
    "requirements.lock",
)
GRAPH_FOLDERS = (
    "arch/wasm32",
    "arch/wasm32/bits",
    "arch/wasm32/crt",
    "arch/wasm32/include",
    "arch/wasm32/kernel",
    "src/muslfall/driver/bin",
)
#: And these with all folders in them: the tests of programs name folders, whose files count.
GRAPH_TREES = ("tests/programs",)
#: The modules of this package that decide what the graph is: what SConstruct and its tools import.
GRAPH_MODULES = (
    "muslfall.build.assemble_loader",
    "muslfall.build.run",
    "muslfall.build.clock",
    "muslfall.build.graph",
    "muslfall.build.imports",
    "muslfall.build.ninja",
    "muslfall.libc.portable",
    "muslfall.pins.variant",
)

#: What configure scripts put before a tool's name with --host.
HOST = "wasm32-unknown-linux-musl"
#: The names that they look for, and the commands that they find under them.
CROSS_TOOLS = {
    "cc": "musl-clang",
    "gcc": "musl-clang",
    "clang": "musl-clang",
    "ar": "musl-ar",
    "ranlib": "musl-ranlib",
    "ld": "musl-ld",
    "strip": "musl-strip",
    "pkg-config": "musl-pkg-config",
}

#: A module that a step runs, in a tool or in a script.
STEP = re.compile(r"(?:PYTHON_STEP|-m) (muslfall[\w.]*)")


def python() -> str:
    """The interpreter of the steps: the checkout's own, when it is there."""
    own = ".venv/bin/python"
    return own if os.path.exists(own) else sys.executable


def help_text(root: Path = Path()) -> str:
    """The variables, their defaults and their choices, for the help of build and of scons."""
    lkgr = defaults(root)
    lines = ["Variables (NAME=VALUE), with the LKGR's value:"]
    for name, meaning in VARIABLES.items():
        lines.append(f"  {name + '=' + lkgr[name]:<22} {meaning}")
        if name in COMPONENTS:
            lines.append(f"  {'':<22} {', '.join(pins.load_series(root, name).versions())}")
    return "\n".join(lines)


def crt_objects() -> dict[str, list[str]]:
    """The start file per form of main, and what arch/wasm32/crt/crt1.c is told for it.

    crt1.o is for what clang calls `__main_argc_argv`; those with a number, of parameters, for a
    function named `main`; void is for one without a result.
    """
    found = {"crt1.o": [], "crt1-void.o": ["-DRESULTLESS"]}
    for count in range(4):
        flags = ["-DMAIN=main", f"-DPARAMETERS={count}"]
        found[f"crt1-{count}.o"] = flags
        found[f"crt1-{count}-void.o"] = [*flags, "-DRESULTLESS"]
    return found


def write_object_list(path: Path, objects: Mapping[str, object]) -> None:
    """The input of the manifest stage: a line `KEY OBJECT` per file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_if_changed(path, "".join(f"{key} {obj}\n" for key, obj in objects.items()))


def wrapper_edits(variant: Variant) -> list[str]:
    """sed's edits that make a command in bin/ out of its template."""
    quirks = variant.release("llvm").quirks
    values = {
        "CLANG": " ".join(variant.tool("llvm", "clang")),
        "WASM_LD": " ".join(variant.tool("llvm", "wasm-ld")),
        "AR": " ".join(variant.tool("llvm", "ar")),
        "WASM_TOOLS": " ".join(variant.tool("wasm-tools", "wasm-tools")),
        "NODE": variant.tool("v8", "node")[0],
        "NODE_FLAGS": " ".join(variant.release("v8").words("flags")),
        "PINNED_LLVM": variant.pinned("llvm"),
        "LLVM": variant.llvm,
        "MUSL": variant.release("musl").version,
        "INCLUDE": str(quirks["include"]),
        "TARGET": str(quirks["pic-target"]),
        "ASFLAGS": " ".join(quirks["assemble"]),
        "PROGRAM": " ".join(quirks["program"]),
        "SETJMP": " ".join(quirks["setjmp"]),
        "UNRESOLVED": " ".join(quirks["unresolved"]),
        "VARIANT": variant.name,
        "PYTHON": python(),
    }
    return [f"-e 's|@{name}@|{value}|g'" for name, value in values.items()]


def program_test(source: str) -> ProgramTest:
    """How the program in `source` is tested."""
    return load_test(Path(source))


def trial_flags(variant: Variant, source: str, host: str) -> list[str]:
    """The flags of the trial of one program on one host."""
    return [
        f"--test={source}",
        f"--host={host}",
        f"--out={variant.libc_out}",
        f"--node={variant.tool('v8', 'node')[0]}",
        *(f"--node-flag={flag}" for flag in variant.release("v8").words("flags")),
        f"--wasmtime={variant.pinned('wasmtime')}",
    ]


def trial_needs(source: str, host: str) -> list[str]:
    """The files that a trial reads beside the program and the libc."""
    files = module_files("muslfall.loader.main") if host == "wasmtime" else frozenset()
    return sorted(files) + [str(path) for path in program_test(source).files()]


def report_flags(variant: Variant) -> list[str]:
    """The flags of the report: every release, so that it is written anew when one changes."""
    releases = variant.build.releases.values()
    return [*(f"{r.component}={r.version}" for r in releases), f"opt={variant.opt}"]


def regenerate_command(variant: Variant) -> str:
    """The command by which build.ninja writes itself anew."""
    scons = ["env", "-u", "SCONSFLAGS", python(), "-m", "SCons", "-Q", "-s", "--generate"]
    return " ".join([*scons, *variant.assignments()])


def regenerate_inputs(root: Path = Path()) -> list[str]:
    """Everything that build.ninja is made from: files, and folders whose list of files counts."""
    files = [path for glob in GRAPH_GLOBS for path in root.glob(glob)]
    folders = [*GRAPH_FOLDERS, *portable.folders(root)]
    trees = (path for tree in GRAPH_TREES for path in root.glob(f"{tree}/**/"))
    folders += [path.relative_to(root).as_posix() for path in trees]
    modules = {path for name in GRAPH_MODULES for path in module_files(name, root)}
    return sorted({path.as_posix() for path in files} | set(folders) | modules | step_modules(root))


def step_modules(root: Path = Path()) -> set[str]:
    """The files of which each names, by its imports, what some step depends on.

    A step's list of them is in build.ninja: an import more makes that another one.
    """
    scripts = [
        *root.glob("site_scons/site_tools/*.py"),
        *root.glob("src/muslfall/build/stages/*.sh"),
    ]
    names = {name for path in scripts for name in STEP.findall(path.read_text(encoding="utf-8"))}
    return {path for name in (*names, "muslfall.loader.main") for path in module_files(name, root)}
