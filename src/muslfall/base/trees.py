"""Folders of any depth: walked and removed without recursion, whatever is in them.

A path may be longer than the system takes (PATH_MAX), and deeper than Python recurses: both are
easily made by an archive that somebody else's program unpacks.
"""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path


def walk(folder: Path, without: tuple[str, ...] = ()) -> Iterator[os.DirEntry]:
    """Every entry below a folder, links not followed; what cannot be read is left out.

    without: names of folders that are passed over, with all that is in them.
    """
    waiting = [os.fspath(folder)]
    while waiting:
        for entry in entries(waiting.pop()):
            if entry.is_dir(follow_symlinks=False):
                if entry.name in without:
                    continue
                waiting.append(entry.path)
            yield entry


def entries(folder: str) -> list[os.DirEntry]:
    """The entries of one folder; none, where it cannot be read."""
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError:
        return []


def remove(path: Path) -> None:
    """Remove a folder or file, whatever is in it; nothing there is fine too.

    A file that cannot be removed stays, and nothing is raised.
    """
    if not path.is_dir() or path.is_symlink():
        with suppress(OSError):
            path.unlink(missing_ok=True)
        return
    open_up(os.fspath(path))
    names = itertools.count()
    while flatten(path, names):
        pass
    with suppress(OSError):
        path.rmdir()


def flatten(path: Path, names: Iterator[int]) -> bool:
    """Remove what is in a folder, but for the folders two levels down, which move up into it.

    names: numbers for those, each used once. Returns whether anything was done.
    """
    done = False
    for entry in entries(os.fspath(path)):
        if not entry.is_dir(follow_symlinks=False):
            done |= did(os.unlink, entry.path)
            continue
        open_up(entry.path)
        for inner in entries(entry.path):
            if not inner.is_dir(follow_symlinks=False):
                done |= did(os.unlink, inner.path)
                continue
            open_up(inner.path)
            done |= did(os.rename, inner.path, path / f"{next(names)}.removed")
        done |= did(os.rmdir, entry.path)
    return done


def did(change: Callable[..., None], *paths: object) -> bool:
    """Whether a change of the file system was made."""
    with suppress(OSError):
        change(*paths)
        return True
    return False


def open_up(folder: str) -> None:
    """Let ourselves into a folder that shuts its owner out."""
    with suppress(OSError):
        os.chmod(folder, stat.S_IRWXU)
