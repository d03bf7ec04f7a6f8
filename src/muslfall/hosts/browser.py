"""Chromium: found, started without a head and with an empty profile, and ended for certain.

It is started with --remote-debugging-pipe, though nothing is asked of that: a Chromium whose pipe
is closed ends, and so it never outlives this process, however this process ends.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from muslfall.base.errors import MuslfallError

#: Names the program, if it is not one of NAMES on PATH.
VARIABLE = "MUSLFALL_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = f"apt-get install chromium; or name another in the environment: {VARIABLE}=/path/to/it"
#: No picture, no profile, and nothing that asks the network on its own.
FLAGS = (
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    "--disable-extensions", "--no-default-browser-check", "--remote-debugging-pipe",
)  # fmt: skip
#: Chromium's debugger reads descriptor 3 and writes 4.
SHELL = 'exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null'
#: What it says that says nothing: there is no desktop here.
CHATTER = ("dbus", "unexpected operator", "GPU", "gpu", "vaapi", "Vulkan", "sandbox_linux")


def find() -> str | None:
    """The program: $MUSLFALL_CHROMIUM, else the first of NAMES on PATH; None: there is none.

    Raises MuslfallError: the variable names no program.
    """
    if named := os.environ.get(VARIABLE):
        if program := shutil.which(named):
            return program
        raise MuslfallError("is no program", f"{VARIABLE}={named}", INSTALL)
    return next(filter(None, map(shutil.which, NAMES)), None)


def require() -> str:
    """The program. Raises MuslfallError: there is none."""
    program = find()
    if program is None:
        raise MuslfallError("there is no Chromium on PATH", hint=INSTALL)
    return program


def flags(profile: str) -> list[str]:
    """The command line's options. As root Chromium refuses to start with its sandbox."""
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return [*FLAGS, *root, f"--user-data-dir={profile}"]


class Browser:
    """A Chromium that shows one page, from `with` to its end."""

    def __init__(self, program: str, url: str) -> None:
        self.profile = tempfile.mkdtemp(prefix="muslfall-chromium-")
        self.log = Path(self.profile) / "stderr"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["/bin/sh", "-c", SHELL, program, *flags(self.profile), url],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )

    def __enter__(self) -> Browser:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.stop()

    def ended(self) -> str | None:
        """Why it has ended, in a line, if it has."""
        status = self.process.poll()
        if status is None:
            return None
        said = f": {lines[-1]}" if (lines := self.said()) else ""
        return f"Chromium ended with status {status}{said}"

    def said(self) -> list[str]:
        """The lines of its stderr that may tell something."""
        lines = self.log.read_text("utf-8", "replace").splitlines()
        return [line for line in lines if line and not any(word in line for word in CHATTER)]

    def stop(self) -> None:
        """End it and all its processes, and remove the profile."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            pipe.close()
        shutil.rmtree(socket_folder(self.profile), ignore_errors=True)
        shutil.rmtree(self.profile, ignore_errors=True)


def socket_folder(profile: str) -> str:
    """The folder for Chromium's socket, which it makes where a path is short, and leaves there
    when it is killed; the profile itself if it has made none."""
    try:
        folder = os.path.dirname(os.readlink(os.path.join(profile, "SingletonSocket")))
    except OSError:
        return profile
    return folder if os.path.basename(folder).startswith("org.chromium.") else profile
