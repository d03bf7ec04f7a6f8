"""The archive reader: unpacks wheels, tarballs and Debian packages, and lets nothing out of the
folder.

What is written depends on the archive alone: not on the umask, nor on who unpacks it. An
archive is refused whole when one member leaves the folder, is a device, or overwrites another.
"""

from __future__ import annotations

import calendar
import hashlib
import lzma
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO

from muslfall.base.errors import MuslfallError
from muslfall.base.files import digest

#: Greatest number of members, and greatest size unpacked, in bytes: some ten times that of
#: the largest pinned archive (ziglang's: 21,000 files, 420 MB).
MAX_MEMBERS = 250_000
MAX_BYTES = 4 << 30
CHUNK = 1 << 20
#: A Debian package is an ar archive: its magic, the size of a member's header in bytes, and
#: where in it the name and the size stand, in decimal.
AR_MAGIC = b"!<arch>\n"
AR_HEADER, AR_NAME, AR_SIZE = 60, slice(0, 16), slice(48, 58)

FILE_MODE = 0o644
RUN_MODE = 0o755

#: What a damaged archive makes the standard library raise.
DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    UnicodeError,
    ValueError,
)


class ArchiveError(MuslfallError):
    """An archive that cannot or must not be unpacked."""


@dataclass(frozen=True)
class Entry:
    """What one path of an unpacked tree must be: a file's mode and sha256, or a link's target."""

    kind: str
    mode: int
    value: str


@dataclass(frozen=True)
class Member:
    """One member of an archive. kind: "file", "folder", "link", "hardlink" or "other".

    size in bytes, time in seconds since 1970; target is a link's, open gives a file's bytes.
    """

    name: str
    kind: str
    size: int = 0
    time: int = 0
    run: bool = False
    target: str = ""
    open: Callable[[], IO[bytes] | None] = lambda: None


def is_archive(name: str) -> bool:
    """Whether a file of this name is one that `unpack` knows."""
    return name.endswith(
        (".whl", ".zip", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".tbz2", ".deb")
    )


def unpack(
    archive: Path,
    folder: Path,
    name: str | None = None,
    executables: tuple[str, ...] = (),
    strip: int = 0,
    inside: str = "",
    only: tuple[str, ...] = (),
) -> dict[str, Entry]:
    """Unpack `archive` into the new folder `folder`; returns what each path in it now is.

    name: the archive's own name, which tells its format (default: the path's last part).
    executables: globs of the files that get run bits whatever the archive says.
    strip: how many leading folders of each path are dropped.
    inside: the path of a tarball in the archive, to unpack instead of it.
    only: the folders that are unpacked, by their whole paths in the archive; none: all.
    Raises ArchiveError, with `folder` half written: unpack where nothing else looks.
    """
    name = name or archive.name
    writer = Writer(folder, name, executables, strip)
    try:
        found = members(archive, name)
        for member in inner_members(found, inside, name) if inside else found:
            if not only or below(member.name, only):
                writer.add(member)
    except DAMAGE as error:
        raise ArchiveError(f"is damaged: {error or type(error).__name__}", name) from error
    return writer.finish()


def below(name: str, folders: tuple[str, ...]) -> bool:
    """Whether a member is one of the folders, or in one of them; one that leaves is for `add`."""
    parts = split(name)
    return parts is None or any(parts[: len(within)] == within for within in map(split, folders))


def inner_members(outer: Iterator[Member], inside: str, name: str) -> Iterator[Member]:
    """The members of the tarball at the path `inside` of an archive."""
    for member in outer:
        if split(member.name) == split(inside) and (file := member.open()):
            with tarfile.open(fileobj=file, mode="r|*") as opened:
                yield from opened_members(opened)
            return
    raise ArchiveError(f"has no archive {inside!r} in it", name)


def members(archive: Path, name: str) -> Iterator[Member]:
    """The members of an archive in its own order. Raises ArchiveError: not a known format."""
    if name.endswith((".whl", ".zip")):
        return zip_members(archive)
    if name.endswith(".deb"):
        return deb_members(archive, name)
    if is_archive(name):
        return tar_members(archive)
    known = ".whl .zip .tar.gz .tar.xz .tar.bz2 .tbz2 .deb"
    raise ArchiveError(f"is no archive of a known kind ({known})", name)


def zip_members(archive: Path) -> Iterator[Member]:
    with zipfile.ZipFile(archive) as file:
        for info in file.infolist():
            # Zip knows local times only; reading them as UTC makes them the same everywhere.
            time = calendar.timegm((*info.date_time, 0, 0, 0))
            mode = info.external_attr >> 16

            def read(info: zipfile.ZipInfo = info) -> IO[bytes]:
                return file.open(info)

            if info.is_dir():
                yield Member(info.filename, "folder")
            elif stat.S_ISLNK(mode):
                target = read().read(4096).decode()
                yield Member(info.filename, "link", target=target)
            elif stat.S_IFMT(mode) not in (0, stat.S_IFREG):
                yield Member(info.filename, "other")
            else:
                run = bool(mode & stat.S_IXUSR)
                yield Member(info.filename, "file", info.file_size, time, run, open=read)


def tar_members(archive: Path) -> Iterator[Member]:
    with tarfile.open(archive) as file:
        yield from opened_members(file)


def deb_members(archive: Path, name: str) -> Iterator[Member]:
    """The members of a Debian package's data."""
    with archive.open("rb") as file:
        if file.read(len(AR_MAGIC)) != AR_MAGIC:
            raise ArchiveError("is no ar archive", name)
        while header := file.read(AR_HEADER):
            size = int(header[AR_SIZE])
            if header[AR_NAME].startswith(b"data.tar"):
                with tarfile.open(fileobj=file, mode="r|*") as opened:
                    yield from opened_members(opened)
                return
            file.seek(size + size % 2, os.SEEK_CUR)
    raise ArchiveError("has no data.tar", name)


def opened_members(file: tarfile.TarFile) -> Iterator[Member]:
    """The members of a tarball; of one that is read as a stream, each must be read in its turn."""
    for info in file:

        def read(info: tarfile.TarInfo = info) -> IO[bytes] | None:
            return file.extractfile(info)

        run = bool(info.mode & stat.S_IXUSR)
        if info.isdir():
            yield Member(info.name, "folder")
        elif info.issym():
            yield Member(info.name, "link", target=info.linkname)
        elif info.islnk():
            yield Member(info.name, "hardlink", target=info.linkname)
        elif info.isreg():
            yield Member(info.name, "file", info.size, int(info.mtime), run, open=read)
        else:
            yield Member(info.name, "other")


def split(path: str) -> list[str] | None:
    """The parts of a relative path, or None where it is not one or leaves its folder."""
    if path.startswith("/") or "\\" in path or "\0" in path or ":" in path.split("/")[0][1:2]:
        return None
    parts = [part for part in path.split("/") if part not in ("", ".")]
    return None if ".." in parts else parts


def leaves(parts: list[str], target: str) -> bool:
    """Whether a link at `parts` with this target points out of the tree, read as text."""
    if target.startswith("/") or "\\" in target or "\0" in target or not target:
        return True
    depth = len(parts) - 1
    for part in target.split("/"):
        if part == "..":
            depth -= 1
        elif part not in ("", "."):
            depth += 1
        if depth < 0:
            return True
    return False


class Writer:
    """Writes members below one folder and remembers what it wrote."""

    def __init__(self, folder: Path, name: str, executables: tuple[str, ...], strip: int) -> None:
        self.folder = folder
        self.name = name
        self.executables = executables
        self.strip = strip
        self.entries: dict[str, Entry] = {}
        self.count = 0
        self.bytes = 0
        self.folders: set[str] = set()
        self.make_folder([])

    def refuse(self, what: str) -> ArchiveError:
        return ArchiveError(what, self.name)

    def add(self, member: Member) -> None:
        """Write one member. Raises ArchiveError when it must not be written."""
        self.count += 1
        self.bytes += member.size
        if self.count > MAX_MEMBERS or self.bytes > MAX_BYTES or member.size < 0:
            raise self.refuse(f"unpacks to more than {MAX_MEMBERS} members or {MAX_BYTES} bytes")
        parts = split(member.name)
        if parts is None:
            raise self.refuse(f"its member {member.name!r} leaves the folder it is unpacked in")
        parts = parts[self.strip :]
        if member.kind == "folder":
            self.make_folder(parts)
        elif not parts:
            raise self.refuse(f"its member {member.name!r} has no path left after strip")
        else:
            self.make_folder(parts[:-1])
            self.write(member, parts)

    def write(self, member: Member, parts: list[str]) -> None:
        if "/".join(parts) in self.entries or os.path.lexists(self.folder.joinpath(*parts)):
            raise self.refuse(f"its member {member.name!r} is there twice")
        if member.kind == "file":
            self.write_file(member, parts)
        elif member.kind == "link":
            self.write_link(member, parts)
        elif member.kind == "hardlink":
            self.write_hardlink(member, parts)
        else:
            raise self.refuse(f"its member {member.name!r} is neither file, folder nor link")

    def make_folder(self, parts: list[str]) -> None:
        """Make a folder and those above it; none of them may be a link or a file."""
        for depth in range(len(parts) + 1):
            path = "/".join(parts[:depth])
            if path in self.folders:
                continue
            if path in self.entries:
                kind = self.entries[path].kind
                raise self.refuse(f"its member {path!r} is a {kind} and a folder")
            os.mkdir(self.folder / path)
            os.chmod(self.folder / path, RUN_MODE)
            self.folders.add(path)

    def write_file(self, member: Member, parts: list[str]) -> None:
        path = "/".join(parts)
        run = member.run or any(fnmatchcase(path, glob) for glob in self.executables)
        source = member.open()
        if source is None:
            raise self.refuse(f"its member {member.name!r} has no content")
        with source:
            self.copy(source, path, member, RUN_MODE if run else FILE_MODE)

    def copy(self, source: IO[bytes], path: str, member: Member, mode: int) -> None:
        digest = hashlib.sha256()
        left = member.size
        with open(self.folder / path, "xb") as target:
            while chunk := source.read(CHUNK):
                left -= len(chunk)
                if left < 0:
                    break
                digest.update(chunk)
                target.write(chunk)
            os.fchmod(target.fileno(), mode)
        if left:
            raise self.refuse(f"its member {member.name!r} is not as long as it says")
        os.utime(self.folder / path, (member.time, member.time))
        self.entries[path] = Entry("file", mode, digest.hexdigest())

    def write_link(self, member: Member, parts: list[str]) -> None:
        if leaves(parts, member.target):
            raise self.refuse(f"its link {member.name!r} points out of it, to {member.target!r}")
        path = "/".join(parts)
        os.symlink(member.target, self.folder / path)
        self.entries[path] = Entry("link", 0, member.target)

    def write_hardlink(self, member: Member, parts: list[str]) -> None:
        """A hard link becomes a copy: editing one path of a tree never changes another."""
        target = split(member.target)
        first = None if target is None else "/".join(target[self.strip :])
        entry = self.entries.get(first or "")
        if entry is None or entry.kind != "file":
            what = f"its link {member.name!r} points to no file in it: {member.target!r}"
            raise self.refuse(what)
        source = self.folder / str(first)
        status = source.stat()
        self.bytes += status.st_size
        if self.bytes > MAX_BYTES:
            raise self.refuse(f"unpacks to more than {MAX_BYTES} bytes")
        copied = Member(member.name, "file", status.st_size, int(status.st_mtime))
        with source.open("rb") as file:
            self.copy(file, "/".join(parts), copied, entry.mode)

    def finish(self) -> dict[str, Entry]:
        """Check what only the whole tree can tell, and return its entries, sorted."""
        root = os.path.realpath(self.folder)
        for path, entry in self.entries.items():
            if entry.kind == "link":
                # Links that go through links: where the kernel says that they end.
                real = os.path.realpath(self.folder / path)
                if real != root and not real.startswith(root + os.sep):
                    raise self.refuse(f"its link {path!r} points out of it, to {entry.value!r}")
        for glob in self.executables:
            if not any(fnmatchcase(path, glob) for path in self.entries):
                raise self.refuse(f"has no file {glob!r}, which its pin lists as executable")
        return dict(sorted(self.entries.items()))


def damage(folder: Path, entries: dict[str, Entry]) -> list[str]:
    """Which paths of an unpacked tree are no longer what was unpacked, sorted.

    Python's own __pycache__ folders may be there in addition, as a package that is run from
    the tree makes them.
    """
    wrong = [path for path, entry in entries.items() if present(folder / path) != entry]
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        links = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        for name in files + links:
            path = os.path.relpath(os.path.join(parent, name), folder)
            if path not in entries:
                wrong.append(path)
    return sorted(wrong)


def present(path: Path) -> Entry | None:
    """What is at `path` now; None where it is neither a file nor a link."""
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            return Entry("link", 0, os.readlink(path))
        if not stat.S_ISREG(status.st_mode):
            return None
        return Entry("file", stat.S_IMODE(status.st_mode), digest(path))
    except OSError:
        return None
