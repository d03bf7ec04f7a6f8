"""A compressed stream: read piece by piece to its end, where its checksum is, within bounds."""

from __future__ import annotations

import bz2
import lzma
import zlib
from typing import IO, Protocol

from muslfall.base.errors import MuslfallError

#: Bytes that are read from a file at once, and that come out of a decompressor at once.
CHUNK = 1 << 18
#: Memory in bytes that xz may use: xz -9 needs 65 MiB to decompress (xz(1)).
MEMORY = 256 << 20
#: How many streams may follow each other in one file: parallel compressors write one per block.
STREAMS = 100_000
#: What a damaged stream makes a decompressor raise; bz2 raises OSError without a number.
DAMAGE = (zlib.error, lzma.LZMAError, EOFError, ValueError)


class DamagedError(MuslfallError):
    """A stream is not what its format and its checksum say."""


class Decompressor(Protocol):
    """As bz2 and lzma have it."""

    eof: bool
    needs_input: bool
    unused_data: bytes

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class Gunzip:
    """zlib's decompressor for gzip, with its check of sum and length, as bz2 and lzma have it."""

    def __init__(self) -> None:
        self.inner = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self.inner.decompress(self.inner.unconsumed_tail + data, max_length)

    @property
    def eof(self) -> bool:
        return self.inner.eof

    @property
    def needs_input(self) -> bool:
        return not self.inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self.inner.unused_data


def unxz() -> Decompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MEMORY)


#: What a file begins with, and what reads it.
FORMATS = {b"\x1f\x8b": Gunzip, b"BZh": bz2.BZ2Decompressor, b"\xfd7zXZ\0": unxz}
ZSTD = b"\x28\xb5\x2f\xfd"


class Stream:
    """The content of a file: decompressed by what it begins with, or as it is.

    limit: bytes that may come out of it. Raises DamagedError: it is damaged, ends early, holds
    more, or is compressed in another way.
    """

    def __init__(self, file: IO[bytes], limit: int) -> None:
        self.file = file
        self.left = limit
        self.data = file.read(CHUNK)
        self.ready = b""
        self.streams = 0
        if self.data.startswith(ZSTD):
            raise DamagedError("is compressed by zstd, which is not taken")
        start = next((start for start in FORMATS if self.data.startswith(start)), None)
        self.make = FORMATS[start] if start else None
        self.inner: Decompressor | None = self.make() if self.make else None

    def is_empty(self) -> bool:
        """Whether nothing is left in it."""
        self.ready = self.ready or self.piece()
        return not self.ready

    def read(self, size: int) -> bytes:
        """The next `size` bytes; fewer at the end only."""
        parts = [self.ready]
        count = len(self.ready)
        while count < size and (part := self.piece()):
            parts.append(part)
            count += len(part)
        whole = b"".join(parts)
        self.ready = whole[size:]
        return whole[:size]

    def skip(self, size: int) -> None:
        """Pass over `size` bytes. Raises DamagedError: there are not so many."""
        while size:
            part = self.read(min(size, CHUNK))
            if not part:
                raise DamagedError("is damaged: it ends in the middle of a member")
            size -= len(part)

    def finish(self) -> None:
        """Read to the end: that is where a checksum is."""
        while self.read(CHUNK):
            pass

    def piece(self) -> bytes:
        """The next bytes, as many as come; none at the end."""
        try:
            part = self.plain() if self.make is None else self.unpacked()
        except DAMAGE as error:
            raise DamagedError(f"is damaged: {error or type(error).__name__}") from error
        except OSError as error:
            if error.errno is not None:
                raise
            raise DamagedError(f"is damaged: {error}") from error
        self.left -= len(part)
        if self.left < 0:
            raise DamagedError("unpacks to more bytes than are allowed")
        return part

    def plain(self) -> bytes:
        part = self.data or self.file.read(CHUNK)
        self.data = b""
        return part

    def unpacked(self) -> bytes:
        while self.inner is not None:
            if self.inner.eof:
                self.follow(self.inner.unused_data)
                continue
            data = self.data
            if self.inner.needs_input and not data:
                data = self.file.read(CHUNK)
                if not data:
                    raise EOFError("it ends early")
            self.data = b""
            if part := self.inner.decompress(data, CHUNK):
                return part
        return b""

    def follow(self, rest: bytes) -> None:
        """Begin the stream that follows the one that has ended; zeros may be between and after."""
        rest = rest.lstrip(b"\0")
        while not rest and (more := self.file.read(CHUNK)):
            rest = more.lstrip(b"\0")
        self.streams += 1
        self.data = rest
        if not rest:
            self.inner = None
        elif self.streams < STREAMS:
            self.inner = self.make()
        else:
            raise ValueError(f"it has more than {STREAMS} streams")
