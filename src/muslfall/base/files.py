"""Files as a whole: their digest and size; written beside their place, renamed last."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from muslfall.base.errors import MuslfallError

#: Bytes that are read at once.
CHUNK = 1 << 20
#: Bytes of a file that is read whole, as text: some forty times the largest record.
LARGEST = 64 << 20
#: What matches the names of files that are being written, or were when their writer was killed.
UNFINISHED = ".*.tmp"


def digest(path: Path) -> str:
    """The sha256 of a file's content, in lower-case hex. Raises OSError: it cannot be read."""
    import hashlib  # OpenSSL's start takes 3 ms, and a loader writes files and asks for no sha256

    state = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            state.update(chunk)
    return state.hexdigest()


def read_text(path: Path, where: object = None, limit: int = LARGEST) -> str:
    """A file's text, whoever wrote it. where: how messages call the file (default: its path).

    Raises MuslfallError: it is no regular file, has more than `limit` bytes, is not UTF-8;
    OSError: it cannot be read.
    """
    where = path if where is None else where
    # O_NONBLOCK: to open a FIFO would wait for its writer.
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise MuslfallError("is no regular file", where)
        data = file.read(limit + 1)
    if len(data) > limit:
        raise MuslfallError(f"is longer than {limit} bytes", where)
    try:
        return data.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise MuslfallError(f"is not UTF-8: {error.reason} at byte {error.start}", where) from None


def size_of(path: Path) -> int | None:
    """A file's size in bytes; None where there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


@contextmanager
def replacing(path: Path, folder: Path | None = None) -> Iterator[Path]:
    """A new path for the block to make a file or a link at, which then takes the place of `path`.

    Whoever reads `path` finds what was there before or all of the new one. Where the block raises,
    nothing is left of it. folder: where the new path is, on the same disk; default: beside `path`.
    Raises OSError: it cannot take the place, such as that of a folder.
    """
    beside = (folder or path.parent) / f".{path.name}.{os.urandom(4).hex()}.tmp"
    try:
        yield beside
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise


def write(path: Path, data: bytes | str, folder: Path | None = None, durable: bool = False) -> None:
    """Write a file in one step, for readers; text in UTF-8, its ends of lines as they are.

    folder: as in `replacing`. durable: it is on the disk before it takes its place, so that not
    even a machine that loses power has half of it. Raises OSError.
    """
    with replacing(path, folder) as beside, open(beside, "wb", opener=ours) as file:
        file.write(data.encode() if isinstance(data, str) else data)
        if durable:
            file.flush()
            os.fsync(file.fileno())


def ours(path: str, flags: int) -> int:
    """Open a file that, if it is made, nobody else may write, whatever the umask."""
    return os.open(path, flags, 0o644)


def write_if_changed(
    path: Path, data: bytes | str, folder: Path | None = None, durable: bool = False
) -> None:
    """As `write`, but only when it says something new, so that nothing after it runs."""
    content = data.encode() if isinstance(data, str) else data
    if not (path.exists() and path.read_bytes() == content):
        write(path, content, folder, durable)


def point(path: Path, target: Path | str) -> None:
    """Make `path` a symbolic link to `target`, in one step; one that is right is left alone."""
    with suppress(OSError):
        if os.readlink(path) == str(target):
            return
    with replacing(path) as beside:
        beside.symlink_to(target)
