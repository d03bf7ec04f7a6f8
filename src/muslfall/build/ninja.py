"""Ninja: finds it, runs it on a variant's build.ninja, and thins out what it prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence

from muslfall.base import progress
from muslfall.base.errors import MuslfallError

#: Seconds between two lines of progress where there is no terminal.
INTERVAL = 5.0
#: A line of Ninja's own progress, such as `[12/2967] compile ...`.
STATUS_LINE = re.compile(r"^\[(\d+)/(\d+)\] ")
#: How bytes of a tool's output that are no UTF-8 stay what they are.
BYTES = "surrogateescape"


def find() -> str:
    """The ninja beside this interpreter, as the lock file installs it, else the PATH's.

    Raises MuslfallError: there is none.
    """
    beside = os.path.join(os.path.dirname(sys.executable), "ninja")
    if os.path.exists(beside):
        return beside
    import shutil  # slow to import, and seldom needed

    found = shutil.which("ninja")
    if found is None:
        raise MuslfallError("there is no ninja", hint="./muslfall build, which installs one")
    return found


def run(ninja_file: str, arguments: Sequence[str]) -> int:
    """Run Ninja in the current folder; returns its exit status.

    On a terminal its output is its own. Elsewhere a line of progress every few seconds is
    enough; everything else that it prints, such as what failed, is printed whole, and all of
    it when the arguments ask for more than the usual (-v, -d). Ninja inherits the files that are
    marked for it (close_fds), such as the lock of its variant.
    """
    sys.stdout.flush()
    argv = [find(), "-f", ninja_file, *arguments]
    if not progress.is_plain(sys.stdout) or {"-v", "-d"} & set(arguments):
        return subprocess.call(argv, close_fds=False)
    env = {name: value for name, value in os.environ.items() if name != "NINJA_STATUS"}
    with subprocess.Popen(
        argv, env=env, stdout=subprocess.PIPE, encoding="utf-8", errors=BYTES, close_fds=False
    ) as ninja:
        for line in thin(ninja.stdout or (), time.monotonic):
            sys.stdout.buffer.write(line.encode("utf-8", BYTES))
            sys.stdout.buffer.flush()
    return ninja.returncode


def thin(lines: Iterable[str], clock, interval: float = INTERVAL) -> Iterator[str]:
    """Of Ninja's lines, the last of progress, one every `interval` seconds by `clock`, and
    all that are none of its progress."""
    last = clock()
    for line in lines:
        match = STATUS_LINE.match(line)
        if match is None:
            yield line
        elif clock() - last >= interval or match[1] == match[2]:
            last = clock()
            yield line
