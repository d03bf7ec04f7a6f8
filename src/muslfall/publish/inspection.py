"""The inspection of a published tree, in a folder or by its web server: all that is wrong in it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

from muslfall.base.errors import MuslfallError
from muslfall.base.files import digest
from muslfall.base.progress import Progress
from muslfall.fetch import archive
from muslfall.mirror import layouts
from muslfall.pins.release import PLATFORMS
from muslfall.publish.tree import (
    ARCHIVE,
    ARCHIVE_ROOT,
    INDEX,
    LATEST,
    LKGR,
    PIN,
    SHA256,
    Index,
    Tree,
    read_index,
    read_pin,
)
from muslfall.waterfall import record
from muslfall.waterfall.record import Record

#: Of a pinned file only its digest is known here: no longer than so many bytes, ten times V8's.
MAX_OBJECT = 1 << 30


class Folder:
    """A tree in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str) -> bytes | None:
        """The bytes of a small file, none where there is none."""
        file = self.root / path
        return file.read_bytes() if file.is_file() else None

    def file(self, path: str) -> Path | None:
        """A file, to be read at once."""
        return self.root / path if (self.root / path).is_file() else None


class Server:
    """A tree behind a web server."""

    def __init__(self, url: str, work: Path, progress: Progress) -> None:
        from muslfall.fetch import http

        self.url = url
        self.work = work
        self.progress = progress
        self.session = http.make_session()

    def read(self, path: str) -> bytes | None:
        from muslfall.fetch import http

        try:
            return http.read(self.session, f"{self.url}/{path}", layouts.SMALL)
        except http.MissingError:
            return None

    def file(self, path: str) -> Path | None:
        from muslfall.fetch import http

        url, target = f"{self.url}/{path}", self.work / "file"
        target.unlink(missing_ok=True)
        try:
            found = http.ask(self.session, url, MAX_OBJECT)
        except http.MissingError:
            return None
        self.progress.start(path, path, found.size)
        try:
            http.download(
                self.session,
                url,
                target,
                found.size,
                lambda done: self.progress.advance(path, done),
                validator=found.validator,
            )
        finally:
            self.progress.finish(path)
        return target


class Inspection:
    """The faults of a tree, gathered."""

    def __init__(self, source: Folder | Server, progress: Progress) -> None:
        self.source = source
        self.progress = progress
        self.problems: list[MuslfallError] = []
        self.objects: set[str] = set()
        self.builds = 0

    def wrong(self, what: str, where: str) -> None:
        self.problems.append(MuslfallError(what, where))

    def run(self) -> list[MuslfallError]:
        """Look at everything that builds.json leads to; returns the problems."""
        for platform in PLATFORMS:
            path = f"{platform}/{INDEX}"
            data = self.source.read(path)
            if data is None:
                continue
            try:
                self.platform(platform, read_index(data, path))
            except MuslfallError as error:
                self.problems.append(error)
        if not self.builds and not self.problems:
            self.wrong("there is no build in it", "the mirror")
        return self.problems

    def platform(self, platform: str, index: Index) -> None:
        for build in index.builds:
            self.builds += 1
            try:
                self.build(platform, build)
            except MuslfallError as error:
                self.problems.append(error)
        self.moving(platform, LATEST, index.latest)
        self.moving(platform, LKGR, index.lkgr)

    def moving(self, platform: str, name: str, build: int) -> None:
        """A file that says which build is the latest, or the LKGR; build: 0 for none."""
        path = f"{platform}/{name}"
        data = self.source.read(path)
        wanted = self.source.read(f"{platform}/{build}/{record.NAME}") if build else None
        if data != wanted:
            what = f"is not the record of build {build}" if build else "is there, and no build is"
            self.wrong("is missing" if data is None else what, path)
        elif name == LKGR and data and record.parse(data.decode(), path).status != "pass":
            self.wrong("is of a build of which not every step passed", path)

    def build(self, platform: str, build: int) -> None:
        """One build: its record, its pin, its archive, and its pinned files."""
        folder = f"{platform}/{build}"
        self.progress.note(f"{folder}: reading")
        data = self.source.read(f"{folder}/{record.NAME}")
        if data is None:
            raise MuslfallError("is missing", f"{folder}/{record.NAME}")
        one = record.parse(data.decode("utf-8", "replace"), f"{folder}/{record.NAME}")
        if (one.platform, one.build) != (platform, build):
            self.wrong(f"is of build {one.build} on {one.platform}", f"{folder}/{record.NAME}")
        for name, component in sorted(one.components.items()):
            self.object(component.sha256, f"{name} {component.version} of build {build}")
        self.archive(folder, one, data)

    def object(self, sha256: str, what: str) -> None:
        """A pinned file, looked at once."""
        path = f"sha256/{sha256}"
        if sha256 in self.objects:
            return
        self.objects.add(sha256)
        file = self.source.file(path)
        if file is None:
            self.wrong(f"is missing: {what}", path)
        elif digest(file) != sha256:
            self.wrong(f"has sha256 {digest(file)}: {what}", path)

    def archive(self, folder: str, one: Record, text: bytes) -> None:
        path, pin_path = f"{folder}/{ARCHIVE}", f"{folder}/{PIN}"
        data = self.source.read(pin_path)
        if data is None:
            raise MuslfallError("is missing", pin_path)
        pin = read_pin(data, pin_path)
        if pin.build != int(folder.rpartition("/")[2]):
            self.wrong(f"is about build {pin.build}", pin_path)
        file = self.source.file(path)
        if file is None:
            raise MuslfallError("is missing", path)
        if file.stat().st_size != pin.size:
            self.wrong(f"is {file.stat().st_size} bytes long, pinned {pin.size}", path)
        elif digest(file) != pin.sha256:
            self.wrong(f"has sha256 {digest(file)}, pinned {pin.sha256}", path)
        else:
            self.contents(path, file, one, text)

    def contents(self, path: str, file: Path, one: Record, text: bytes) -> None:
        """Check that the content of an archive is what the record says."""
        found: dict[str, str] = {}
        for name, sha256, data in digests(file):
            inner = PurePosixPath(name)
            if inner.parts[:1] != (ARCHIVE_ROOT,) or ".." in inner.parts:
                self.wrong(f"its member {name!r} is not in {ARCHIVE_ROOT}/", path)
            found[str(PurePosixPath(*inner.parts[1:]))] = sha256
            if inner == PurePosixPath(ARCHIVE_ROOT, record.NAME) and data != text:
                self.wrong(f"its {record.NAME} is not the one beside it", path)
        needed = [record.NAME, "bin/clang", "bin/wasm-ld", "bin/llvm-ar", "musl.wasm"]
        for name in [name for name in needed if name not in found]:
            self.wrong(f"has no {name}", path)
        for name, artifact in one.artifacts.items():
            there = found.get(name) or set_digest(name, found)
            if there not in (None, artifact.sha256):
                self.wrong(f"its {name} has sha256 {there}, recorded {artifact.sha256}", path)


def digests(file: Path) -> Iterator[tuple[str, str, bytes]]:
    """The files in an archive: name, sha256, and the bytes of a build.json."""
    try:
        for member in archive.members(file, ARCHIVE):
            opened = member.open() if member.kind == "file" else None
            state, data = hashlib.sha256(), b""
            while opened and (chunk := opened.read(archive.CHUNK)):
                state.update(chunk)
                if member.name.endswith(record.NAME) and member.size <= layouts.SMALL:
                    data += chunk
            yield member.name, state.hexdigest() if opened else "", data
    except MuslfallError as error:
        raise MuslfallError(error.what, file, error.hint) from None
    except archive.DAMAGE as error:
        raise MuslfallError(f"is damaged: {error}", file) from None


def set_digest(name: str, found: Mapping[str, str]) -> str | None:
    """The digest of a set of files as a record has it; None: there are none of it."""
    below = sorted(PurePosixPath(path) for path in found if path.startswith(f"{name}/"))
    lines = "".join(f"{path} {found[str(path)]}\n" for path in below)
    return hashlib.sha256(lines.encode()).hexdigest() if below else None


def strangers(tree: Tree, seen: set[str]) -> list[MuslfallError]:
    """The files of a tree in a folder that do not belong to it, or differ from their name.

    seen: the objects that were looked at already.
    """
    problems = []
    for platform in tree.platforms():
        builds = {str(build) for build in tree.index(platform).builds}
        known = builds | {INDEX, LATEST, LKGR}
        for path in sorted((tree.root / platform).iterdir()):
            if path.name not in known:
                problems.append(MuslfallError(f"is not in {platform}/{INDEX}", path))
    for path in sorted((tree.root / "sha256").glob("*")):
        if not SHA256.fullmatch(path.name) or not path.is_file():
            problems.append(MuslfallError("is no pinned file", path))
        elif path.name not in seen and digest(path) != path.name:
            problems.append(MuslfallError(f"has sha256 {digest(path)}", path))
    return problems


def unsigned(tree: Tree) -> list[MuslfallError]:
    """The files of a signed tree that are not signed as they are."""
    if not (tree.root / "metadata").is_dir():
        return []
    from muslfall.mirror.signed_files import find_files
    from muslfall.publish.repository import Repository

    targets = Repository(tree.root).current("targets")
    signed = dict(targets.signed.targets) if targets else {}
    problems = []
    for path in find_files(tree.root):
        target = signed.pop(path, None)
        if target is None:
            problems.append(MuslfallError("is not signed", path))
        elif target.hashes.get("sha256") != digest(tree.root / path):
            problems.append(MuslfallError("is not what is signed", path))
    return problems + [MuslfallError("is signed, and is missing", path) for path in sorted(signed)]


def inspect(where: str, progress: Progress) -> tuple[int, list[MuslfallError]]:
    """The number of builds in a tree, and all that is wrong with it.

    where: a folder, or an address that starts with http:// or https://.
    """
    with tempfile.TemporaryDirectory() as work:
        if where.startswith(("http://", "https://")):
            inspection = Inspection(Server(where.rstrip("/"), Path(work), progress), progress)
            problems = inspection.run()
            return inspection.builds, problems
    inspection = Inspection(Folder(Path(where)), progress)
    problems = inspection.run()
    tree = Tree(Path(where))
    with suppress(MuslfallError):  # a builds.json that is none is among the problems
        problems += strangers(tree, inspection.objects)
    return inspection.builds, problems + unsigned(tree)
