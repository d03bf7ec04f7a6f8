"""The programs of a suite, compiled and linked."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from muslfall.base.errors import MuslfallError
from muslfall.driver import check as link_check
from muslfall.driver import clang_options
from muslfall.driver import main as driver
from muslfall.driver.invocation import parse
from muslfall.pins.variant import Variant
from muslfall.suites.suite import Case

#: Seconds that the tools may take for one test.
BUILD_TIMEOUT = 120
#: What clang says of its command line, by whatever name it was called; not of a place in a file.
DRIVER_ERROR = re.compile(r"^[\w.+-]+: error: ", re.MULTILINE)


@dataclass(frozen=True)
class Built:
    """A program, or why there is none: stage "" and its path, or the stage and what it said.

    dropped: the flags that this clang does not know, and that were left out.
    """

    stage: str
    said: str
    seconds: float
    program: Path
    dropped: tuple[str, ...] = ()


class Quiet(driver.Runner):
    """Runs the tools and keeps what they say."""

    def __init__(self) -> None:
        super().__init__()
        self.said = ""
        self.stage = "compile"

    def run(self, argv: Sequence[str]) -> None:
        """Raises ToolError: the tool's status is not 0, or it took too long."""
        self.stage = "compile" if "-c" in argv else "link"
        try:
            done = subprocess.run(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=BUILD_TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            self.said = f"took more than {BUILD_TIMEOUT} s"
            raise driver.ToolError(124) from None
        self.said = done.stdout.decode("utf-8", "replace")
        if done.returncode:
            raise driver.ToolError(done.returncode)


class Driver(driver.Driver):
    """musl-clang in this process. providers: the libc and the kernel, read once."""

    def __init__(self, tools: driver.Toolchain, words: Sequence[str], providers: Sequence) -> None:
        super().__init__(tools, parse(words))
        self.runner = Quiet()
        self.providers = providers

    def check(self, output: Path, libraries: Sequence, objects: Sequence[Path]) -> None:
        module = link_check.read(output)
        found = link_check.problems(module, [*libraries, *self.providers], objects)
        errors = [problem.text for problem in found if problem.is_error]
        if not link_check.has_main(module):
            errors.append("undefined symbol: main")
        if errors:
            raise MuslfallError(errors)


class Compiler:
    """The variant's toolchain: programs out of tests.

    folder: where the programs go. static: each is one module, with all of the libc that it uses.
    """

    def __init__(self, variant: Variant, folder: Path, static: bool = False) -> None:
        self.tools = toolchain(variant)
        self.folder = folder
        self.providers = [
            link_check.read(self.tools.out / name) for name in (driver.LIBC, driver.KERNEL)
        ]
        self.static = static
        self.known_flags: dict[tuple[str, ...], bool] = {}

    def accepts(self, words: tuple[str, ...]) -> bool:
        """Whether clang knows a flag; GCC's own are left out of what a test asks for.

        Only what clang says of the flag itself counts: a header that is not there, say, is an
        error of the test's.
        """
        if words not in self.known_flags:
            argv = [*self.tools.clang, "-fsyntax-only", "-x", "c", os.devnull, *words]
            done = subprocess.run(argv, capture_output=True, text=True, check=False)
            self.known_flags[words] = done.returncode == 0 or not DRIVER_ERROR.search(done.stderr)
        return self.known_flags[words]

    def choose(self, flags: Sequence[str]) -> tuple[list[str], list[str]]:
        """The flags that clang takes, and those that it does not know."""
        taken: list[str] = []
        dropped: list[str] = []
        for words in grouped(flags):
            is_input = not words[0].startswith("-")
            (taken if is_input or self.accepts(words) else dropped).extend(words)
        return taken, dropped

    def build(self, case: Case, opt: str) -> Built:
        """Compile and link a test."""
        began = time.perf_counter()
        output = self.folder / f"{case.name}.wasm"
        output.parent.mkdir(parents=True, exist_ok=True)
        flags, dropped = self.choose(case.flags)
        # A compiler that crashes is a result; what it would leave in /tmp is nobody's.
        usual = [f"-{opt}", "-fno-crash-diagnostics", *(["--static"] if self.static else [])]
        words = [*usual, *flags, *map(str, case.sources), "-o", str(output)]
        made = Driver(self.tools, words, self.providers)
        stage = said = ""
        try:
            made.link()
        except driver.ToolError:
            stage, said = made.runner.stage, made.runner.said
        except MuslfallError as error:
            stage, said = "link", str(error)
        return Built(stage, said, time.perf_counter() - began, output, tuple(dropped))


def grouped(flags: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Flags, each with the next words that are its values."""
    with_value = clang_options.separate()
    words = iter(flags)
    for word in words:
        yield (word, *islice(words, with_value.get(word, 0)))


def toolchain(variant: Variant) -> driver.Toolchain:
    """The toolchain that the command musl-clang in the variant's bin/ is made for."""
    quirks = variant.release("llvm").quirks
    settings = {
        "out": variant.libc_out,
        "clang": " ".join(variant.tool("llvm", "clang")),
        "wasm-ld": " ".join(variant.tool("llvm", "wasm-ld")),
        "target": str(quirks["pic-target"]),
        "include": f"{variant.pinned('llvm')}/{quirks['include']}",
        "program": " ".join([*quirks["program"], *quirks["setjmp"]]),
        **{name: " ".join(quirks[name]) for name in ("assemble", "unresolved")},
    }
    return driver.toolchain(Path.cwd(), settings)
