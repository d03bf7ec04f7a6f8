"""The publishing of builds: their archives and their pinned files, into a published tree."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from muslfall.base.errors import MuslfallError, raise_gathered
from muslfall.base.files import digest
from muslfall.base.progress import Progress
from muslfall.fetch import fetcher
from muslfall.fetch.archive import FILE_MODE, RUN_MODE, Entry
from muslfall.fetch.archive import members as members_of
from muslfall.fetch.store import Store
from muslfall.mirror import layouts
from muslfall.pins import variant
from muslfall.pins.release import Release, current_platform
from muslfall.pins.variant import Variant
from muslfall.publish import origin, packing
from muslfall.publish.packing import Item
from muslfall.publish.tree import ARCHIVE, ARCHIVE_ROOT, PIN, Index, Pin, Tree, TreeError, read_pin
from muslfall.waterfall import record
from muslfall.waterfall.record import Record

#: The tools in bin/, as the waterfall's archives had them, and what each is to zig.
SCRIPTS = {"clang": "clang", "wasm-ld": "wasm-ld", "llvm-ar": "ar"}
SCRIPT = """#!/bin/sh
exec "$(dirname "$(readlink -f "$0")")/../llvm/{zig}" {tool} "$@"
"""
#: What of a variant's folder is in an archive: recorded files but not the link before its text
#: form, which is the same module; and all of the sysroot.
LEFT_OUT = "obj/"
SYSROOT = "sysroot"


class Publisher:
    """Publishes builds of one checkout, the current folder, into one tree."""

    def __init__(self, tree: Tree, store: Store, progress: Progress, jobs: int) -> None:
        self.tree = tree
        self.store = store
        self.progress = progress
        self.jobs = jobs

    def publish(self, records: Iterable[Record], lkgr: int) -> list[int]:
        """Publish the builds of `records`; returns the numbers of those that are new.

        lkgr: the number of the LKGR, for lkgr.json when it is published and green. Raises
        MuslfallError: a build is not what was recorded, or was published as another one.
        """
        new = []

        def waiting() -> None:
            self.progress.note(f"{self.tree.root}: another publish or gc is running; waiting")

        with self.tree.locked(waiting) as work:
            for one in records:
                self.objects(one, work)
                if self.build(one, work):
                    new.append(one.build)
                index = self.tree.index(one.platform)
                # One that was lost is not announced until it is published again, in its turn.
                builds = {b for b in index.builds if self.is_there(one.platform, b)} | {one.build}
                good = lkgr in builds and self.tree.record(one.platform, lkgr).status == "pass"
                kept = index.lkgr if index.lkgr in builds else 0
                index = Index(tuple(sorted(builds)), lkgr if good else kept)
                self.tree.announce(one.platform, index, work)
        return new

    def is_there(self, platform: str, build: int) -> bool:
        return (self.tree.folder(platform, build) / record.NAME).is_file()

    def objects(self, one: Record, work: Path) -> None:
        """Have the pinned file of each component in sha256/."""
        releases = list(chosen(one).build.releases.values())
        fetcher.ensure_objects(releases, store=self.store, progress=self.progress)
        for release in releases:
            file = release.file(one.platform)
            target = self.tree.root / "sha256" / file.sha256
            if target.exists() and digest(target) == file.sha256:
                continue
            copy = work / file.sha256
            shutil.copyfile(self.store.object_path(file), copy)
            if digest(copy) != file.sha256:
                hint = "./muslfall fetch --verify"
                raise TreeError("the store's file is damaged", file.name, hint)
            place(copy, target)

    def build(self, one: Record, work: Path) -> bool:
        """Have the folder of a build; whether it is new."""
        folder = self.tree.folder(one.platform, one.build)
        if is_published(folder, one):
            return False
        new = work / str(one.build)
        new.mkdir()
        self.pack(one, new / ARCHIVE, work)
        pin = Pin(one.build, digest(new / ARCHIVE), (new / ARCHIVE).stat().st_size)
        (new / PIN).write_text(pin.text(), encoding="utf-8")
        (new / record.NAME).write_text(record.dump(one), encoding="utf-8")
        if folder.is_dir():
            folder.rename(work / "damaged")
        place(new, folder)
        return True

    def pack(self, one: Record, archive: Path, work: Path) -> None:
        """Write the archive of a build, which is built if it has to be."""
        name = f"build {one.build}"
        libc = libc_of(chosen(one))
        out = origin.built(one, libc, work, self.jobs, self.progress.note)
        items = list(members(one, libc.release("llvm"), out, self.store))
        self.progress.start(name, f"{name}: packing", sum(size_of(item) for item in items))

        def advance(done: int) -> None:
            self.progress.advance(name, done)

        try:
            packing.pack(archive, items, self.jobs, advance)
        finally:
            self.progress.finish(name)


def is_published(folder: Path, one: Record) -> bool:
    """Whether the folder has this build, whole. Raises TreeError: it has another one."""
    try:
        there = record.load(folder / record.NAME)
        pin = read_pin((folder / PIN).read_bytes(), str(folder / PIN))
        whole = digest(folder / ARCHIVE) == pin.sha256
    except (MuslfallError, OSError):
        return False  # damaged: it is made again, and is the same again
    if there != one and not (whole and embedded(folder / ARCHIVE) == record.dump(one)):
        hint = "./muslfall waterfall build --again, which gives a new number"
        what = "is published with another record, and a numbered build never changes"
        raise TreeError(what, folder, hint)
    return whole and there == one


def embedded(archive: Path) -> str:
    """The text of the record in a build's archive, which is among its first members."""
    for member in members_of(archive, ARCHIVE):
        if member.name == f"{ARCHIVE_ROOT}/{record.NAME}" and (file := member.open()):
            return file.read(layouts.SMALL).decode("utf-8", "replace")
    return ""


def place(path: Path, target: Path) -> None:
    """Rename what is complete to where readers look for it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for part in sorted(path.iterdir()) if path.is_dir() else [path]:
        part.chmod(FILE_MODE)
        with part.open("rb") as file:
            os.fsync(file.fileno())
    path.replace(target)


def chosen(one: Record) -> Variant:
    """The variant that a record is of. Raises MuslfallError: its releases are not pinned so."""
    made = variant.choose(Path(), dict(one.versions()))
    problems = []
    for name, component in one.components.items():
        file = made.release(name).file(one.platform)
        if file.sha256 != component.sha256:
            what = f"is pinned with sha256 {file.sha256}, and recorded with {component.sha256}"
            problems.append(MuslfallError(what, f"{name} {component.version}"))
    raise_gathered(problems, f"build {one.build} is of other files than are pinned here")
    return made


def libc_of(made: Variant) -> Variant:
    """The variant that a build's files are in: one that differs in its engines alone has the same
    libc, from the same folder."""
    return variant.choose(Path(), {name: made.release(name).version for name in variant.NAMED})


def members(one: Record, llvm: Release, out: Path, store: Store) -> Iterator[Item]:
    """The files in the archive of a build. out: the folder with what the build made."""
    yield packing.bytes_item(f"{ARCHIVE_ROOT}/{record.NAME}", record.dump(one).encode())
    zig = llvm.tools["zig"][0]
    for name, tool in SCRIPTS.items():
        script = SCRIPT.format(zig=zig, tool=tool).encode()
        yield packing.bytes_item(f"{ARCHIVE_ROOT}/bin/{name}", script, run=True)
    tree = store.tree_path(llvm, llvm.file(one.platform))
    for path, entry in store.entries(tree).items():
        yield Item(f"{ARCHIVE_ROOT}/llvm/{path}", tree / path, entry)
    yield from artifacts(one, out)


def artifacts(one: Record, out: Path) -> Iterator[Item]:
    """The members that the build itself made."""
    recorded = {
        name: artifact.sha256
        for name, artifact in one.artifacts.items()
        if (out / name).is_file() and not name.startswith(LEFT_OUT)
    }
    sysroot = (path for path in (out / SYSROOT).rglob("*") if path.is_file())
    names = {path.relative_to(out).as_posix(): "" for path in sysroot} | recorded
    for name, sha256 in sorted(names.items()):
        run = os.access(out / name, os.X_OK)
        entry = Entry("file", RUN_MODE if run else FILE_MODE, sha256)
        yield Item(f"{ARCHIVE_ROOT}/{name}", out / name, entry)


def size_of(item: Item) -> int:
    """The size of a member in bytes, 0 for a link."""
    if isinstance(item.content, bytes):
        return len(item.content)
    with suppress(OSError):
        return item.content.stat().st_size if item.entry.kind == "file" else 0
    return 0


def platform_records(folder: Path, numbers: Iterable[int]) -> list[Record]:
    """The records FOLDER/N/build.json, sorted by number.

    Raises MuslfallError: one is not there, or not of this machine's platform.
    """
    here = current_platform()
    found = [record.load(folder / str(number) / record.NAME) for number in sorted(set(numbers))]
    for one in found:
        if one.platform != here:
            what = f"was built on {one.platform}; this is {here}"
            raise MuslfallError(what, f"build {one.build}")
    return found
