"""The bootstrap: makes .venv from requirements.lock, with the standard library only.

Run by the front door, `python bootstrap.py ROOT`, before anything of the package can be
imported. Everything is made in place, since a virtual environment does not survive being
renamed; the stamp that says that it is complete is written last, and the whole is done under
a lock, so that a start that was killed is made good by the next one, and two first starts at
once make it once.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

#: Written first: this folder is ours to remake, and was made for a checkout at that path.
ROOT_MARK = "muslfall-root"
#: Written last: a copy of the lock that the environment was made from.
LOCK_MARK = "muslfall-lock"
LOG = "muslfall-bootstrap.log"


class BootstrapError(Exception):
    """The environment cannot be made; the text is one line for the user."""


def say(text: str) -> None:
    print(f"muslfall: {text}", file=sys.stderr, flush=True)


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Hold the checkout's lock; the kernel frees it when this process ends, however it ends."""
    folder = os.open(root, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another start is making .venv; waiting for it")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def is_ready(root: Path) -> bool:
    """Whether .venv is complete, made from the present lock, at the present place."""
    venv = root / ".venv"
    lock = read(root / "requirements.lock")
    return (
        os.access(venv / "bin" / "python", os.X_OK)
        and read(venv / ROOT_MARK) == os.fsencode(f"{root}\n")
        and lock != b""
        and read(venv / LOCK_MARK) == lock
    )


def clear(venv: Path) -> None:
    """Remove what a killed or an older start left; never a folder that is not ours."""
    if not os.path.lexists(venv):
        return
    ours = venv.is_dir() and not venv.is_symlink()
    if not ours or (any(venv.iterdir()) and not (venv / ROOT_MARK).exists()):
        raise BootstrapError(f"{venv} is not muslfall's; move it away, then start again")
    (venv / LOCK_MARK).unlink(missing_ok=True)
    for entry in venv.iterdir():
        if entry.name == ROOT_MARK:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def run(argv: list[str], log: Path) -> None:
    """Run a command with its output appended to `log`. Raises BootstrapError with its words."""
    with log.open("ab") as file:
        code = subprocess.call(argv, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
    if code:
        raise BootstrapError(last_error(log) or f"{argv[0]} ended with code {code}")


#: What pip says when it reaches nobody: its last words are then of a version that it did not find.
UNREACHED = re.compile(
    r"NewConnectionError|NameResolutionError|Temporary failure in name resolution"
    r"|Name or service not known|Network is unreachable|Connection (?:refused|timed out)"
    r"|ConnectTimeoutError|ProxyError"
)
FULL = re.compile(r"No space left on device[^\n]{0,200}|Disk quota exceeded[^\n]{0,200}")


def last_error(log: Path) -> str:
    """The fault, by pip's output: in our words where it is the network or the disk."""
    text = log.read_text(encoding="utf-8", errors="replace")
    if found := FULL.search(text):
        return f"the disk is full ({found[0]}); make room there, or set TMPDIR, then start again"
    if found := UNREACHED.search(text):
        return (
            f"no network, or the package index cannot be reached ({found[0]}); pip's own settings "
            "name the index: pip config list"
        )
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    for mark in ("ERROR:", "Error:"):
        for line in reversed(lines):
            if mark in line:
                return line[:300]
    return lines[-1][:300] if lines else ""


def has_module(name: str) -> bool:
    """Whether this Python can import the module `name`."""
    argv = [sys.executable, "-I", "-c", f"import {name}"]
    return subprocess.call(argv, stderr=subprocess.DEVNULL) == 0


def pip_of_base() -> str:
    """The folder of this Python's own pip, for a Python without ensurepip (Debian's).

    Run by the environment's Python it installs into the environment.
    """
    code = "import os, pip; print(os.path.dirname(pip.__file__))"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True)
    if done.returncode:
        raise BootstrapError(
            f"{sys.executable} has neither ensurepip nor pip; install python3-venv or "
            "python3-pip, or name another Python with MUSLFALL_PYTHON=PATH"
        )
    return done.stdout.strip()


def make_venv(venv: Path) -> list[str]:
    """Make the bare environment; returns the command that is its pip."""
    log = venv / LOG
    # The real path: an upgrade of a python3 link must not change the environment's Python.
    python = os.path.realpath(sys.executable)
    inside = str(venv / "bin" / "python")
    if has_module("ensurepip"):
        run([python, "-I", "-m", "venv", str(venv)], log)
        return [inside, "-I", "-m", "pip", "install"]
    pip = pip_of_base()
    run([python, "-I", "-m", "venv", "--without-pip", str(venv)], log)
    # -I would hide the folder; what that pip sees beside itself is not to count as installed.
    return [inside, pip, "install", "--ignore-installed"]


def mirror_words(environ: Mapping[str, str]) -> list[str]:
    """pip's words for the mirror's wheels; none without a mirror.

    An address without TLS will do: which files are right, the lock says.
    """
    mirror = environ.get("MUSLFALL_MIRROR", "").rstrip("/")
    host = urlsplit(mirror).netloc.rpartition("@")[2]
    if not host:
        return []
    return ["--no-index", f"--find-links={mirror}/wheels/index.html", f"--trusted-host={host}"]


def install(root: Path, pip: list[str], lock: Path) -> None:
    """Install exactly the lock: every file by its hash, no build of any source."""
    argv = [*pip, "--require-hashes", "--no-deps", "--only-binary=:all:"]
    argv += ["--disable-pip-version-check", "--no-input", "--progress-bar=off"]
    argv += ["--requirement", str(lock)]
    log = root / ".venv" / LOG
    if mirror := mirror_words(os.environ):
        try:
            return run([*argv, *mirror], log)
        except BootstrapError as error:
            url = os.environ["MUSLFALL_MIRROR"]
            say(f"{url} does not give all packages ({error}); trying pip's index")
    try:
        run(argv, log)
    except BootstrapError as error:
        raise BootstrapError(
            f"cannot install the packages of requirements.lock: {error} (more in {log})"
        ) from None


def add_package(root: Path, venv: Path) -> None:
    """Put src on the environment's path, relative to its site-packages."""
    for site in sorted(venv.glob("lib/python3*/site-packages")):
        line = os.path.relpath(root / "src", site)
        (site / "muslfall.pth").write_text(line + "\n", encoding="utf-8")


def make(root: Path) -> None:
    """Make .venv, whatever was there of ours before."""
    venv = root / ".venv"
    if not (root / "requirements.lock").is_file():
        raise BootstrapError(f"{root}/requirements.lock is missing; it is part of the checkout")
    clear(venv)
    say("making .venv from requirements.lock, once (about half a minute)")
    venv.mkdir(exist_ok=True)
    (venv / ROOT_MARK).write_bytes(os.fsencode(f"{root}\n"))
    # Copied first: the stamp must be of what was installed, should the lock change meanwhile.
    lock = venv / f"{LOCK_MARK}.new"
    shutil.copyfile(root / "requirements.lock", lock)
    install(root, make_venv(venv), lock)
    add_package(root, venv)
    lock.replace(venv / LOCK_MARK)


def explain(error: OSError, root: Path) -> str:
    """One line for an error of the operating system."""
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return f"cannot write in {root}: {error.strerror}; copy the checkout where you can write"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"cannot make {root}/.venv: {error.strerror}; make room there, then start again"
    return str(error)


def main(argv: list[str]) -> int:
    root = Path(argv[1])
    try:
        with locked(root):
            if not is_ready(root):
                make(root)
        return 0
    except BootstrapError as error:
        say(f"error: {error}")
    except OSError as error:
        say(f"error: {explain(error, root)}")
    except KeyboardInterrupt:
        say("error: interrupted")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
