"""A cache of compiled modules: what an engine made of them, from one run to the next.

    FOLDER/KEY    MAGIC, KEY, the sha256 of the code that follows, the code

An engine trusts the code that it is given back as it trusts its own. So a file counts only if it
is the user's own and no other's to write, and if its digest says that it is whole.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from contextlib import suppress
from pathlib import Path

MAGIC = b"muslfall compiled module 1\n"
#: Bytes of all files together, beyond which the least recently used go.
LIMIT = 500_000_000
#: How many files there may be: looking at each of them takes its time.
MOST = 2000
#: Seconds after which a file that is still being written is one that was left behind.
ABANDONED = 3600


def make_key(module: bytes, engine: str) -> str:
    """A file's name: the sha256, in hex, of the module and of all that its code depends on."""
    return hashlib.sha256(hashlib.sha256(module).digest() + engine.encode()).hexdigest()


def wrap(key: str, code: bytes) -> bytes:
    """A file's content."""
    return MAGIC + bytes.fromhex(key) + hashlib.sha256(code).digest() + code


def unwrap(key: str, content: bytes) -> bytes | None:
    """The code in a file's content; None: it is not whole, or not what the key stands for."""
    start = len(MAGIC) + 64
    code = content[start:]
    whole = MAGIC + bytes.fromhex(key) + hashlib.sha256(code).digest()
    return code if content[:start] == whole else None


def is_private(status: os.stat_result) -> bool:
    """Whether a file is the user's own, and nobody else may write it."""
    return (
        stat.S_ISREG(status.st_mode)
        and status.st_uid == os.geteuid()
        and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    )


class Cache:
    """Compiled modules in a folder, which is made when the first is kept.

    limit: bytes. What cannot be read or written is as if it were not there: nothing is raised.
    """

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self.folder = folder
        self.limit = limit

    def read(self, key: str) -> bytes | None:
        """The code kept under a key, which counts as used now; None if there is none."""
        path = self.folder / key
        try:
            with path.open("rb") as file:
                if not is_private(os.fstat(file.fileno())):
                    return None
                code = unwrap(key, file.read())
        except OSError:
            return None
        if code is None:
            self.remove(key)
            return None
        with suppress(OSError):
            os.utime(path)
        return code

    def write(self, key: str, code: bytes) -> None:
        """Keep code under a key: written beside, then renamed, so that nobody reads half of it."""
        content = wrap(key, code)
        if len(content) > self.limit:
            return
        temporary = self.folder / f"{key}.{os.getpid()}.{os.urandom(4).hex()}"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            new = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(new, "wb") as file:
                file.write(content)
            temporary.replace(self.folder / key)
            self.prune()
        except OSError:
            with suppress(OSError):
                temporary.unlink()

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
