"""Measures commands: wall and CPU time, interleaved, as medians; and prints their ratios.

CPU time is user and system time of a command and of all that it started and waited for.
"""

from __future__ import annotations

import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NINJA = str(Path(sys.executable).parent / "ninja")
#: What the build's own commands see of an environment (SConstruct, CLEAN).
CLEAN = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "SOURCE_DATE_EPOCH": "0"}


@dataclass(frozen=True)
class Sample:
    """One run of a command, or the sum of several. wall, cpu: seconds."""

    wall: float
    cpu: float

    def __add__(self, other: Sample) -> Sample:
        return Sample(self.wall + other.wall, self.cpu + other.cpu)


class Failure(subprocess.CalledProcessError):
    """A command failed; what it said last belongs to the message."""

    def __str__(self) -> str:
        return f"{super().__str__()}\n{self.output[-2000:]}"


def run(argv: Sequence[str], cwd: Path = ROOT, env=None, stdin: Path | None = None) -> Sample:
    """Run a command, its output thrown away unless it fails.

    Raises subprocess.CalledProcessError: it failed.
    """
    with tempfile.TemporaryFile() as said, open(stdin or os.devnull, "rb") as source:
        start = time.perf_counter()
        process = subprocess.Popen(
            list(argv), cwd=cwd, env=env, stdin=source, stdout=said, stderr=said
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            said.seek(0)
            output = said.read().decode("utf-8", "replace")
            raise Failure(process.returncode, shlex.join(argv), output)
    return Sample(wall, usage.ru_utime + usage.ru_stime)


def interleaved(sides: Mapping[str, Callable[[], Sample]], rounds: int) -> dict[str, list[Sample]]:
    """Each side measured `rounds` times, taking turns, after one turn that does not count."""
    samples: dict[str, list[Sample]] = {name: [] for name in sides}
    for turn in range(rounds + 1):
        for name, measure in sides.items():
            sample = measure()
            if turn:
                samples[name].append(sample)
    return samples


def median(samples: Sequence[Sample]) -> Sample:
    return Sample(
        statistics.median(s.wall for s in samples), statistics.median(s.cpu for s in samples)
    )


def say(name: str, sample: Sample) -> None:
    print(f"{name:<44} {sample.wall:9.3f} s wall {sample.cpu:9.3f} s CPU", flush=True)


def ratio(what: str, value: float, target: float | None = None) -> None:
    """Print one ratio, and whether it is what it should be."""
    met = "" if target is None else "met" if value <= target else "MISSED"
    verdict = met and f"  (at most {target}: {met})"
    print(f"{what:<44} {value:9.2f}{verdict}", flush=True)


@contextmanager
def folder() -> Iterator[Path]:
    """A temporary folder."""
    top = Path(tempfile.mkdtemp(prefix="muslfall-bench-"))
    try:
        yield top
    finally:
        shutil.rmtree(top, ignore_errors=True)


def lkgr() -> str:
    """The LKGR variant's folder, relative to the checkout. Builds it when it is not there."""
    if not (ROOT / "out/lkgr/report.json").exists():
        subprocess.run(["./muslfall", "build"], cwd=ROOT, check=True)
    return f"out/{os.readlink(ROOT / 'out/lkgr')}"


def package(clone: Path, *arguments: str) -> list[str]:
    """The command line of `muslfall` in a clone; it needs package_env()."""
    return [sys.executable, "-m", "muslfall", *arguments]


def package_env() -> dict[str, str]:
    """An environment in which a clone's own package runs, in this Python."""
    return {**os.environ, "PYTHONPATH": "src", "PYTHONDONTWRITEBYTECODE": "1"}


def tool_commands(ninja_file: str, target: str, cwd: Path) -> list[Tool]:
    """The compiler, assembler and linker commands behind `target`, in an order that works."""
    argv = [NINJA, "-f", ninja_file, "-t", "commands", target]
    said = subprocess.run(argv, cwd=cwd, check=True, capture_output=True, text=True).stdout
    return [tool for line in said.splitlines() if (tool := Tool.of(shlex.split(line)))]


@dataclass(frozen=True)
class Tool:
    """One bare command of the toolchain.

    stage: compile, assemble or link. source: the first input.
    """

    stage: str
    argv: tuple[str, ...]
    source: str

    @classmethod
    def of(cls, words: Sequence[str]) -> Tool | None:
        """What a line of Ninja's runs, without what is around it; None for other steps."""
        scripts = [word.rpartition("/")[2] for word in words]
        if "compile.sh" in scripts:
            argv = words[scripts.index("compile.sh") + 2 :]
            return cls("compile", tuple(argv), argv[argv.index("-S") + 1])
        if "assemble.sh" in scripts:
            at = scripts.index("assemble.sh")
            return cls("assemble", tuple(words[at + 3 :]), words[at + 1])
        if "wasm-ld" in words:
            argv = words[words.index("wasm-ld") - 1 :]
            return cls("link", tuple(argv), "")
        return None

    def measure(self, cwd: Path) -> Sample:
        """Run it in a clone. What the assembler does not take as it is goes through the awk
        script first, as in the build; that and the first try are not counted."""
        if self.stage != "assemble":
            return run(self.argv, cwd, CLEAN)
        try:
            return run(self.argv, cwd, CLEAN, cwd / self.source)
        except subprocess.CalledProcessError:
            typed = cwd / f"{self.source}.typed"
            with open(typed, "wb") as file:
                script = "src/muslfall/build/stages/functype.awk"
                subprocess.run(["awk", "-f", script, self.source], cwd=cwd, stdout=file, check=True)
            return run(self.argv, cwd, CLEAN, typed)


@contextmanager
def memory_folder(other: Path) -> Iterator[Path]:
    """A temporary folder in memory, so that no disk is measured; in `other` where there is none."""
    shared = Path("/dev/shm")
    place = shared if os.access(shared, os.W_OK) else other
    top = Path(tempfile.mkdtemp(prefix="muslfall-bench-", dir=place))
    try:
        yield top
    finally:
        shutil.rmtree(top, ignore_errors=True)
