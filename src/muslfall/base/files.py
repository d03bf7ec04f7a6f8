"""Files as a whole: their digest and size; written beside their place, renamed last."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def write_if_changed(path: Path, text: str) -> None:
    """Write atomically, and only when it says something new, so that nothing after it runs."""
    data = text.encode()
    if path.exists() and path.read_bytes() == data:
        return
    beside = path.with_name(path.name + ".tmp")
    beside.write_bytes(data)
    os.replace(beside, path)


CHUNK = 1 << 20


def digest(path: Path) -> str:
    """The sha256 of a file's content, in lower-case hex."""
    state = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            state.update(chunk)
    return state.hexdigest()


def size_of(path: Path) -> int | None:
    """A file's size in bytes; None where there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def write_atomic(path: Path, text: str, folder: Path) -> None:
    """Write `text` to `path` by way of a file in `folder`, on the same disk."""
    temporary = folder / f"{path.name}.new"
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
