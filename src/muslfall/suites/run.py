"""The run of a suite: each test compiled once, and run on every host that is asked for."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from muslfall.hosts import trial
from muslfall.hosts.engines import Engines
from muslfall.pins.variant import Variant
from muslfall.suites.build import Built, Compiler
from muslfall.suites.suite import Case, Suite
from muslfall.suites.verdict import Result, diagnostic, excerpt, judge, last_line, normal
from muslfall.suites.workers import Hosts


@dataclass
class Times:
    """The times of a run, in seconds: by the clock, and of the processors."""

    wall: float = 0.0
    tools: float = 0.0
    engines: float = 0.0
    ours: float = 0.0


@dataclass(frozen=True)
class SuiteSetup:
    """How a suite is run: by which variant, at which -O level, on which hosts; times in seconds.

    static: its programs are linked with --static.
    """

    variant: Variant
    opt: str
    hosts: tuple[str, ...]
    engines: Engines
    jobs: int
    timeout: float
    static: bool = False

    def name(self, suite: Suite) -> str:
        """The name of the suite's results."""
        return f"{suite.name}.static" if self.static else suite.name

    def folder(self, suite: Suite) -> Path:
        """Where the suite's programs are built."""
        return Path(self.variant.out).absolute() / "suites" / f"{self.name(suite)}.{self.opt}"


class SuiteRun:
    """One run of a suite. done: told each test's results when they are there."""

    def __init__(
        self, suite: Suite, plan: SuiteSetup, done: Callable[[list[Result]], None]
    ) -> None:
        self.suite = suite
        self.plan = plan
        self.done = done
        self.compiler = Compiler(plan.variant, plan.folder(suite), plan.static)
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
            out = Path(self.plan.variant.libc_out).absolute()
            folder = self.plan.folder(self.suite)
            self.local.hosts = Hosts(out, folder, self.plan.engines, self.plan.static)
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
        base |= {"build_seconds": round(built.seconds, 3), "dropped": built.dropped}
        if built.stage:
            said = built.said.replace(f"{case.sources[0].parent}/", "")
            base |= {"stage": built.stage, "last": diagnostic(said), "output": excerpt(said)}
        else:
            base |= self.run(case, name, built.program)
        if not built.stage and base["status"] in case.unsupported:
            why = f"exit status {base['status']}: it cannot be run here"
            return Result(**base | {"stage": ""}, verdict="not applicable", reason=why)
        known = self.known(case, name)
        failed = bool(base["stage"])
        verdict = (
            ("known failure" if failed else "unexpected pass")
            if known
            else ("fail" if failed else "pass")
        )
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
        return {
            "stage": stage,
            "status": outcome.status,
            "last": last,
            "output": (*excerpt(outcome.stdout), *excerpt(outcome.stderr)) if stage else (),
            "seconds": round(end.seconds, 3),
        }


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
