"""The run of a suite: each test compiled once, and run on every host that is asked for."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from muslfall.base.errors import MuslfallError
from muslfall.driver import check as interface
from muslfall.driver import main as driver
from muslfall.driver.invocation import parse
from muslfall.hosts import batch, trial
from muslfall.hosts import command as host
from muslfall.pins.variant import Variant
from muslfall.suites.suite import Case, Suite

#: Seconds that the tools may take for one test.
BUILD_TIMEOUT = 120
#: Verdicts, in the order of tables; the last two are what nobody expected.
VERDICTS = ("pass", "known failure", "not applicable", "fail", "unexpected pass")
UNEXPECTED = VERDICTS[3:]


@dataclass(frozen=True)
class Result:
    """What one test did on one host.

    verdict: one of VERDICTS. stage: where it failed: compile, link, run, output; "": nowhere.
    status: the exit status; None: it was not run, or it hung. last: the last line of its output,
    or of what stopped it. reason: why it is known to fail or does not apply. seconds: of the run.
    build_seconds: of the compiler and the linker.
    """

    test: str
    host: str
    opt: str
    verdict: str
    stage: str = ""
    status: int | None = None
    last: str = ""
    reason: str = ""
    seconds: float = 0.0
    build_seconds: float = 0.0


@dataclass(frozen=True)
class Built:
    """A program, or why there is none: stage "" and its path, or the stage and what it said."""

    stage: str
    said: str
    seconds: float
    program: Path


@dataclass
class Times:
    """Of a run, in seconds: by the clock, and of the processors."""

    wall: float = 0.0
    tools: float = 0.0
    engines: float = 0.0
    ours: float = 0.0


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
                argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                timeout=BUILD_TIMEOUT, check=False,
            )  # fmt: skip
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
        module = interface.read(output)
        found = interface.problems(module, [*libraries, *self.providers], objects)
        errors = [problem.text for problem in found if problem.is_error]
        if not interface.has_main(module):
            errors.append("undefined symbol: main")
        if errors:
            raise MuslfallError("\n".join(errors))


class Compiler:
    """The variant's toolchain: programs out of tests. folder: where the programs go."""

    def __init__(self, variant: Variant, folder: Path) -> None:
        self.tools = toolchain(variant)
        self.folder = folder
        self.providers = [interface.read(self.tools.out / name) for name in
                          (driver.LIBC, driver.KERNEL)]  # fmt: skip
        self.known_flags: dict[str, bool] = {}

    def accepts(self, flag: str) -> bool:
        """Whether clang knows a flag; GCC's own are left out of what a test asks for."""
        if flag not in self.known_flags:
            argv = [*self.tools.clang, "-fsyntax-only", "-x", "c", os.devnull, flag]
            done = subprocess.run(argv, capture_output=True, check=False)
            self.known_flags[flag] = done.returncode == 0
        return self.known_flags[flag]

    def build(self, case: Case, opt: str) -> Built:
        """Compile and link a test."""
        began = time.perf_counter()
        output = self.folder / f"{case.name}.wasm"
        output.parent.mkdir(parents=True, exist_ok=True)
        flags = [flag for flag in case.flags if self.accepts(flag)]
        # A compiler that crashes is a result; what it would leave in /tmp is nobody's.
        usual = [f"-{opt}", "-fno-crash-diagnostics"]
        words = [*usual, *flags, *map(str, case.sources), "-o", str(output)]
        made = Driver(self.tools, words, self.providers)
        stage = said = ""
        try:
            made.link()
        except driver.ToolError:
            stage, said = made.runner.stage, made.runner.said
        except MuslfallError as error:
            stage, said = "link", str(error)
        return Built(stage, said, time.perf_counter() - began, output)


def toolchain(variant: Variant) -> driver.Toolchain:
    """What the command musl-clang in the variant's bin/ is made for."""
    quirks = variant.release("llvm").quirks
    settings = {
        "out": variant.out,
        "clang": " ".join(variant.tool("llvm", "clang")),
        "wasm-ld": " ".join(variant.tool("llvm", "wasm-ld")),
        "target": str(quirks["pic-target"]),
        "include": f"{variant.pinned('llvm')}/{quirks['include']}",
        "program": " ".join([*quirks["program"], *quirks["setjmp"]]),
        **{name: " ".join(quirks[name]) for name in ("assemble", "unresolved")},
    }
    return driver.toolchain(Path.cwd(), settings)


@dataclass
class Hosts:
    """The workers of one thread, by host."""

    out: Path
    engines: host.Engines
    workers: dict[str, batch.Worker] = field(default_factory=dict)

    def worker(self, name: str) -> batch.Worker:
        if name not in self.workers:
            libraries = [self.out / driver.LIBC, self.out / driver.KERNEL]
            self.workers[name] = batch.Worker(batch.command(name, self.engines, libraries))
        return self.workers[name]

    def run(self, name: str, case: Case, program: Path, timeout: float) -> tuple:
        """Run a program in a folder of its own; returns the batch.End and trial.Outcome."""
        with tempfile.TemporaryDirectory(prefix="muslfall-suite-") as scratch:
            job = self.job(Path(scratch), case, program)
            end = self.worker(name).run(job, timeout)
            stdout, stderr = (
                path.read_bytes() if (path := Path(file)).exists() else b""
                for file in (job.stdout, job.stderr)
            )
        if end.died:
            stderr += end.died.encode()
        return end, trial.Outcome(end.status, stdout, b"" if case.merged else stderr)

    def job(self, scratch: Path, case: Case, program: Path) -> batch.Job:
        """What the worker is told; the program's own folder is its /, and has a /tmp."""
        own = scratch / "root"
        (own / "tmp").mkdir(parents=True)
        for file in case.files:
            shutil.copy(file, own)
        stdin = scratch / "stdin"
        stdin.write_text(case.stdin, encoding="utf-8")
        dirs = [f"{own}::/", *(f"{place}::{guest}" for guest, place in case.dirs.items())]
        options = host.Options(
            tuple(dirs), tuple(f"{name}={value}" for name, value in case.env.items())
        )
        words = [*options.words(), str(program), str(self.out / driver.LIBC)]
        words += ["--", *case.args] if case.args else []
        stdout = str(scratch / "stdout")
        return batch.Job(words, str(stdin), stdout, stdout if case.merged else f"{scratch}/stderr")

    def stop(self) -> None:
        for worker in self.workers.values():
            worker.stop()

    def kill(self) -> None:
        """End what runs, from another thread."""
        for worker in list(self.workers.values()):
            worker.kill()


@dataclass(frozen=True)
class Plan:
    """How a suite is run: by which variant, at which -O level, on which hosts; times in seconds."""

    variant: Variant
    opt: str
    hosts: tuple[str, ...]
    engines: host.Engines
    jobs: int
    timeout: float

    def folder(self, suite: Suite) -> Path:
        """Where the suite's programs are built."""
        return Path(self.variant.out).absolute() / "suites" / f"{suite.name}.{self.opt}"


class Run:
    """One run of a suite. done: told each test's results when they are there."""

    def __init__(self, suite: Suite, plan: Plan, done: Callable[[list[Result]], None]) -> None:
        self.suite = suite
        self.plan = plan
        self.done = done
        self.compiler = Compiler(plan.variant, plan.folder(suite))
        self.local = threading.local()
        self.all_hosts: list[Hosts] = []
        self.interrupted = False

    def results(self) -> tuple[list[Result], Times]:
        """Build and run every test; the results by host and test."""
        times = Times()
        with clocks(times, self.stop):
            found = self.test_all()
        results = [result for some in found for result in some]
        return sorted(results, key=lambda result: (result.host, result.test)), times

    def test_all(self) -> list[list[Result]]:
        """The results of every test; what runs is ended when one raises, or by an interrupt."""
        pool = ThreadPoolExecutor(self.plan.jobs)
        try:
            return list(pool.map(self.test, self.suite.cases))
        except BaseException:
            self.interrupted = True
            pool.shutdown(wait=False, cancel_futures=True)
            for hosts in self.all_hosts:
                hosts.kill()
            raise
        finally:
            pool.shutdown()

    def stop(self) -> None:
        """End the engines."""
        for hosts in self.all_hosts:
            hosts.stop()

    def hosts(self) -> Hosts:
        """This thread's."""
        if not hasattr(self.local, "hosts"):
            self.local.hosts = Hosts(Path(self.plan.variant.out).absolute(), self.plan.engines)
            self.all_hosts.append(self.local.hosts)
        return self.local.hosts

    def test(self, case: Case) -> list[Result]:
        """Build one test and run it on every host."""
        if all(self.absent(case, name) for name in self.plan.hosts):
            built = None
        else:
            built = self.compiler.build(case, self.plan.opt)
        results = [self.on_host(case, name, built) for name in self.plan.hosts]
        self.done(results)
        return results

    def known(self, case: Case, name: str):
        llvm = self.plan.variant.llvm
        return self.suite.reason(case, name, self.plan.opt, llvm)

    def absent(self, case: Case, name: str) -> str:
        """Why a test does not apply on a host."""
        known = self.known(case, name)
        return case.absent or (known.reason if known and not known.applies else "")

    def on_host(self, case: Case, name: str, built: Built | None) -> Result:
        absent = self.absent(case, name)
        base = {"test": case.name, "host": name, "opt": self.plan.opt}
        if absent or built is None:
            return Result(**base, verdict="not applicable", reason=absent)
        base["build_seconds"] = round(built.seconds, 3)
        if built.stage:
            said = built.said.replace(f"{case.sources[0].parent}/", "")
            base |= {"stage": built.stage, "last": diagnostic(said)}
        else:
            base |= self.run(case, name, built.program)
        known = self.known(case, name)
        failed = bool(base["stage"])
        verdict = ("known failure" if failed else "unexpected pass") if known else (
            "fail" if failed else "pass")  # fmt: skip
        return Result(**base, verdict=verdict, reason=known.reason if known else "")

    def run(self, case: Case, name: str, program: Path) -> dict:
        """Run on a host: stage, status, last line and seconds of a Result."""
        if self.interrupted:
            raise KeyboardInterrupt
        end, outcome = self.hosts().run(name, case, program, self.plan.timeout)
        stage = judge(case, outcome)
        last = last_line(outcome)
        if outcome.status is None:
            last = f"still ran after {self.plan.timeout:g} s"
        elif stage == "output":
            written = [normal(case, text) for text in (outcome.stdout, case.expected or b"")]
            last = trial.first_difference(*written)
        return {"stage": stage, "status": outcome.status, "last": last,
                "seconds": round(end.seconds, 3)}  # fmt: skip


@contextmanager
def clocks(times: Times, stop: Callable[[], object]) -> Iterator[None]:
    """Measure what happens in a block; `stop` then ends the engines."""

    def children() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    wall, before, own = time.perf_counter(), children(), time.process_time()
    try:
        yield
    finally:
        tools = children()
        stop()
        times.wall = time.perf_counter() - wall
        times.tools, times.engines = tools - before, children() - tools
        times.ours = time.process_time() - own


def judge(case: Case, outcome: trial.Outcome) -> str:
    """The stage that failed: run, output, or none."""
    if outcome.status != case.status:
        return "run"
    if case.expected is None or normal(case, outcome.stdout) == normal(case, case.expected):
        return ""
    return "output"


def normal(case: Case, text: bytes) -> bytes:
    """What a program wrote, as the test compares it."""
    if case.blanks:
        return text
    lines = [re.sub(rb"\s+", b" ", line).rstrip() for line in text.split(b"\n")]
    return b"\n".join(lines).rstrip(b"\n") + b"\n"


def last_line(outcome: trial.Outcome) -> str:
    """The last line that a program wrote: to stderr, if it did, else to stdout."""
    text = (outcome.stderr.strip() or outcome.stdout.strip()).decode("utf-8", "replace")
    return text.rpartition("\n")[2][:300]


def diagnostic(said: str) -> str:
    """The line of a tool's output that says what is wrong."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    crashed = [line for line in lines if "Assertion" in line or "UNREACHABLE" in line]
    return (crashed or errors or lines or [""])[0][:300]
