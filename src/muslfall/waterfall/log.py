"""The log of a step: without paths of the machine, and short."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from muslfall.base import folders, progress
from muslfall.base.printable import printable_lines
from muslfall.waterfall.record import Step

#: The lines of a log that are kept with the record of a red build, from its two ends.
KEPT = (40, 160)
#: Bytes that are read of a log's beginning and of its end, and characters of a line that are kept.
ENDS = (1 << 18, 1 << 20)
LONGEST = 2000
#: What Ninja prints for each command that went well.
DONE = re.compile(r"^\[\d+/\d+\] ")


def without_paths(one: Step) -> Step:
    """The step, its words without this machine's folders."""
    hosts = {
        name: replace(result, said=result.said and scrubbed(result.said))
        for name, result in one.hosts.items()
    }
    return replace(one, said=one.said and scrubbed(one.said), hosts=hosts)


def scrubbed(text: str, places: Mapping[str, str] | None = None) -> str:
    """The text with this machine's folders by the names that they have on any machine."""
    for folder, name in (places or machine_folders()).items():
        text = text.replace(folder, name)
    return text


def machine_folders() -> dict[str, str]:
    """Folder to name; the longer first, for one may be in another.

    A program's own /tmp does not belong to the machine: only what a suite makes there is renamed.
    """
    scratch = f"{tempfile.gettempdir()}/muslfall-"
    found = {Path.cwd(): ".", folders.default_path(): "$STORE", Path.home(): "~"}
    named = {str(path): name for path, name in found.items() if len(path.parts) > 1}
    named[scratch] = "$TMPDIR/muslfall-"
    return dict(sorted(named.items(), key=lambda item: -len(item[0])))


def read_ends(file: Path, first: int = ENDS[0], last: int = ENDS[1]) -> str:
    """The two ends of a log as they may be shown: at most so many bytes of each, escaped.

    Raises OSError: there is none, or it is a link, which would show what it leads to, or no
    regular file.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with open(os.open(file, flags), "rb") as opened:
        status = os.fstat(opened.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "is no regular file", str(file))
        if status.st_size <= first + last:
            data = opened.read(first + last)
        else:
            head = opened.read(first)
            opened.seek(-last, os.SEEK_END)
            left_out = status.st_size - first - last
            data = head + f"\n… {left_out} bytes left out …\n".encode() + opened.read(last)
    lines = data.decode("utf-8", "replace").splitlines()
    return "".join(f"{printable_lines(line[:LONGEST])}\n" for line in lines)


def trimmed(log: str, kept: tuple[int, int] = KEPT) -> str:
    """The two ends of a log, without Ninja's lines about what went well."""
    lines = [line for line in log.splitlines() if not DONE.match(line)]
    first, last = kept
    left_out = len(lines) - first - last
    if left_out > 0:
        lines[first : len(lines) - last] = [f"… {left_out} lines left out …"]
    return "".join(f"{line}\n" for line in lines)


@contextmanager
def shown(stream: TextIO) -> Iterator[Callable[[str], None]]:
    """On a terminal the last line of what runs, over the one before; anywhere else nothing."""
    if progress.is_plain(stream):
        yield lambda line: None
        return
    width = shutil.get_terminal_size().columns - 1

    def show(line: str) -> None:
        print(f"\r\x1b[K{line.rstrip()[:width]}", end="", file=stream, flush=True)

    try:
        yield show
    finally:
        print("\r\x1b[K", end="", file=stream, flush=True)
