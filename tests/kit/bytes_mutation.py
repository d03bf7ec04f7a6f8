"""Mutations of bytes, seeded: what a damaged disk or a careless peer makes of them."""

from __future__ import annotations

import random

#: What readers of decimal, octal and binary numbers get wrong.
WORDS = (
    b"-1", b"-512", b"99999999999", b"0" * 12, b"\xff" * 12, b"\x80" + b"\xff" * 11, b"inf", b"nan",
    b"1e999", b"", b"\0", b"\n", b"\x1b[2J", b"../", b"/", b"//", b"a" * 300, b"\xc3\x28", b"%00",
    b" ", b"9" * 5000, b"[" * 3000, b"{" * 3000,
)  # fmt: skip


def mutate(data: bytes, source: random.Random, most: int = 3) -> bytes:
    """The bytes with one to `most` changes."""
    content = bytearray(data)
    for _ in range(source.randint(1, most)):
        source.choice((flip, overwrite, insert, remove, repeat, cut))(content, source)
    return bytes(content)


def flip(content: bytearray, source: random.Random) -> None:
    if content:
        content[source.randrange(len(content))] ^= 1 << source.randrange(8)


def overwrite(content: bytearray, source: random.Random) -> None:
    word = source.choice(WORDS)
    at = source.randint(0, len(content))
    content[at : at + len(word)] = word


def insert(content: bytearray, source: random.Random) -> None:
    at = source.randint(0, len(content))
    content[at:at] = source.choice(WORDS)


def remove(content: bytearray, source: random.Random) -> None:
    at = source.randint(0, len(content))
    del content[at : at + source.choice((1, 2, 8, 64, 512))]


def repeat(content: bytearray, source: random.Random) -> None:
    at = source.randint(0, len(content))
    content[at:at] = content[at : at + source.choice((1, 8, 512))]


def cut(content: bytearray, source: random.Random) -> None:
    del content[source.randint(0, len(content)) :]
