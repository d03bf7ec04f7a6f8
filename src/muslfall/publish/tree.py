"""A published tree: what a mirror's web server serves, and what its small files say.

    sha256/HEX                          a pinned file, as MUSLFALL_MIRROR fetches it
    PLATFORM/N/wasm-binaries.tar.xz     build N: root wasm-install/, with build.json in it
    PLATFORM/N/wasm-binaries.json       its number, its sha256, its size in bytes
    PLATFORM/N/build.json               the record of build N
    PLATFORM/builds.json                the numbers of all builds, of the latest, of the LKGR
    PLATFORM/latest.json, lkgr.json     those two's records
    metadata/                           signatures, if it has keys (`repository`)
    .tmp/, .mirror.lock                 work of a running `mirror publish` or `gc`; not for readers

Every file is written in .tmp/ and renamed; a build's folder at once, builds.json after it,
lkgr.json last. So a reader sees the old state or the new one, and what a killed process left is
swept by the next.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from muslfall.base import files, locks
from muslfall.base.errors import MuslfallError
from muslfall.mirror.layouts import table
from muslfall.pins.release import PLATFORMS
from muslfall.waterfall import record

ARCHIVE = "wasm-binaries.tar.xz"
PIN = "wasm-binaries.json"
INDEX = "builds.json"
LATEST, LKGR = "latest.json", "lkgr.json"
ARCHIVE_ROOT = "wasm-install"
SHA256 = re.compile(r"[0-9a-f]{64}")


class TreeError(MuslfallError):
    """A published tree is not as it should be."""


@dataclass(frozen=True)
class Index:
    """The content of builds.json: the numbers of the builds, sorted, and of the LKGR (0: none)."""

    builds: tuple[int, ...] = ()
    lkgr: int = 0

    @property
    def latest(self) -> int:
        return max(self.builds, default=0)

    def text(self) -> str:
        table = {"builds": list(self.builds), "latest": self.latest, "lkgr": self.lkgr or None}
        return json.dumps(table, sort_keys=True) + "\n"


def read_index(data: bytes, where: str) -> Index:
    """The index in a builds.json. Raises MuslfallError: it is none."""
    found = table(data, where)
    builds, lkgr = found.get("builds"), found.get("lkgr")
    numbers = isinstance(builds, list) and all(type(number) is int for number in builds)
    if not numbers or builds != sorted(set(builds)) or builds[:1] <= [0]:
        raise TreeError("its builds must be numbers, sorted", where)
    index = Index(tuple(builds), lkgr or 0)
    if found.get("latest") != index.latest or (lkgr is not None and lkgr not in builds):
        raise TreeError("its latest and lkgr must be of its builds", where)
    return index


@dataclass(frozen=True)
class Pin:
    """The entry of wasm-binaries.json for the archive beside it; size in bytes."""

    build: int
    sha256: str
    size: int

    def text(self) -> str:
        return json.dumps(vars(self), sort_keys=True) + "\n"


def read_pin(data: bytes, where: str) -> Pin:
    """The pin in a wasm-binaries.json. Raises MuslfallError: it is none."""
    found = table(data, where)
    pin = Pin(found.get("build", 0), str(found.get("sha256")), found.get("size", 0))
    if type(pin.build) is int and type(pin.size) is int and SHA256.fullmatch(pin.sha256):
        return pin
    raise TreeError("has no build, sha256 and size", where)


class Tree:
    """The tree in the folder `root`."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    @contextmanager
    def locked(self, waiting: Callable[[], None] = lambda: None) -> Iterator[Path]:
        """Hold the tree against another writer; gives a folder to write in.

        waiting is called once when another holds it. Files that a killed writer left are removed.
        """
        work = self.root / ".tmp"
        with locks.held(self.root / ".mirror.lock", waiting):
            try:
                shutil.rmtree(work, ignore_errors=True)
                work.mkdir()
                yield work
            finally:
                shutil.rmtree(work, ignore_errors=True)

    def platforms(self) -> list[str]:
        """The platforms that it has a folder for."""
        return [name for name in PLATFORMS if (self.root / name).is_dir()]

    def index(self, platform: str) -> Index:
        """The index of a platform; an empty one, when nothing is published for it yet."""
        path = self.root / platform / INDEX
        return read_index(path.read_bytes(), str(path)) if path.exists() else Index()

    def folder(self, platform: str, build: int) -> Path:
        return self.root / platform / str(build)

    def record(self, platform: str, build: int) -> record.Record:
        """The record of a build that is published."""
        return record.load(self.folder(platform, build) / record.NAME)

    def write(self, path: Path, data: bytes, work: Path) -> None:
        """Write a file in one step, for readers; unless it is there, and the same."""
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write_if_changed(path, data, work, durable=True)

    def announce(self, platform: str, index: Index, work: Path) -> None:
        """Say what there is now: lkgr.json last."""
        folder = self.root / platform
        self.write(folder / INDEX, index.text().encode(), work)
        for name, build in ((LATEST, index.latest), (LKGR, index.lkgr)):
            if build:
                data = (self.folder(platform, build) / record.NAME).read_bytes()
                self.write(folder / name, data, work)
            else:
                (folder / name).unlink(missing_ok=True)
