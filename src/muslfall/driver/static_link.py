"""The static link: program, libc and kernel become one WASI command, of what it uses.

The module imports WASI preview 1 and nothing else, and exports its memory and `_start`: any WASI
host runs it. wasm-ld leaves out what nothing calls.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from muslfall.base.errors import MuslfallError
from muslfall.driver import check as link_check
from muslfall.driver import start_file
from muslfall.driver.invocation import Invocation
from muslfall.driver.tools import Runner, Toolchain, ToolError

#: The stack as in kernel.wasm (SConstruct): lowest, 8 MiB. Overflow is a trap.
FLAGS = ("--stack-first", "-z", "stack-size=8388608")
LIBRARIES = ("libc.a", "libkernel.a", "libcompiler_rt.a")
#: -rdynamic's: a program has nobody to export to, and WASI hosts refuse what the kernel exports.
UNWANTED = ("--export-dynamic", "-E")
#: wasm-ld's report of two types for one function: the symbol, then a line for each.
MISMATCH = re.compile(
    r"function signature mismatch: (?P<name>.*)\n"
    r">>> defined as (?P<type>.*) in (?P<file>.*)\n>>> defined as (?P<type2>.*) in (?P<file2>.*)"
)
#: The folder of an object that musl-clang made for the link: the user knows its source alone.
SCRATCH = re.compile(r"[^ ]*/musl-clang-[^/]*/\d+/")
#: How a configure script asks for a function: see link_check.PROBE.
PROBE = "() -> i32"


class StaticLink:
    """One link of a program with all that it needs."""

    def __init__(self, tools: Toolchain, runner: Runner, invocation: Invocation) -> None:
        self.tools = tools
        self.runner = runner
        self.invocation = invocation

    def run(self, words: Sequence[str], output: Path) -> list[str]:
        """Link; words are the inputs as wasm-ld takes them. Returns warnings.

        Raises MuslfallError: an input is a shared library, main is missing or of no form, a
        function has two types; ToolError: wasm-ld has said what is wrong.
        """
        words = [word for word in words if word not in UNWANTED]
        for word in words:
            if link_check.is_shared(Path(word)):
                raise MuslfallError(
                    "is a shared library, and --static links none",
                    word,
                    "give its objects or an archive, or link without --static",
                )
        argv = [*self.tools.wasm_ld, *FLAGS, *self.parts(words), "-o", str(output)]
        if self.invocation.allow_undefined:
            argv.append("--allow-undefined")
        status, said = self.runner.told(argv)
        said = SCRATCH.sub("", said).replace(f"{self.tools.sysroot / 'lib'}/", "")
        if status:
            print(said, end="", file=sys.stderr)
            raise ToolError(status)
        return self.checked(said, output)

    def parts(self, words: Sequence[str]) -> list[str]:
        """The start file, the inputs, the libraries."""
        if not self.invocation.standard_libraries:
            return list(words)
        folder = self.tools.sysroot / "lib"
        libraries = [folder / name for name in LIBRARIES]
        if self.runner.dry:
            return [str(folder / start_file.USUAL), *words, *map(str, libraries)]
        for path in libraries:
            if not path.is_file():
                raise MuslfallError("is not built", path, "./muslfall build")
        start = start_file.choose([Path(word) for word in words])
        return [*([str(folder / start)] if start else []), *words, *map(str, libraries)]

    def checked(self, said: str, output: Path) -> list[str]:
        """wasm-ld's warnings; two types of one function are an error, and the output is removed."""
        warnings, errors = [], []
        for found in MISMATCH.finditer(said):
            (errors if is_error(found) else warnings).append(mismatch(found))
        if errors:
            output.unlink(missing_ok=True)
            raise MuslfallError(errors)
        rest = MISMATCH.sub("", said).splitlines()
        return warnings + [line for line in map(plain, rest) if line]


def is_error(found: re.Match[str]) -> bool:
    """Whether the types differ in earnest: no configure script asks with them."""
    sides = [(found["type"], found["file"]), (found["type2"], found["file2"])]
    return not any(kind == PROBE and not file.endswith(")") for kind, file in sides)


def mismatch(found: re.Match[str]) -> str:
    """The report in a line."""
    files = [Path(found[name]).name for name in ("file", "file2")]
    return f"{found['name']} is {found['type']} in {files[0]}, but {found['type2']} in {files[1]}"


def plain(line: str) -> str:
    """A line of wasm-ld's without who says it."""
    return line.removeprefix("wasm-ld: ").removeprefix("warning: ").strip()
