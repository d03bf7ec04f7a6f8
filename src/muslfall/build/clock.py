"""The clock: what decides whether to build where the times of files cannot.

Ninja goes by times. An input of build.ninja that is dated in the future is younger than every
build.ninja: that takes the input's date then, and what the inputs hold decides. A clock that was
set back makes everything that was built younger than the next edit: then all is built anew.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path

#: Seconds by which a file system's time may be ahead of this machine's.
SLACK = 2.0
#: Beside build.ninja, and no part of what is built: a digest of what it was made from.
DIGEST = ".build.ninja.inputs"


def say(text: str) -> None:
    """Print a note to stderr."""
    print(f"note: {text}", file=sys.stderr, flush=True)


def shown(moment: float) -> str:
    """A time in seconds since 1970, for a person."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))
    except (OSError, OverflowError, ValueError):
        return f"{moment:.0f} s after 1970"


def digest(inputs: Iterable[str]) -> str:
    """A sha256 in hex of what files hold, and of the names in folders; one that is gone counts."""
    import hashlib  # slow to import, and seldom needed

    whole = hashlib.sha256()
    for name in sorted(inputs):
        content = _content(Path(name))
        whole.update(f"{name}\0{len(content)}\0".encode("utf-8", "surrogateescape"))
        whole.update(content)
    return whole.hexdigest()


def _content(path: Path) -> bytes:
    if path.is_dir():
        return "\0".join(sorted(os.listdir(path))).encode("utf-8", "surrogateescape")
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def newest(inputs: Iterable[str]) -> tuple[int, str]:
    """The latest time of change among files, in nanoseconds, and the file that has it."""
    return max((os.stat(name).st_mtime_ns, name) for name in inputs if os.path.exists(name))


def is_ahead(moment: float, now: float | None = None) -> bool:
    """Whether a time in seconds is in the future."""
    return moment > (time.time() if now is None else now) + SLACK


def settle(ninja_file: Path, inputs: Iterable[str]) -> None:
    """Note what a build.ninja was made from, and make it as young as the youngest of that."""
    inputs = list(inputs)
    ninja_file.with_name(DIGEST).write_text(digest(inputs) + "\n", encoding="utf-8")
    latest, _ = newest(inputs)
    if latest > ninja_file.stat().st_mtime_ns:
        os.utime(ninja_file, ns=(latest, latest))


def is_stale(ninja_file: Path, inputs: Iterable[str]) -> bool:
    """Whether a build.ninja that is dated in the future was made from something else.

    Says which file is at fault. When none is, the clock has caught up with it, or the file's date
    was mended: then build.ninja gets the present as its date.
    """
    inputs = list(inputs)
    latest, name = newest(inputs)
    if is_ahead(latest / 1e9):
        say(
            f"{name} is dated {shown(latest / 1e9)}, and by this machine's clock it is now "
            f"{shown(time.time())}: until then, what it holds decides; to end this: touch {name}"
        )
    else:
        os.utime(ninja_file)
    noted = ninja_file.with_name(DIGEST)
    return not noted.exists() or noted.read_text(encoding="utf-8").strip() != digest(inputs)


def mend(folder: Path) -> None:
    """Where the clock was set back since the last build in `folder`, have all of it built anew."""
    log = folder / ".ninja_log"
    if not log.exists() or not is_ahead(log.stat().st_mtime):
        return
    say(
        f"by this machine's clock it is now {shown(time.time())}, and {folder} was built until "
        f"{shown(log.stat().st_mtime)}: the clock was set back, and all is built anew"
    )
    # Without its log Ninja takes nothing for built. What a step leaves as it was, because it would
    # come out the same, must be no younger than what is made from it.
    log.unlink()
    now = time.time()
    for path in folder.rglob("*"):
        if not path.is_symlink() and path.is_file() and is_ahead(path.stat().st_mtime, now):
            os.utime(path, (now, now))
