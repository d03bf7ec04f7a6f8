"""The packing of an archive: .tar.xz whose bytes depend on its members alone.

Members are sorted, have no owner, no time, and one of two modes. The tar is cut into blocks that
are compressed on their own, several at a time, as streams of one .xz file (which xz, tar and
Python read as one): so the bytes do not depend on the number of threads.
"""

from __future__ import annotations

import hashlib
import io
import lzma
import os
import tarfile
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from muslfall.base.errors import MuslfallError
from muslfall.fetch.archive import FILE_MODE, RUN_MODE, Entry

#: Bytes of tar in a block. A greater one saves little: 16 MiB is 16 times preset 1's dictionary.
BLOCK = 16 << 20
#: Of LLVM 22's tree, 373 MB of tar, in CPU seconds: preset 0 gives 78.4 MB in 12.8, 1 72.2 MB
#: in 25.8, 2 69.8 MB in 50.0; all take 3.4 to 3.9 to unpack.
PRESET = 1
CHUNK = 1 << 20


class PackingError(MuslfallError):
    """A file that should be packed is not what it was."""


@dataclass(frozen=True)
class Item:
    """One member: its path in the archive, and what it must be. content: bytes, or a file's path;
    entry: its kind and mode, and its sha256 or target (empty: whatever it is)."""

    path: str
    content: Path | bytes
    entry: Entry


def bytes_item(path: str, content: bytes, run: bool = False) -> Item:
    """A member made of bytes."""
    sha256 = hashlib.sha256(content).hexdigest()
    return Item(path, content, Entry("file", RUN_MODE if run else FILE_MODE, sha256))


class XzWriter(io.RawIOBase):
    """A writable file whose bytes go, compressed, to `target`."""

    def __init__(self, target: IO[bytes], threads: int) -> None:
        self.target = target
        self.pool = ThreadPoolExecutor(threads)
        self.waiting: deque[Future[bytes]] = deque()
        self.limit = threads + 1
        self.block = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        self.block += data
        while len(self.block) >= BLOCK:
            self.submit(bytes(self.block[:BLOCK]))
            del self.block[:BLOCK]
        return len(data)

    def submit(self, block: bytes) -> None:
        """Hand a block to the threads; what is ready is written, in order."""
        compress = lzma.compress
        future = self.pool.submit(compress, block, lzma.FORMAT_XZ, lzma.CHECK_CRC64, PRESET)
        self.waiting.append(future)
        while len(self.waiting) > self.limit:
            self.target.write(self.waiting.popleft().result())

    def finish(self) -> None:
        """Write all that is left."""
        if self.block:
            self.submit(bytes(self.block))
            self.block.clear()
        while self.waiting:
            self.target.write(self.waiting.popleft().result())

    def close(self) -> None:
        self.pool.shutdown(cancel_futures=True)
        super().close()


def pack(
    target: Path,
    items: Iterable[Item],
    threads: int = 2,
    advance: Callable[[int], None] = lambda done: None,
) -> None:
    """Write the archive `target`. advance is told the bytes of members that are done.

    Raises PackingError: a file is not what its entry says.
    """
    done = 0
    with target.open("wb") as file, XzWriter(file, threads) as xz:
        with tarfile.open(fileobj=xz, mode="w|", format=tarfile.GNU_FORMAT) as tar:
            for item in sorted(items, key=lambda item: item.path):
                done += add(tar, item)
                advance(done)
        xz.finish()
        file.flush()
        os.fsync(file.fileno())


def add(tar: tarfile.TarFile, item: Item) -> int:
    """Add one member; returns its size in bytes."""
    info = tarfile.TarInfo(item.path)
    if item.entry.kind == "link":
        info.type, info.linkname, info.mode = tarfile.SYMTYPE, item.entry.value, 0o777
        tar.addfile(info)
        return 0
    info.mode = item.entry.mode
    if isinstance(item.content, bytes):
        info.size = len(item.content)
        tar.addfile(info, io.BytesIO(item.content))
        return info.size
    with item.content.open("rb") as file:
        info.size = os.fstat(file.fileno()).st_size
        read = Reader(file)
        tar.addfile(info, read)
    if item.entry.value not in ("", read.state.hexdigest()):
        raise PackingError("is not what was unpacked", item.content, "./muslfall fetch --verify")
    return info.size


class Reader:
    """Reads a file and takes its digest on the way."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.state = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size)
        self.state.update(data)
        return data
