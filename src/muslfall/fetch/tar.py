"""The tar reader: headers of ustar, GNU and pax, each field checked, and nothing read ahead.

tarfile of the standard library believes what a header says of sizes: a negative one leads it back
to where it has been, a long name is read whole, and a wrong header in the middle is an end to it.
Source of the format: POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar's manual, "Basic Tar
Format".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from muslfall.base.errors import MuslfallError
from muslfall.fetch.stream import Stream

BLOCK = 512
#: Where the fields of a header are.
NAME, MODE, SIZE, TIME = slice(0, 100), slice(100, 108), slice(124, 136), slice(136, 148)
SUM, TYPE, LINK, MAGIC = slice(148, 156), slice(156, 157), slice(157, 257), slice(257, 263)
PREFIX = slice(345, 500)
USTAR = b"ustar\0"
#: Bytes of a long name's member, and of a pax header, which may hold attributes of files too.
LONG_NAME, PAX = 4096, 1 << 20
#: Headers that may stand before one member: two long names and two of pax, and some to spare.
BEFORE = 16
#: A pax record: its whole length in decimal, a space, keyword, =, value, a line break.
LENGTH = re.compile(rb"([0-9]{1,7}) ")
KINDS = {b"0": "file", b"\0": "file", b"7": "file", b"1": "hardlink", b"2": "link", b"5": "folder"}
DEVICES = b"346"


class TarError(MuslfallError):
    """A tarball is malformed."""


@dataclass
class Header:
    """One member as its headers describe it. kind: as archive.Member's; size, time: as there."""

    name: str
    kind: str
    size: int
    time: int
    mode: int
    target: str


def read(stream: Stream) -> Iterator[tuple[Header, Body]]:
    """The members, each with its content, which has to be read in its turn or not at all.

    Raises TarError and stream.DamagedError; at the end the whole stream has been read.
    """
    known: dict[str, str] = {}
    if stream.is_empty():
        raise TarError("is damaged: it is empty")
    while header := next_header(stream, known):
        body = Body(stream, header.size)
        yield header, body
        body.finish()
    stream.finish()


class Body:
    """The content of one member, and what pads it to whole blocks."""

    def __init__(self, stream: Stream, size: int) -> None:
        self.stream = stream
        self.left = size
        self.padding = -size % BLOCK

    def read(self, size: int) -> bytes:
        part = self.stream.read(min(size, self.left))
        if self.left and not part:
            raise TarError("is damaged: it ends in the middle of a member")
        self.left -= len(part)
        return part

    def finish(self) -> None:
        self.stream.skip(self.left + self.padding)
        self.left = self.padding = 0


def next_header(stream: Stream, known: dict[str, str]) -> Header | None:
    """The next member's header; None at the end. known: what global pax headers have said."""
    own: dict[str, str] = {}
    for _ in range(BEFORE):
        block = next_block(stream)
        if block is None:
            return None
        kind = block[TYPE]
        size = number(block[SIZE], "size")
        if kind in (b"L", b"K"):
            data = content(stream, size, LONG_NAME, "a long name")
            own["path" if kind == b"L" else "linkpath"] = text(data)
        elif kind in (b"x", b"X"):
            own |= records(content(stream, size, PAX, "a pax header"))
        elif kind == b"g":
            known |= records(content(stream, size, PAX, "a pax header"))
        else:
            return member(block, size, {**known, **own})
    raise TarError(f"has more than {BEFORE} headers before one member")


def next_block(stream: Stream) -> bytes | None:
    """The next header as it is, its sum checked; None at the end."""
    block = stream.read(BLOCK)
    if not block or not block.strip(b"\0"):
        return None
    if len(block) < BLOCK:
        raise TarError("is damaged: it ends in the middle of a header")
    unsigned = sum(block) - sum(block[SUM]) + 8 * 32
    # Old tars summed signed bytes.
    signed = unsigned - 256 * sum(byte > 127 for byte in block[:148] + block[156:])
    if number(block[SUM], "sum") not in (unsigned, signed):
        raise TarError("is damaged, or no tarball: the sum of a header is wrong")
    return block


def member(block: bytes, size: int, said: dict[str, str]) -> Header:
    """The member that a header describes, and what pax headers say of it."""
    if block[TYPE] == b"S" or any(key.startswith("GNU.sparse") for key in said):
        raise TarError("has a sparse file, which is not taken")
    name = text(block[NAME])
    if block[MAGIC] == USTAR and (prefix := text(block[PREFIX])):
        name = f"{prefix}/{name}"
    kind = KINDS.get(block[TYPE], "other")
    if kind == "file" and "path" not in said and name.endswith("/"):
        kind = "folder"  # as before there was a type for it
    if "size" in said:
        size = decimal(said["size"], "size")
    if size < 0:
        raise TarError(f"is damaged: it has a member of {size} bytes")
    time = decimal(said["mtime"], "time") if "mtime" in said else number(block[TIME], "time")
    return Header(
        name=said.get("path", name),
        kind=kind,
        size=0 if kind in ("folder", "link", "hardlink") or block[TYPE] in DEVICES else size,
        time=time,
        mode=number(block[MODE], "mode"),
        target=said.get("linkpath", text(block[LINK])),
    )


def content(stream: Stream, size: int, limit: int, noun: str) -> bytes:
    """The content of a header's member. Raises TarError: longer than `limit`, or cut off."""
    if not 0 <= size <= limit:
        raise TarError(f"has {noun} of {size} bytes; at most {limit} are taken")
    data = stream.read(size + -size % BLOCK)
    if len(data) < size:
        raise TarError(f"is damaged: it ends in the middle of {noun}")
    return data[:size]


def records(data: bytes) -> dict[str, str]:
    """The records of a pax header that matter here. Raises TarError: malformed."""
    found = {}
    place = 0
    while place < len(data):
        head = LENGTH.match(data, place)
        end = place + int(head[1]) if head else 0
        if not head or end > len(data) or data[end - 1 : end] != b"\n" or end <= head.end():
            raise TarError("is damaged: a pax header is malformed")
        key, equals, value = data[head.end() : end - 1].partition(b"=")
        name = key.decode("utf-8", "replace")
        if name in ("path", "linkpath", "size", "mtime") or name.startswith("GNU.sparse"):
            found[name] = value.decode("utf-8", "surrogateescape")
        place = end
    return found


def text(field: bytes) -> str:
    """A field up to its NUL."""
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def number(field: bytes, noun: str) -> int:
    """A field's number: octal, or with its first bit set base 256, of two's complement."""
    if field[0] & 0x80:
        bits = 8 * len(field) - 1
        value = int.from_bytes(field, "big") & ((1 << bits) - 1)
        return value - (1 << bits) if field[0] & 0x40 else value
    digits = field.strip(b" \0").partition(b"\0")[0].strip()
    if not re.fullmatch(rb"[0-7]*", digits):
        raise TarError(f"is damaged: the {noun} in a header is no number")
    return int(digits or b"0", 8)


def decimal(value: str, noun: str) -> int:
    """A number of a pax header, without its fraction."""
    if not re.fullmatch(r"-?[0-9]{1,20}(\.[0-9]{0,40})?", value):
        raise TarError(f"has a member whose {noun} is no number")
    return int(value.partition(".")[0])
