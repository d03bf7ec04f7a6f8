"""A mirror: finds a build on it, fetches its archive, and keeps what is in it as a release."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import requests

from muslfall.base.errors import MuslfallError
from muslfall.base.files import digest, write
from muslfall.base.folders import make_folder
from muslfall.base.progress import Progress
from muslfall.fetch import http
from muslfall.fetch.store import Store
from muslfall.mirror import adoption, layouts
from muslfall.mirror.layouts import Archive
from muslfall.pins import mirrored
from muslfall.pins.mirrored import Record
from muslfall.pins.release import File

#: The longest archive that is fetched, in bytes: twice emscripten-releases' of 2023 (340 MB).
MAX_ARCHIVE = 700 << 20

#: Brings the first of some small files that is there.
Read = Callable[[tuple[str, ...]], bytes]


def unsigned(url: str, patience: http.Patience = http.PATIENCE) -> Read:
    """Brings a mirror's small files as they are, on nobody's word but the server's."""

    def read(paths: tuple[str, ...]) -> bytes:
        with http.make_session() as session:
            for path in paths[:-1]:
                try:
                    return http.read(session, f"{url}/{path}", layouts.SMALL, patience)
                except http.MissingError:
                    continue
            return http.read(session, f"{url}/{paths[-1]}", layouts.SMALL, patience)

    return read


def with_tags(read: Read, tags: Path) -> Read:
    """Brings emscripten-releases' tags from a file, since they are kept apart from its builds."""
    return lambda paths: tags.read_bytes() if paths == layouts.Emscripten.TAGS else read(paths)


def signed(url: str, store: Store, root: Path | None) -> Read:
    """Brings a mirror's small files as they are signed. root: as `trust.trusted_root` takes it."""
    from muslfall.mirror import trust

    client = trust.Client(url, store, root)

    def read(paths: tuple[str, ...]) -> bytes:
        return client.target(paths[0], layouts.SMALL).read_bytes()

    return read


class Mirror:
    """The mirror at `url`, whose small files `read` brings, for one platform."""

    def __init__(
        self,
        url: str,
        layout: str,
        platform: str,
        read: Read,
        store: Store,
        progress: Progress,
        patience: http.Patience = http.PATIENCE,
    ) -> None:
        self.url = url.rstrip("/")
        self.layout = layouts.LAYOUTS[layout](platform)
        self.platform = platform
        self.read = read
        self.store = store
        self.progress = progress
        self.patience = patience

    def adopt(self, ref: str, sha256: str = "") -> Record:
        """Fetch what `ref` means, unpack it, and keep it as a release; returns its record.

        sha256: what the archive must be; empty: what the mirror says, and where it says nothing,
        what comes. Raises MuslfallError: it cannot be had, is not what it should be or was, or
        has no toolchain in it.
        """
        archive = layouts.locate(self.layout.locate(ref), self.read)
        if sha256 and archive.sha256 not in ("", sha256):
            what = f"has sha256 {archive.sha256} by the mirror's word, not {sha256}"
            raise MuslfallError(what, f"build {archive.label}")
        file = self.obtain(archive, sha256 or archive.sha256)
        bare = Record(
            archive.label,
            self.layout.name,
            self.platform,
            str(file.url),
            file.name,
            file.sha256,
            file.size,
            archive.root,
            llvm="",
            revision="",
        )
        check_unchanged(bare)
        record = adoption.inspect(bare, self.unpack(bare, file))
        keep(record, ref, self.store)
        return record

    def obtain(self, archive: Archive, sha256: str) -> File:
        """Have the archive in the store; returns it as a file, pinned to what it is."""
        label = f"build {archive.label}"
        problems: list[MuslfallError] = []
        with http.make_session() as session:
            for path in archive.paths:
                url = f"{self.url}/{path}"
                try:
                    found = http.ask(session, url, MAX_ARCHIVE, self.patience)
                except http.MissingError as error:
                    problems.append(error)
                    continue
                if archive.size not in (0, found.size):
                    what = f"is {found.size} bytes long; by the mirror's word {archive.size}"
                    raise MuslfallError(what, url)
                file = File(self.platform, path.rpartition("/")[2], sha256, found.size, url)
                return self.bring(session, file, found.validator, label)
        hint = "another build, or --layout"
        raise MuslfallError("is not on the mirror", label, hint, problems)

    def bring(self, session: requests.Session, file: File, validator: str, label: str) -> File:
        """Download the file into the store, unless it is there; its sha256 may not be known."""
        if file.sha256 and self.store.check_object(file):
            return file
        key = file.sha256 or hashlib.sha256(str(file.url).encode()).hexdigest()

        def waiting() -> None:
            self.progress.note(f"{label}: another muslfall is fetching it; waiting")

        def advance(done: int) -> None:
            self.progress.advance(label, done)

        with self.store.lock(key, waiting):
            partial = self.store.partial_path(File(file.platform, file.name, key, file.size))
            if not file.sha256:  # nothing tells whether an earlier run's beginning is of this file
                partial.unlink(missing_ok=True)
            self.progress.start(label, f"{label}: from the mirror", file.size)
            try:
                pinned = None if file.sha256 else validator
                http.download(
                    session, str(file.url), partial, file.size, advance, self.patience, pinned
                )
            finally:
                self.progress.finish(label)
            sha256 = file.sha256 or digest(partial)
            file = File(file.platform, file.name, sha256, file.size, file.url)
            self.store.admit(partial, file)
            return file

    def unpack(self, bare: Record, file: File) -> Path:
        """The archive's tree, unpacked if it has to be."""
        release = bare.archive_release()
        with self.store.lock(file.sha256), self.store.workspace() as work:
            tree = self.store.tree(release, file)
            if tree is None:
                self.progress.note(f"build {bare.label}: unpacking")
                tree = self.store.unpack(release, file, work)
            return tree


def check_unchanged(bare: Record) -> None:
    """A build that was fetched once never becomes another one. Raises MuslfallError: it did."""
    for record in mirrored.every():
        if record.url == bare.url and record.sha256 != bare.sha256:
            what = f"has sha256 {bare.sha256}; it had {record.sha256} when it was fetched before"
            hint = f"ask the mirror's owner; or remove {mirrored.path(record.version)}"
            raise MuslfallError(what, bare.url, hint)


def keep(record: Record, ref: str, store: Store) -> None:
    """Write the record, and that `ref` means it from now on."""
    make_folder(mirrored.folder())
    with store.workspace() as work:
        write(mirrored.path(record.version), mirrored.text(record), work)
        if ref != record.label and re.fullmatch(r"[\w.-]+", ref):
            write(mirrored.folder() / f"{ref}.ref", f"{record.version}\n", work)
