"""Engines that are started once and run many programs."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from muslfall.driver import main as driver
from muslfall.hosts import batch, trial
from muslfall.hosts import command as host
from muslfall.hosts.engines import Engines
from muslfall.suites import pages
from muslfall.suites.suite import Case


@dataclass
class Hosts:
    """The workers of one thread, by host.

    out: the folder of the libc. programs: that of the suite's programs. static: these have all of
    the libc that they need.
    """

    out: Path
    programs: Path
    engines: Engines
    static: bool = False
    workers: dict[str, batch.Worker | pages.Worker] = field(default_factory=dict)

    def worker(self, name: str) -> batch.Worker | pages.Worker:
        if name not in self.workers:
            self.workers[name] = self.make_worker(name)
        return self.workers[name]

    def make_worker(self, name: str) -> batch.Worker | pages.Worker:
        if name == "chromium":
            return pages.Worker([self.out, self.programs], self.engines.loader)
        libraries = [] if self.static else [self.out / driver.LIBC, self.out / driver.KERNEL]
        return batch.Worker(batch.command(name, self.engines, libraries))

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
        """The options of the worker; the program's own folder is its /, /tmp is the kernel's."""
        own = scratch / "root"
        own.mkdir()
        for file in case.files:
            shutil.copy(file, own)
        stdin = scratch / "stdin"
        stdin.write_text(case.stdin, encoding="utf-8")
        dirs = [f"{own}::/", *(f"{place}::{guest}" for guest, place in case.dirs.items())]
        options = host.Options(
            tuple(dirs), tuple(f"{name}={value}" for name, value in case.env.items())
        )
        words = [*options.words(), str(program)]
        words += [] if self.static else [str(self.out / driver.LIBC)]
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
