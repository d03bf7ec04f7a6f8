"""Locks between processes, and between threads: flock(2) of a file that is there for nothing else.

The kernel frees the lock of a process that ends, however it ends. The file stays: one that is
removed while another waits for it would be two locks of one name.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def held(
    path: Path,
    waiting: Callable[[], object] | None = None,
    *,
    shared: bool = False,
    inherited: bool = False,
) -> Iterator[int]:
    """Hold the lock `path` in a block, which is given the lock's file descriptor.

    waiting: called once when another holds it. shared: as many as ask so may hold it, but nobody
    besides them. inherited: processes that are started in the block with `close_fds=False` hold
    the lock, too, until they end; with `pass_fds` a process does in either case.
    Raises OSError: the file cannot be made, or its disk knows no locks.
    """
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    path.parent.mkdir(parents=True, exist_ok=True)
    file = open_file(path)
    try:
        if not take(file, kind):
            if waiting:
                waiting()
            fcntl.flock(file, kind)
        os.set_inheritable(file, inherited)
        yield file
    finally:
        os.close(file)


@contextmanager
def held_if_free(path: Path) -> Iterator[bool]:
    """Hold the lock `path` in a block if nobody does; the block is told whether it has it.

    Raises OSError as `held`.
    """
    file = open_file(path)
    try:
        yield take(file, fcntl.LOCK_EX)
    finally:
        os.close(file)


def open_file(path: Path) -> int:
    """A descriptor of its own for the file, as flock(2) tells holders apart by."""
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o666)


def take(file: int, kind: int) -> bool:
    """Take a lock without waiting; returns whether it was free."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
