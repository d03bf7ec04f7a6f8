"""The file of a module: read as a whole, within bounds, or refused with a reason.

hosts/node.mjs of arch/wasm32/loader has the same bounds and the same words.
"""

from __future__ import annotations

import errno
import os
from stat import S_ISDIR, S_ISREG

#: Bytes of a module: V8 takes none that is larger (kV8MaxWasmModuleSize).
LARGEST = 1 << 30
REASONS = {
    errno.ENOENT: "no such file",
    errno.ENOTDIR: "no such file",
    errno.EISDIR: "it is a directory",
    errno.EACCES: "no permission",
    errno.EPERM: "no permission",
    errno.ELOOP: "too many links",
    errno.ENAMETOOLONG: "its name is too long",
    errno.ENXIO: "it is no regular file",
}
TOO_LARGE = "it has more than 1 GiB"
NO_FILE = REASONS[errno.ENOENT]


class Unreadable(OSError):
    """A file that is there, but is not read; its text is the reason."""


def read(path: str) -> bytes:
    """The bytes of a file that the user names, be it a pipe. Raises OSError, ValueError."""
    with open(path, "rb") as file:
        return _read(file.fileno())


def read_named(path: str) -> bytes:
    """The bytes of a file that a module names: a regular one, as a device has no end, and nobody
    may write to a FIFO. Raises OSError, ValueError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a FIFO's waits else
    try:
        mode = os.fstat(descriptor).st_mode
        if not S_ISREG(mode) and not S_ISDIR(mode):
            raise Unreadable("it is no regular file")
        return _read(descriptor)
    finally:
        os.close(descriptor)


def _read(descriptor: int) -> bytes:
    size = os.fstat(descriptor).st_size
    if size > LARGEST:
        raise Unreadable(TOO_LARGE)
    # One more than there is, to see the end at once; of a pipe, as much as it may hold.
    piece = max(size + 1, 1 << 16)
    parts, left = [], LARGEST
    while part := os.read(descriptor, piece):
        parts.append(part)
        left -= len(part)
        if left < 0:
            raise Unreadable(TOO_LARGE)
    return b"".join(parts)


def reason(error: Exception) -> str | None:
    """Why a file cannot be read, in the words of both loaders; None if the error has none."""
    if isinstance(error, Unreadable):
        return str(error)
    if isinstance(error, ValueError):  # a NUL is in its name
        return NO_FILE
    number = getattr(error, "errno", None)
    return REASONS.get(number) or errno.errorcode.get(number)
