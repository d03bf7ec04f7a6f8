"""A cache of what was made of modules, from one run to the next: code, and summaries.

    FOLDER/KEY    what is kept, MAGIC, KEY, the BLAKE2b of what is kept

An engine trusts the code that it is given back as it trusts its own. So a file counts only if it
is the user's own and no other's to write, and if its digest says that it is whole. The digest
comes last, so that an engine may map the file itself: it reads what its own header says.
"""

from __future__ import annotations

import os
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from muslfall.base import digest
from muslfall.base.files import replacing

MAGIC = b"\nmuslfall kept for a module 2\n"
#: Bytes of what follows the content of a file.
TRAILER = len(MAGIC) + 2 * digest.SIZE
#: Bytes that are read at once: no more than the processor has room for.
BLOCK = 1 << 16
#: Bytes of all files together, beyond which the least recently used go.
LIMIT = 500_000_000
#: How many files there may be: looking at each of them takes its time.
MOST = 2000
#: Seconds after which a file that is still being written is one that was left behind.
ABANDONED = 3600


def make_key(module: bytes, maker: str) -> str:
    """A file's name, in hex. module: its digest. maker: all else that what is kept depends on."""
    return digest.of(module + maker.encode()).hex()


def wrap(key: str, content: bytes) -> bytes:
    """All bytes of a file."""
    return content + MAGIC + bytes.fromhex(key) + digest.of(content)


def whole(key: str, file: BinaryIO) -> int | None:
    """The bytes of content in a file; None: it is not whole, or not what the key stands for."""
    size = file.seek(0, os.SEEK_END) - TRAILER
    if size < 0:
        return None
    file.seek(0)
    found = digest.start()
    block = memoryview(bytearray(BLOCK))
    left = size
    while left and (count := file.readinto(block[:left])):
        found.update(block[:count])
        left -= count
    said = MAGIC + bytes.fromhex(key) + found.digest()
    return size if file.read(TRAILER + 1) == said else None


def is_private(status: os.stat_result) -> bool:
    """Whether a file is the user's own, and nobody else may write it."""
    return (
        stat.S_ISREG(status.st_mode)
        and status.st_uid == os.geteuid()
        and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    )


class Kept:
    """An open file that is whole. size: bytes of its content."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file = file
        self.size = size

    def __enter__(self) -> Kept:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def path(self) -> str:
        """A path of this very file, whatever has its name now, while it is open; Linux's."""
        return f"/proc/self/fd/{self.file.fileno()}"

    def read(self) -> bytes:
        self.file.seek(0)
        return self.file.read(self.size)


class Cache:
    """Files in a folder, which is made when the first is kept.

    limit: bytes. A file that cannot be read or written counts as missing: nothing is raised.
    """

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self.folder = folder
        self.limit = limit

    def open(self, key: str) -> Kept | None:
        """The bytes under a key, which counts as used now; None if there is none."""
        path = self.folder / key
        try:
            file = path.open("rb", buffering=0)
        except OSError:
            return None
        try:
            private = is_private(os.fstat(file.fileno()))
            size = whole(key, file) if private else None
        except OSError:
            file.close()
            return None
        if size is None:
            file.close()
            if private:
                self.remove(key)
            return None
        with suppress(OSError):
            os.utime(path)
        return Kept(file, size)

    def read(self, key: str) -> bytes | None:
        """The bytes kept under a key; None if there are none."""
        kept = self.open(key)
        if kept is None:
            return None
        with kept:
            return kept.read()

    def write(self, key: str, content: bytes) -> None:
        """Keep bytes under a key: written beside, then renamed, so that nobody reads half of it."""
        wrapped = wrap(key, content)
        if len(wrapped) > self.limit:
            return
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with replacing(self.folder / key) as beside:
                new = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with open(new, "wb") as file:
                    file.write(wrapped)
            self.prune()

    def remove(self, key: str) -> None:
        """Forget what is kept under a key."""
        with suppress(OSError):
            (self.folder / key).unlink()

    def prune(self) -> None:
        """Remove what was left behind, and the least recently used beyond limit and MOST."""
        now = time.time()
        total = 0
        for place, (used, size, path) in enumerate(sorted(self.files(), reverse=True)):
            total += size
            left_behind = "." in path.name and now - used > ABANDONED
            if total > self.limit or place >= MOST or left_behind:
                total -= size
                with suppress(OSError):
                    path.unlink()

    def files(self) -> list[tuple[float, int, Path]]:
        """When each was used last (seconds since the epoch), its bytes, and where it is."""
        found = []
        for path in self.folder.iterdir():
            with suppress(OSError):
                status = path.stat()
                found.append((status.st_mtime, status.st_size, path))
        return found
