"""Two folders of artifacts, file by file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from muslfall.base.files import digest

#: What is in a variant's folder and is no artifact: logs, what the graph is described by, what
#: a program did on a host, the linker's and the compiler's own notes, and zig's cache.
NOT_FOLDERS = ("zig-cache", "run")
NOT_FILES = ("build.ninja", "compile_commands.json", "report.json")
NOT_SUFFIXES = (".d", ".lock", ".tmp", ".dblite")
#: Bytes compared at a time.
CHUNK = 1 << 20


@dataclass(frozen=True)
class Difference:
    """A file that is not the same in two builds.

    offset: of the first byte that differs; None when only one of the builds has the file.
    only_in: the folder that has it, or None when both have it.
    """

    path: str
    offset: int | None
    only_in: Path | None = None

    def __str__(self) -> str:
        if self.only_in is not None:
            return f"{self.path}: only in {self.only_in}"
        return f"{self.path}: differs from byte {self.offset}"


def artifacts(out: Path) -> dict[str, Path]:
    """Every artifact in a variant's folder, by its path in there, sorted."""
    found = {}
    for folder, folders, files in os.walk(out):
        if Path(folder) == out:
            folders[:] = [name for name in folders if name not in NOT_FOLDERS]
        for name in filter(is_artifact, files):
            path = Path(folder, name)
            found[path.relative_to(out).as_posix()] = path
    return dict(sorted(found.items()))


def is_artifact(name: str) -> bool:
    """Whether a file of this name, outside of NOT_FOLDERS, is made to be used."""
    return not (name.startswith(".") or name in NOT_FILES or name.endswith(NOT_SUFFIXES))


def compare(first: Path, second: Path) -> tuple[dict[str, str], list[Difference]]:
    """The sha256 of each artifact in the folder `first`, and what is different in `second`."""
    mine, theirs = artifacts(first), artifacts(second)
    differences = []
    for path in sorted(mine.keys() | theirs.keys()):
        if path not in mine or path not in theirs:
            differences.append(Difference(path, None, first if path in mine else second))
        elif (offset := first_difference(mine[path], theirs[path])) is not None:
            differences.append(Difference(path, offset))
    return {path: digest(file) for path, file in mine.items()}, differences


def first_difference(first: Path, second: Path) -> int | None:
    """The offset of the first byte that differs, or of the shorter one's end; None: the same."""
    offset = 0
    with open(first, "rb") as mine, open(second, "rb") as theirs:
        while True:
            left, right = mine.read(CHUNK), theirs.read(CHUNK)
            if left != right:
                same = (i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b)
                return offset + next(same, min(len(left), len(right)))
            if not left:
                return None
            offset += len(left)


def kind(path: str) -> str:
    """The row of the table that an artifact is counted in; a module has a row of its own."""
    if path.startswith("obj/"):
        suffixes = {".o": "objects", ".s": "assembly", ".h": "generated headers"}
        return suffixes.get(Path(path).suffix, path)
    folders = {"sysroot/include/": "headers", "bin/": "commands in bin"}
    return next((row for folder, row in folders.items() if path.startswith(folder)), path)


def table(digests: Mapping[str, str], differences: Iterable[Difference]) -> list[str]:
    """A line per kind: how many files, how many the same; a digest where it is one file."""
    differing = {difference.path for difference in differences}
    rows: dict[str, list[str]] = {}
    for path in sorted(digests.keys() | differing, key=lambda path: (kind(path) == path, path)):
        rows.setdefault(kind(path), []).append(path)
    width = max(map(len, rows), default=0)
    lines = [f"{'':<{width}}  files   same  sha256"]
    for row, paths in rows.items():
        same = sum(path not in differing for path in paths)
        shown = digests.get(paths[0], "") if len(paths) == 1 else ""
        lines.append(f"{row:<{width}}  {len(paths):>5}  {same:>5}  {shown}".rstrip())
    return lines
