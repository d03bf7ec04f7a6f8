"""Ninja: finds it and runs it on a variant's build.ninja."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from muslfall.errors import MuslfallError


def find() -> str:
    """The ninja beside this interpreter, as the lock file installs it, else the PATH's.

    Raises MuslfallError: there is none.
    """
    import shutil

    beside = Path(sys.executable).parent / "ninja"
    found = str(beside) if beside.exists() else shutil.which("ninja")
    if found is None:
        raise MuslfallError("there is no ninja", hint="./muslfall build, which installs one")
    return found


def run(ninja_file: str, arguments: Sequence[str]) -> int:
    """Run Ninja in the current folder; its output is the user's to see. Returns its status."""
    sys.stdout.flush()
    env = {**os.environ}
    if not sys.stdout.isatty():
        env.setdefault("NINJA_STATUS", "[%f/%t %es] ")
    return subprocess.call([find(), "-f", ninja_file, *arguments], env=env)
