"""The store: fetched files by their sha256, and the trees unpacked from them.

    sha256/HEX      a file as it was fetched; its name is the sha256 of its content
    tree/HEX        an unpacked file; HEX is of the file and of how it is unpacked
    tree/HEX.json   written after the tree: it is complete, and this is what it holds
    partial/HEX     the beginning of a file, to be resumed
    tmp/            work of running processes
    locks/          one lock per file

Whatever is written is written in tmp/ and renamed when it is complete and right, so that a
process killed at any moment leaves nothing wrong behind; the next one sweeps tmp/.

Programs are run out of tree/. So the folders, the files and the trees must belong to the user, to
root, or to a user whom MUSLFALL_STORE_USERS names, and nobody else may write them: base.folders.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import astuple
from pathlib import Path

from muslfall.base import files, locks
from muslfall.base.errors import MuslfallError
from muslfall.base.files import digest, read_text, size_of
from muslfall.base.folders import MODE, default_path, make_folder, require_trusted
from muslfall.base.tables import parse_json
from muslfall.base.trees import remove
from muslfall.fetch import archive
from muslfall.pins.release import File, Release

#: Bytes of a marker: 250,000 members, each with its path and its sha256.
MARKER = 128 << 20
#: A partial download that nobody has resumed for so many seconds (two weeks) is removed.
PARTIAL_AGE = 14 * 24 * 3600


class MismatchError(MuslfallError):
    """A file is not the one that was pinned."""


def check(path: Path, file: File) -> None:
    """Raise MismatchError unless `path` holds exactly the pinned file."""
    size = path.stat().st_size
    if size != file.size:
        kind = "truncated" if size < file.size else "too long"
        raise MismatchError(f"is {kind}: {size} bytes instead of {file.size}", file.name)
    got = digest(path)
    if got != file.sha256:
        raise MismatchError(f"has sha256 {got} instead of {file.sha256}", file.name)


def tree_key(release: Release, file: File) -> str:
    """The name of the tree that `file` unpacks to: one for each way of unpacking it."""
    rules: list = [file.sha256, list(release.executables), release.strip]
    if release.inside or release.only:
        rules += [release.inside, list(release.only)]
    return hashlib.sha256(json.dumps(rules).encode()).hexdigest()


class Store:
    """A store in the folder `root`, which is made when something is written."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = Path(root) if root else default_path()

    def folder(self, name: str) -> Path:
        """A folder of the store, made if it is not there. Raises MuslfallError: not ours alone."""
        make_folder(self.root)
        return make_folder(self.root / name)

    def require_ours(self, *paths: Path) -> None:
        """Raise MuslfallError unless nobody else may change these paths, nor put others there."""
        for path in (self.root, *dict.fromkeys(path.parent for path in paths), *paths):
            require_trusted(path)

    def object_path(self, file: File) -> Path:
        return self.root / "sha256" / file.sha256

    def tree_path(self, release: Release, file: File) -> Path:
        return self.root / "tree" / tree_key(release, file)

    def partial_path(self, file: File) -> Path:
        return self.folder("partial") / file.sha256

    def has_object(self, file: File) -> bool:
        """Whether the file is there, by its size; `check_object` reads it.

        Raises MuslfallError: it is there, and may be somebody else's.
        """
        path = self.object_path(file)
        if size_of(path) != file.size:
            return False
        self.require_ours(path)
        return True

    def tree(self, release: Release, file: File) -> Path | None:
        """The complete unpacked tree, or None. Looks at its marker and its tools only.

        Raises MuslfallError: it is complete, but may be what somebody else has put there.
        """
        path = self.tree_path(release, file)
        tools = [path / argv[0] for argv in release.tools.values()]
        marker = self.marker(path)
        if not path.is_dir() or not all(part.is_file() for part in (marker, *tools)):
            return None
        self.require_ours(path, marker)
        for tool in dict.fromkeys(tools):
            require_trusted(tool)
        return path

    @contextmanager
    def lock(self, name: str, waiting: Callable[[], None] | None = None) -> Iterator[None]:
        """Hold the lock `name` against other processes and threads.

        waiting is called once when another holds it.
        """
        with locks.held(self.folder("locks") / f"{name}.lock", waiting):
            yield

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """A new folder in tmp/, removed at the end; the next process sweeps it after a kill."""
        name = f"{os.getpid()}-{secrets.token_hex(4)}"
        folder = self.folder("tmp") / name
        owner = folder.with_name(f"{name}.lock")
        with ExitStack() as stack:
            # Under the lock of tmp/, so that no sweep sees the folder before it has an owner.
            with self.lock("tmp"):
                stack.enter_context(locks.held(owner))
                folder.mkdir(mode=MODE)
            try:
                yield folder
            finally:
                remove(folder)
                owner.unlink(missing_ok=True)

    def has_leftovers(self) -> bool:
        """Whether there is anything in tmp/: of a process that runs, or of one that was killed."""
        try:
            with os.scandir(self.root / "tmp") as entries:
                return next(entries, None) is not None
        except FileNotFoundError:
            return False

    def sweep(self) -> None:
        """Remove what processes that were killed left in tmp/, and old partial downloads.

        A store that others fill is left as it is.
        """
        tmp = self.root / "tmp"
        if not tmp.is_dir() or not os.access(tmp, os.W_OK):
            return
        with self.lock("tmp"):
            for name in sorted({path.name.removesuffix(".lock") for path in tmp.iterdir()}):
                owner = tmp / f"{name}.lock"
                # One that cannot be removed keeps nobody from the others, nor from their work.
                with suppress(OSError), locks.held_if_free(owner) as free:
                    if free:
                        remove(tmp / name)
                        owner.unlink(missing_ok=True)
            self.sweep_partial()

    def sweep_partial(self) -> None:
        for path in (self.root / "partial").glob("*"):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > PARTIAL_AGE:
                    path.unlink()

    def admit(self, path: Path, file: File) -> Path:
        """Move a fetched file into the store. Raises MismatchError, and keeps nothing then.

        path must lie on the store's disk: in a workspace or a partial download.
        """
        try:
            check(path, file)
        except MismatchError:
            path.unlink()
            raise
        with path.open("rb") as opened:
            os.fsync(opened.fileno())
        path.chmod(0o444)
        self.folder("sha256")
        target = self.object_path(file)
        path.replace(target)
        return target

    def check_object(self, file: File) -> bool:
        """Read a file of the store; one that is not right is removed. Whether it is right."""
        path = self.object_path(file)
        try:
            self.require_ours(path)
            check(path, file)
            return True
        except FileNotFoundError:
            return False
        except MismatchError:
            path.unlink()
            return False

    def unpack(self, release: Release, file: File, work: Path) -> Path:
        """Unpack a file of the store, in place of any tree that was there; returns the tree.

        work: a workspace. Raises MismatchError when the file is not what it was, and
        ArchiveError when it must not be unpacked. Hold the file's lock.
        """
        source = self.object_path(file)
        self.require_ours(source)
        check(source, file)
        target = self.tree_path(release, file)
        new = work / target.name
        if archive.is_archive(file.name):
            entries = archive.unpack(
                source,
                new,
                file.name,
                release.executables,
                release.strip,
                release.inside,
                release.only,
            )
        else:
            entries = self.single(source, new, file, release)
        self.place(new, target, work)
        marker = {"name": file.name, "sha256": file.sha256}
        marker["entries"] = {path: astuple(entry) for path, entry in entries.items()}
        files.write(self.marker(target), json.dumps(marker, sort_keys=True), work)
        return target

    def single(
        self, source: Path, new: Path, file: File, release: Release
    ) -> dict[str, archive.Entry]:
        """The tree of a file that is no archive: the file itself."""
        new.mkdir(mode=MODE)
        path = new / file.name
        shutil.copyfile(source, path)
        path.chmod(archive.RUN_MODE if file.name in release.executables else archive.FILE_MODE)
        entry = archive.present(path)
        assert entry is not None
        return {file.name: entry}

    def marker(self, tree: Path) -> Path:
        return tree.with_name(f"{tree.name}.json")

    def place(self, new: Path, target: Path, work: Path) -> None:
        """Rename `new` to `target`; an older tree loses its marker first and then its place."""
        self.folder("tree")
        self.marker(target).unlink(missing_ok=True)
        if os.path.lexists(target):
            target.rename(work / "old")
        new.rename(target)

    def entries(self, tree: Path) -> dict[str, archive.Entry]:
        """The content of a tree when it was unpacked. Raises MuslfallError: its marker is
        damaged."""
        place = self.marker(tree)
        try:
            entries = parse_json(read_text(place, place, MARKER), place)["entries"]
            return {name: archive.Entry(*entry) for name, entry in entries.items()}
        except (OSError, MuslfallError, KeyError, TypeError, AttributeError):
            hint = "./muslfall fetch --verify"
            raise MuslfallError("is no complete tree", tree, hint) from None

    def tree_damage(self, release: Release, file: File) -> list[str] | None:
        """The paths of a tree that are not as unpacked; None: it is missing or incomplete."""
        path = self.tree(release, file)
        if path is None:
            return None
        try:
            return archive.damage(path, self.entries(path))
        except MuslfallError:
            return None


def is_disk_full(text: str) -> bool:
    """Whether the words of another program say that a disk is full."""
    return os.strerror(errno.ENOSPC) in text or os.strerror(errno.EDQUOT) in text
