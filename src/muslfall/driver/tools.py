"""The tools that musl-clang runs: where they are, what they need, and how they are run."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from muslfall.base.errors import MuslfallError

LIBC = "musl.wasm"


class ToolError(MuslfallError):
    """A tool failed and has said why.

    exit_code: its own exit status, 128 + n for a signal n.
    """

    def __init__(self, status: int) -> None:
        super().__init__("a tool failed")
        self.exit_code = status if status >= 0 else 128 - status


@dataclass(frozen=True)
class Toolchain:
    """Where the tools and the libc are, and what this release of LLVM needs.

    top: the checkout. out: the variant's folder. include: clang's own headers.
    clang, wasm_ld: argv. target: the target under which -fPIC has an effect.
    assemble, unresolved, program: the quirks of toolchain/llvm.toml.
    """

    top: Path
    out: Path
    include: Path
    clang: list[str]
    wasm_ld: list[str]
    target: str
    assemble: list[str]
    unresolved: list[str]
    program: list[str]

    @property
    def libc(self) -> Path:
        return self.out / LIBC

    @property
    def sysroot(self) -> Path:
        return self.out / "sysroot"

    @property
    def builtins(self) -> Path:
        return self.sysroot / "lib" / "libcompiler_rt.a"


def toolchain(top: Path, settings: dict[str, str]) -> Toolchain:
    """The toolchain that the command in bin/ was made for; tools are relative to `top`."""
    words = {name: value.split() for name, value in settings.items()}
    for tool in ("clang", "wasm-ld"):
        words[tool][0] = str(top / words[tool][0])
    return Toolchain(
        top=top,
        out=top / settings["out"],
        include=top / settings["include"],
        clang=words["clang"],
        wasm_ld=words["wasm-ld"],
        target=settings["target"],
        assemble=words["assemble"],
        unresolved=words["unresolved"],
        program=words["program"],
    )


@dataclass
class Runner:
    """Runs the tools; with -v it prints their commands, with -### it does nothing else."""

    verbose: bool = False
    dry: bool = False

    def run(self, argv: Sequence[str]) -> None:
        """Raises ToolError: the tool's status is not 0."""
        self._show(argv)
        if self.dry:
            return
        import subprocess

        status = subprocess.run(argv, check=False).returncode
        if status:
            raise ToolError(status)

    def told(self, argv: Sequence[str]) -> tuple[int, str]:
        """Run a tool: its status, and what it says on stderr."""
        self._show(argv)
        if self.dry:
            return 0, ""
        import subprocess

        done = subprocess.run(argv, stderr=subprocess.PIPE, check=False)
        return done.returncode, done.stderr.decode("utf-8", "backslashreplace")

    def filtered(self, path: str, filter_argv: Sequence[str], argv: Sequence[str]) -> None:
        """Run `filter_argv < path | argv`. Raises ToolError: one's status is not 0."""
        import subprocess

        self._show([*filter_argv, "<", path, "|", *argv])
        if self.dry:
            return
        file = sys.stdin.buffer if path == "-" else open(path, "rb")  # noqa: SIM115
        with file, subprocess.Popen(filter_argv, stdin=file, stdout=subprocess.PIPE) as source:
            status = subprocess.run(argv, stdin=source.stdout, check=False).returncode
        if status or source.returncode:
            raise ToolError(status or source.returncode)

    def replace(self, argv: Sequence[str]) -> int:
        """Become the tool; it is the last one."""
        self._show(argv)
        if self.dry:
            return 0
        sys.stderr.flush()
        os.execv(argv[0], argv)

    def _show(self, argv: Sequence[str]) -> None:
        if self.verbose:
            print(
                " " + " ".join(word if word in "<|" else shlex.quote(word) for word in argv),
                file=sys.stderr,
            )
