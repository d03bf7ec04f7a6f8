"""The progress of a fetch: bars on a terminal, plain lines anywhere else."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

#: Seconds between two plain lines about the same file.
PLAIN_INTERVAL = 10.0


def megabytes(size: int) -> str:
    """A size in bytes as megabytes of 10^6, as download pages give it."""
    return f"{size / 1e6:.1f} MB"


class Progress:
    """Says nothing; the base of those that do.

    A key names one thing under way. Every method may be called from any thread. `cancel`
    makes the next call of `advance` raise KeyboardInterrupt: that is how a worker thread
    learns that the user has had enough.
    """

    def __init__(self) -> None:
        self.cancelled = threading.Event()

    def cancel(self) -> None:
        self.cancelled.set()

    def start(self, key: str, text: str, size: int) -> None:
        """Something of `size` bytes begins."""

    def advance(self, key: str, done: int) -> None:
        """`done` bytes of it are there."""
        if self.cancelled.is_set():
            raise KeyboardInterrupt

    def finish(self, key: str) -> None:
        """It is over, well or not."""

    def note(self, text: str) -> None:
        """One line for the user."""


class PlainProgress(Progress):
    """One line when something starts, and one every few seconds while it lasts."""

    def __init__(self, stream: TextIO, interval: float = PLAIN_INTERVAL) -> None:
        super().__init__()
        self.stream = stream
        self.interval = interval
        self.lock = threading.Lock()
        self.tasks: dict[str, tuple[str, int, float]] = {}

    def note(self, text: str) -> None:
        with self.lock:
            print(f"muslfall: {text}", file=self.stream, flush=True)

    def start(self, key: str, text: str, size: int) -> None:
        self.tasks[key] = (text, size, time.monotonic())
        self.note(f"{text} ({megabytes(size)})")

    def advance(self, key: str, done: int) -> None:
        super().advance(key, done)
        text, size, last = self.tasks[key]
        now = time.monotonic()
        if now - last >= self.interval and size:
            self.tasks[key] = (text, size, now)
            self.note(f"{text}: {100 * min(done, size) // size}%")

    def finish(self, key: str) -> None:
        self.tasks.pop(key, None)


class RichProgress(Progress):
    """One bar per thing under way."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        from rich import progress
        from rich.console import Console

        self.bars = progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(bar_width=30),
            progress.DownloadColumn(),
            progress.TransferSpeedColumn(),
            progress.TimeRemainingColumn(),
            console=Console(file=stream),
            transient=True,
        )
        self.tasks: dict[str, progress.TaskID] = {}

    def note(self, text: str) -> None:
        self.bars.console.print(f"muslfall: {text}", markup=False, highlight=False)

    def start(self, key: str, text: str, size: int) -> None:
        self.tasks[key] = self.bars.add_task(text, total=size)

    def advance(self, key: str, done: int) -> None:
        super().advance(key, done)
        self.bars.update(self.tasks[key], completed=done)

    def finish(self, key: str) -> None:
        if key in self.tasks:
            self.bars.remove_task(self.tasks.pop(key))


def is_plain(stream: TextIO) -> bool:
    """Whether bars would be out of place: no terminal, NO_COLOR, CI, or a dumb one."""
    dumb = os.environ.get("TERM") == "dumb"
    return not stream.isatty() or dumb or any(os.environ.get(v) for v in ("NO_COLOR", "CI"))


@contextmanager
def show(stream: TextIO | None = None) -> Iterator[Progress]:
    """The progress that suits `stream` (default: standard error)."""
    stream = stream or sys.stderr
    if is_plain(stream):
        yield PlainProgress(stream)
        return
    bars = RichProgress(stream)
    with bars.bars:
        yield bars
