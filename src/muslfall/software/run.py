"""The run of a package of real software: fetched, built by its own build system, tested."""

from __future__ import annotations

import contextlib
import difflib
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from muslfall.base import locks
from muslfall.base.errors import MuslfallError
from muslfall.base.progress import Progress
from muslfall.fetch import fetcher
from muslfall.software.recipe import Check, Program, Recipe

#: Seconds that one command line may take.
TIMEOUT = 600
#: What ./configure has as --host.
TARGET = "wasm32-unknown-linux-musl"
#: Lines of a log that a message shows.
SHOWN = 12
#: Variables of the caller's that a command line sees.
PASSED = ("HOME", "TMPDIR", "MUSLFALL_STORE", "XDG_CACHE_HOME")


@dataclass(frozen=True)
class SoftwareSetup:
    """The values that all packages of a run share.

    out: the variant's folder, absolute. hosts: to test on. cc: the compiler, a command line.
    jobs: make's -j.
    """

    out: Path
    hosts: tuple[str, ...]
    cc: str = "musl-clang"
    jobs: int = 1


@dataclass(frozen=True)
class Result:
    """The outcome of a test on a host, or of the build (host ""). problem: None if it was right."""

    package: str
    test: str
    host: str
    problem: str | None
    seconds: float


def trees(recipes: Sequence[Recipe], progress: Progress | None = None) -> dict[str, Path]:
    """Pin to unpacked tree, for the recipes; fetches what is not there."""
    releases = {item.component: item for recipe in recipes for item in recipe.releases}
    return fetcher.ensure(releases.values(), progress=progress)


def check_needs(recipes: Sequence[Recipe]) -> None:
    """Raises MuslfallError: the machine lacks a tool that a build system calls."""
    missing = sorted(
        {tool for recipe in recipes for tool in recipe.needs if not shutil.which(tool)}
    )
    if missing:
        users = [item.name for item in recipes if set(missing) & set(item.needs)]
        hint = f"apt-get install {' '.join(missing)}, or name other packages"
        raise MuslfallError(
            "not installed", ", ".join(missing), f"{hint}; {', '.join(users)} need it"
        )


def lay_out(recipe: Recipe, found: dict[str, Path], folder: Path) -> None:
    """Copy the sources, and ours, into a new folder."""
    shutil.rmtree(folder, ignore_errors=True)
    main, *more = recipe.releases
    shutil.copytree(found[main.component], folder, symlinks=True)
    for release in more:
        shutil.copytree(found[release.component], folder / release.component, symlinks=True)
    if recipe.own.is_dir():
        shutil.copytree(recipe.own, folder / "recipe")


def compile_program(
    program: Program, tree: Path, compiler: Sequence[str], output: Path, more: Sequence[str] = ()
) -> None:
    """Compile and link one program of a package with any compiler, in one command.

    tree: the package's folder. compiler: its words. more: words after the sources, libraries say.
    Raises MuslfallError: it failed.
    """
    argv = [*compiler, *program.flags, *program.files(tree), *more, "-o", str(output)]
    done = subprocess.run(
        argv,
        cwd=tree,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    if done.returncode:
        raise MuslfallError(last_lines(done.stderr), f"{compiler[0]}: {output.name}")


@contextmanager
def lock(folder: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the folder of the packages against other processes; waiting is called if one has it."""
    with locks.held(folder / ".lock", waiting):
        yield


class Lines:
    """Runs command lines, some at the same time, and ends what runs when it is closed."""

    def __init__(self) -> None:
        self.processes: set[subprocess.Popen] = set()
        self.closed = False
        self.guard = threading.Lock()

    def run(self, line: str, folder: Path, environment: dict[str, str], out: IO, err: IO) -> int:
        """Run a command line; its status, 124 if it took too long."""
        with self.guard:
            if self.closed:
                return 128 + signal.SIGTERM
            process = subprocess.Popen(
                ["/bin/sh", "-c", line],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
            self.processes.add(process)
        try:
            return process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            kill(process)
            return 124
        finally:
            with self.guard:
                self.processes.discard(process)

    def close(self) -> None:
        """End everything that runs."""
        with self.guard:
            self.closed = True
            for process in self.processes:
                kill(process)


def kill(process: subprocess.Popen) -> None:
    """Kill a command line and all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def run(
    recipes: Sequence[Recipe],
    plan: SoftwareSetup,
    found: dict[str, Path],
    done: Callable[[list[Result]], None] = lambda results: None,
) -> list[Result]:
    """Build and test packages, as many at a time as plan.jobs; the results in their order.

    found: pin to unpacked tree. done: told the results of a package when they are there.
    """
    at_once = min(plan.jobs, len(recipes))
    shared = replace(plan, jobs=max(1, plan.jobs // at_once))
    lines = Lines()

    def one(recipe: Recipe) -> list[Result]:
        results = Job(recipe, shared, found, lines).results()
        if not lines.closed:  # what an interrupt ended is no result
            done(results)
        return results

    with ThreadPoolExecutor(at_once) as pool:
        try:
            largest_first = sorted(recipes, key=size, reverse=True)
            made = dict(zip(map(id, largest_first), pool.map(one, largest_first), strict=True))
            return [result for recipe in recipes for result in made[id(recipe)]]
        except BaseException:
            lines.close()
            raise


def size(recipe: Recipe) -> int:
    """Bytes of its sources as they are fetched: how long a package takes, roughly."""
    return sum(release.file().size for release in recipe.releases)


class Job:
    """One package: laid out, built once, tested on each host in a copy of its own.

    found: pin to unpacked tree.
    """

    def __init__(
        self, recipe: Recipe, plan: SoftwareSetup, found: dict[str, Path], lines: Lines
    ) -> None:
        self.recipe = recipe
        self.plan = plan
        self.found = found
        self.lines = lines
        self.work = plan.out / "software" / recipe.name

    def results(self) -> list[Result]:
        """Build, then test; when the build fails, that is the one result."""
        results = [self.build()]
        if results[0].problem is None:
            results += [result for host in self.plan.hosts for result in self.tests(host)]
        return results

    def build(self) -> Result:
        start = time.monotonic()
        shutil.rmtree(self.work, ignore_errors=True)
        folder = self.work / "build"
        lay_out(self.recipe, self.found, folder)
        problem = None
        with (self.work / "build.log").open("wb") as log:
            for line in self.recipe.build:
                log.write(f"$ {line}\n".encode())
                log.flush()
                status = self.lines.run(line, folder, self.environment(""), log, log)
                if status:
                    problem = f"{line}\n{failure(status)}\n{last_lines(self.text('build.log'))}"
                    break
        return Result(self.recipe.name, "build", "", problem, time.monotonic() - start)

    def tests(self, host: str) -> list[Result]:
        folder = self.work / host
        shutil.copytree(self.work / "build", folder, symlinks=True)
        return [self.test(test, host, folder) for test in self.recipe.tests]

    def test(self, test: Check, host: str, folder: Path) -> Result:
        start = time.monotonic()
        names = [f"{host}.{test.name}.{stream}" for stream in ("out", "err")]
        with (self.work / names[0]).open("wb") as out, (self.work / names[1]).open("wb") as err:
            status = self.lines.run(test.run, folder, self.environment(host), out, err)
        problem = None
        if status:
            said = last_lines("".join(map(self.text, names)))
            problem = f"{test.run}\n{failure(status)}\n{said}"
        elif test.expected is not None:
            problem = difference((self.work / names[0]).read_bytes(), test.expected)
        return Result(self.recipe.name, test.name, host, problem, time.monotonic() - start)

    def text(self, name: str) -> str:
        return (self.work / name).read_text("utf-8", "replace")

    def environment(self, host: str) -> dict[str, str]:
        """The environment of command lines: nothing that would differ from one machine to
        another."""
        passed = {name: os.environ[name] for name in PASSED if name in os.environ}
        return passed | {
            "PATH": f"{self.plan.out}/bin:{os.environ['PATH']}", "LC_ALL": "C",
            "CC": self.plan.cc, "AR": "musl-ar", "RANLIB": "musl-ranlib", "TARGET": TARGET,
            "JOBS": str(self.plan.jobs), "MUSL_RUN_FLAGS": f"--host={host}" if host else "",
        }  # fmt: skip


def failure(status: int) -> str:
    """A failing exit status in words; negative: ended by that signal, 124: by the time limit."""
    if status == 124:
        return f"ran for more than {TIMEOUT} s"
    return f"exit status {status}" if status > 0 else f"signal {-status}"


def last_lines(text: str) -> str:
    """The last lines of an output, as many as a problem shows."""
    return "\n".join(text.strip().splitlines()[-SHOWN:])


def difference(got: bytes, wanted: bytes) -> str | None:
    """How an output differs from the expected one, as a diff has it."""
    if got == wanted:
        return None
    texts = [data.decode("utf-8", "backslashreplace").splitlines() for data in (wanted, got)]
    diff = [*difflib.unified_diff(*texts, "expected", "output", lineterm="", n=1)]
    return "\n".join(diff[:SHOWN]) or "another end of the last line"
