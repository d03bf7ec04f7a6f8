"""A page of Chromium that runs programs one after the other, as a batch's worker does."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from muslfall.base.errors import MuslfallError
from muslfall.hosts import batch, chromium


class Worker:
    """A page in a Chromium of its own; it is replaced when a program hangs, or ends it.

    roots: the folders that modules are in. script: the path of wasm.js.
    """

    def __init__(self, roots: list[Path], script: Path) -> None:
        self.roots = roots
        self.script = script
        self.page: chromium.Page | None = None

    def run(self, job: batch.Job, timeout: float) -> batch.End:
        """Run a program for at most `timeout` seconds. Raises MuslfallError: no page appears."""
        if self.page is None:
            self.page = chromium.Page(self.roots, self.script).__enter__()
        files = [open(path, "wb") for path in dict.fromkeys((job.stdout, job.stderr))]  # noqa: SIM115
        with open(job.stdin, "rb") as stdin:
            told = chromium.make_job(
                chromium.parse(job.words),
                stdin.read,
                lambda fd, content: files[0 if fd == 1 else -1].write(content),
            )
            began = time.perf_counter()
            try:
                status, died = self.page.run(told, timeout), ""
            except MuslfallError as error:
                status, died = 134, error.what
            seconds = time.perf_counter() - began
        if status is None or died:
            self.stop()
        for file in files:
            file.close()
        return batch.End(status, seconds, died)

    def kill(self) -> None:
        """End the browser, while another thread may wait for it."""
        page = self.page
        if page is not None:
            with suppress(OSError):
                page.browser.process.kill()

    def stop(self) -> None:
        """End the browser."""
        page, self.page = self.page, None
        if page is not None:
            page.__exit__(None, None, None)
