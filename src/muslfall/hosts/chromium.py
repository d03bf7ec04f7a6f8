"""The host chromium: `python -m muslfall.hosts.chromium wasm.js [option…] main.wasm
[library.wasm…] [-- argument…]` runs a program in a page of Chromium.

The script wasm.js loads it there, as arch/wasm32/LOADER.md says. Its folders are read only.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

from muslfall.base.errors import MuslfallError, UsageError
from muslfall.hosts import browser
from muslfall.hosts.page_server import Job, Server
from muslfall.loader import main as loader

#: Every message of the loader begins with it.
LOADER = "wasm.js"
#: Seconds that Chromium may take to show the page, on a busy machine.
START = 90
TICK = 0.1  # seconds between two looks at the browser
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
HINT = f"run {browser.NAMES[0]} --headless yourself to see what it says"


class Page:
    """A page in a Chromium of its own that runs programs, from `with` to its end."""

    def __init__(self, roots: Sequence[Path], script: Path) -> None:
        self.roots = roots
        self.script = script
        self.stack = ExitStack()

    def __enter__(self) -> Page:
        """Raises MuslfallError: there is no Chromium, or it does not show the page."""
        program = browser.require()
        with ExitStack() as stack:
            self.server = stack.enter_context(Server(self.roots, self.script))
            url = f"{self.server.url}#driven"
            self.browser = stack.enter_context(browser.Browser(program, url))
            self.await_page()
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def await_page(self) -> None:
        """Wait until the page asks for jobs. Raises MuslfallError: it does not."""
        deadline = time.monotonic() + START
        while time.monotonic() < deadline:
            if self.server.ready.wait(TICK):
                return
            if ended := self.browser.ended():
                raise MuslfallError(ended, hint=HINT)
        raise MuslfallError(f"Chromium has not shown the page after {START} s", hint=HINT)

    def run(self, job: Job, timeout: float | None = None) -> int | None:
        """Run a program to its end; returns its status, None: it still ran after `timeout` s.

        Raises MuslfallError: the browser, the page or its worker ended before it.
        """
        self.server.submit(job)
        deadline = time.monotonic() + (threading.TIMEOUT_MAX if timeout is None else timeout)
        while not job.ended.wait(TICK):
            if ended := self.lost():
                raise MuslfallError(f"{ended} while the program ran")
            if time.monotonic() > deadline:
                return None
        if job.failure:
            raise MuslfallError(f"the page could not run the program: {job.failure}")
        return job.status

    def lost(self) -> str | None:
        """Why nothing comes any more, if so."""
        if self.server.lost.is_set():
            return self.browser.ended() or "the page crashed, or was out of memory,"
        return self.browser.ended()


def make_job(
    options: loader.Options, read: Callable[[int], bytes], write: Callable[[int, bytes], None]
) -> Job:
    """The job of a loader's command line."""
    told = {
        "paths": options.paths,
        "args": options.arguments,
        "env": ["=".join(pair) for pair in options.environment],
        "dirs": options.folders,
        "kernel": options.kernel,
        "strict": options.strict,
        "stats": options.stats,
        "trace": options.trace,
        "debug": options.debug,
    }
    return Job(told, read, write, tuple(Path(host) for host, _ in options.folders))


def roots(options: loader.Options) -> list[Path]:
    """The folders that the modules of a command line are in."""
    paths = [*options.paths, *([options.kernel] if options.kernel else [])]
    return sorted({Path(path).parent for path in paths})


def parse(argv: Sequence[str]) -> loader.Options:
    """Read the command line. Raises UsageError."""
    options = loader.parse(argv)
    for path in [*options.paths, options.kernel or "", *sum(options.folders, ())]:
        if any("\ud800" <= character < "\ue000" for character in path):
            raise UsageError(f"{os.fsencode(path)!r} is not UTF-8")
    return options


def read_input(size: int) -> bytes:
    """At most so many bytes of stdin; none where it cannot be read, as at its end."""
    try:
        return os.read(0, size)
    except OSError:
        return b""


def write_fully(fd: int, content: bytes) -> None:
    """Write to a descriptor; where nobody reads any more, nothing happens."""
    with suppress(BrokenPipeError):
        while content:
            content = content[os.write(fd, content) :]


class Signalled(BaseException):
    """The process was told to end by a signal."""

    def __init__(self, number: int) -> None:
        self.number = number


def stop_on(number: int, frame: FrameType | None) -> NoReturn:
    """A signal's handler: the browser is to be ended first."""
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise Signalled(number)


def end_by(number: int) -> NoReturn:
    """End as the signal would have ended the process."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    threading.Event().wait()
    raise AssertionError


def run(script: Path, argv: Sequence[str]) -> int:
    """Run a program by the loader's command line; returns its status. Raises MuslfallError.

    script: the path of wasm.js.
    """
    options = parse(argv)
    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, stop_on)
    try:
        with Page(roots(options), script) as page:
            job = make_job(options, read_input, write_fully)
            return page.run(job) or 0
    except Signalled as told:
        end_by(told.number)


def main(argv: Sequence[str]) -> int:
    """As `run`, of all words; a wrong command line is said as the loaders say it."""
    try:
        if not argv or Path(argv[0]).suffix != ".js":
            raise UsageError("the first word is the path of wasm.js")
        return run(Path(argv[0]), argv[1:])
    except UsageError as error:
        loader.write_line(f"{LOADER}: {error}")
        return error.exit_code


if __name__ == "__main__":
    from muslfall.base.guard import guarded

    code = guarded(main, sys.argv[1:])
    sys.stderr.flush()
    os._exit(code)  # a thread may wait for input still
