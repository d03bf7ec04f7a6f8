"""The digest that stands for bytes: BLAKE2b, in its C implementation in Python itself.

To import hashlib takes 3 ms, OpenSSL's start, which is as long as it saves on 4 MB; of a program's
start that is much.
"""

from __future__ import annotations

try:
    from _blake2 import blake2b
except ImportError:  # another Python than CPython
    from hashlib import blake2b

#: Bytes of a digest.
SIZE = 32


def start() -> blake2b:
    """A digest of nothing yet, as hashlib's."""
    return blake2b(digest_size=SIZE)


def of(data: bytes) -> bytes:
    """The digest of bytes."""
    return blake2b(data, digest_size=SIZE).digest()
