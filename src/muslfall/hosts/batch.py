"""Batches: many programs in one process of a host, which compiles the libraries once.

A worker is a process that says `ready` in a line when it has compiled the libraries. Then it reads
jobs, a line of JSON each: the loader's words, and the files that are the program's stdin, stdout
and stderr. It answers each with a line that has the status.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from muslfall.base.errors import MuslfallError
from muslfall.hosts import command as host
from muslfall.hosts.engines import Engines

#: Seconds that a worker may take to start and to compile the libraries, on a busy machine.
START = 60


@dataclass(frozen=True)
class Job:
    """One program to run: the loader's command line, and the files that are its streams.

    stdout and stderr may be the same file.
    """

    words: list[str]
    stdin: str
    stdout: str
    stderr: str


@dataclass(frozen=True)
class End:
    """How a program ended, after `seconds`.

    status: as a shell has it; None: it was still running when its time was over.
    died: why the host's process ended instead of the program, if it did.
    """

    status: int | None
    seconds: float
    died: str = ""


def command(name: str, engines: Engines, libraries: Sequence[Path]) -> host.Command:
    """The command of a worker of the host `name`."""
    paths = [str(path) for path in libraries]
    if name == "d8":
        script = Path(__file__).with_name("batch.js")
        return host.Command([*engines.node_command(script), *paths], host.clean_environment())
    argv = [sys.executable, "-m", "muslfall.loader.batch", *paths]
    return host.Command(argv, host.wasmtime_environment(engines.wasmtime))


class Worker:
    """A process that runs programs, one after the other; it is replaced when one hangs."""

    def __init__(self, command: host.Command) -> None:
        self.command = command
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        """Start the process, unless it runs. Raises MuslfallError: it does not get ready."""
        if self.process is None:
            self.process = subprocess.Popen(
                self.command.argv,
                env=self.command.env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )
            if self.answer(START) != b"ready\n":
                what = f"the host's process is not ready after {START} s, or ended"
                raise MuslfallError(what, f"{self.command.argv[0]} (status {self.stop()})")

    def run(self, job: Job, timeout: float) -> End:
        """Run a program for at most `timeout` seconds."""
        self.start()
        began = time.perf_counter()
        answer = self.ask(json.dumps(asdict(job)) + "\n", timeout)
        seconds = time.perf_counter() - began
        if answer is None:
            self.stop()
            return End(None, seconds)
        if not answer:
            return End(134, seconds, f"the host's process ended with status {self.stop()}")
        return End(json.loads(answer)["status"], seconds)

    def ask(self, line: str, timeout: float) -> bytes | None:
        """The worker's answer to a line."""
        try:
            self.process.stdin.write(line.encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            return b""
        return self.answer(timeout)

    def answer(self, timeout: float) -> bytes | None:
        """A line from the worker; empty: it has ended; None: there is none in time."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            if not selector.select(timeout):
                return None
        return self.process.stdout.readline()

    def kill(self) -> None:
        """End the process, and what it runs, while another thread may wait for its answer."""
        process = self.process
        if process is not None and process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def stop(self) -> int:
        """End the process, and what it runs; returns its exit status."""
        process, self.process = self.process, None
        if process is None:
            return 0
        with suppress(BrokenPipeError):
            process.stdin.close()
        try:
            process.wait(0.2)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        process.stdout.close()
        return process.returncode
