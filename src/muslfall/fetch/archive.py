"""The archive reader: unpacks wheels, tarballs and Debian packages, and lets nothing out of the
folder.

The unpacked tree depends on the archive alone: not on the umask, nor on who unpacks it. An archive
is refused whole when one member leaves the folder, is a device, or overwrites another, and when it
would take more time, memory or depth than any that is pinned: see the limits below.
"""

from __future__ import annotations

import calendar
import hashlib
import io
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO

from muslfall.base.errors import MuslfallError
from muslfall.base.files import digest
from muslfall.base.printable import shown
from muslfall.base.trees import walk
from muslfall.fetch import tar
from muslfall.fetch.stream import DamagedError, Stream

#: Greatest number of members, and greatest size unpacked, in bytes: some ten times that of
#: the largest pinned archive (ziglang's: 21,000 files, 420 MB).
MAX_MEMBERS = 250_000
MAX_BYTES = 4 << 30
CHUNK = 1 << 20
#: Bytes that may come out of a tarball: its members, with a header and padding for each.
MAX_STREAM = MAX_BYTES + MAX_MEMBERS * 4 * tar.BLOCK
#: A path: folders in each other, bytes of a name (NAME_MAX, limits.h) and of the whole, which has
#: to leave room for the store's own within PATH_MAX. The deepest pinned: 12, 125.
MAX_DEPTH, MAX_NAME, MAX_PATH = 64, 255, 1024
#: Bytes of a link's target: what each file system takes (XFS: 1,024, with its end).
MAX_TARGET = 1023
#: Seconds since 1970 that each file system can keep: of 32 bits before, of ext4's 34 after.
TIMES = range(-(1 << 31), 1 << 33)
#: Bytes of a zip's directory: zipfile reads it whole, and makes some ten times as much of it.
MAX_DIRECTORY = 32 << 20
#: A Debian package is an ar archive: its magic, the size of a member's header in bytes, and
#: where in it the name, the size and the end mark stand; and how many members it may have.
AR_MAGIC = b"!<arch>\n"
AR_HEADER, AR_NAME, AR_SIZE, AR_END = 60, slice(0, 16), slice(48, 58), slice(58, 60)
AR_MEMBERS = 16

#: What to do about an archive that is not right: its sha256 was, so it is the pin that is wrong.
HINT = "another release; a pinned archive that is not right was so when it was pinned"
FILE_MODE = 0o644
RUN_MODE = 0o755

#: What a damaged zip makes the standard library raise.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ArithmeticError,
    ValueError,
    LookupError,
)


class ArchiveError(MuslfallError):
    """An archive that cannot or must not be unpacked."""


@dataclass(frozen=True)
class Entry:
    """The wanted state of one path of an unpacked tree: a file's mode and sha256, or a link's
    target."""

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
    except (DamagedError, tar.TarError) as error:
        raise ArchiveError(error.what, name, HINT) from error
    except DAMAGE as error:
        raise ArchiveError(f"is damaged: {error or type(error).__name__}", name, HINT) from error
    return writer.finish()


def below(name: str, folders: tuple[str, ...]) -> bool:
    """Whether a member is one of the folders, or in one of them; one that leaves is for `add`."""
    parts = split(name)
    return parts is None or any(parts[: len(within)] == within for within in map(split, folders))


def inner_members(outer: Iterator[Member], inside: str, name: str) -> Iterator[Member]:
    """The members of the tarball at the path `inside` of an archive."""
    found = False
    for member in outer:
        if not found and split(member.name) == split(inside) and (file := member.open()):
            found = True
            yield from opened_members(Stream(file, MAX_STREAM))
    if not found:
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


class Directory(io.FileIO):
    """A zip's file, of which no more is read at once than a directory may be long."""

    def read(self, size: int = -1) -> bytes:
        if size > MAX_DIRECTORY:
            raise zipfile.BadZipFile(f"its directory is longer than {MAX_DIRECTORY} bytes")
        return super().read(size)

    def seek(self, place: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_SET and place < 0:  # zipfile goes where a directory says
            raise zipfile.BadZipFile("its directory leads to before its beginning")
        return super().seek(place, whence)


def zip_members(archive: Path) -> Iterator[Member]:
    with Directory(archive) as opened, zipfile.ZipFile(opened) as file:  # type: ignore[arg-type]
        for info in file.infolist():
            # Zip knows local times only; reading them as UTC makes them the same everywhere.
            time = calendar.timegm((*info.date_time, 0, 0, 0))
            mode = info.external_attr >> 16
            # Wheels use no others, and of those some take any amount of memory.
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                what = f"{shown(info.filename)} is compressed by method {info.compress_type}"
                raise ValueError(f"its member {what}, which is not taken")

            def read(info: zipfile.ZipInfo = info) -> IO[bytes]:
                return file.open(info)

            if info.is_dir():
                yield Member(info.filename, "folder")
            elif stat.S_ISLNK(mode):
                target = read().read(MAX_TARGET + 1).decode()
                yield Member(info.filename, "link", target=target)
            elif stat.S_IFMT(mode) not in (0, stat.S_IFREG):
                yield Member(info.filename, "other")
            else:
                run = bool(mode & stat.S_IXUSR)
                yield Member(info.filename, "file", info.file_size, time, run, open=read)


def tar_members(archive: Path) -> Iterator[Member]:
    with archive.open("rb") as file:
        yield from opened_members(Stream(file, MAX_STREAM))


def deb_members(archive: Path, name: str) -> Iterator[Member]:
    """The members of a Debian package's data."""
    with archive.open("rb") as file:
        if file.read(len(AR_MAGIC)) != AR_MAGIC:
            raise ArchiveError("is no ar archive", name)
        for _ in range(AR_MEMBERS):
            header = file.read(AR_HEADER)
            if not header:
                raise ArchiveError("has no data.tar", name)
            size = header[AR_SIZE].rstrip(b" ")
            if header[AR_END] != b"`\n" or not re.fullmatch(rb"[0-9]{1,10}", size):
                raise ArchiveError("is damaged: a header of its ar archive is none", name, HINT)
            if header[AR_NAME].startswith(b"data.tar"):
                data = Window(file, int(size))
                yield from opened_members(Stream(data, MAX_STREAM))
                return
            file.seek(int(size) + int(size) % 2, os.SEEK_CUR)
    raise ArchiveError(f"has no data.tar among its first {AR_MEMBERS} members", name)


class Window:
    """So many bytes of a file, from where it is."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self.file = file
        self.left = size

    def read(self, size: int) -> bytes:
        part = self.file.read(min(size, self.left))
        self.left -= len(part)
        return part


def opened_members(stream: Stream) -> Iterator[Member]:
    """The members of a tarball, each to be read in its turn."""
    for header, body in tar.read(stream):
        run = bool(header.mode & stat.S_IXUSR)
        yield Member(
            header.name,
            header.kind,
            header.size,
            header.time,
            run,
            header.target,
            open=lambda body=body: body,
        )


def split(path: str) -> list[str] | None:
    """The parts of a relative path, or None where it is not one or leaves its folder."""
    if path.startswith("/") or "\\" in path or "\0" in path or ":" in path.split("/")[0][1:2]:
        return None
    parts = [part for part in path.split("/") if part not in ("", ".")]
    return None if ".." in parts else parts


def excess(path: str, parts: list[str]) -> str:
    """Why a path is more than a file system takes, or than is sane; empty: it is not."""
    if len(parts) > MAX_DEPTH:
        return f"lies in more than {MAX_DEPTH} folders"
    if len(os.fsencode(path)) > MAX_PATH:
        return f"has a path of more than {MAX_PATH} bytes"
    if any(len(os.fsencode(part)) > MAX_NAME for part in parts):
        return f"has a name of more than {MAX_NAME} bytes"
    return ""


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
        return ArchiveError(what, self.name, HINT)

    def refuse_member(self, member: Member, what: str) -> ArchiveError:
        return self.refuse(f"its member {shown(member.name)} {what}")

    def add(self, member: Member) -> None:
        """Write one member. Raises ArchiveError when it must not be written."""
        self.count += 1
        self.bytes += member.size
        if self.count > MAX_MEMBERS or self.bytes > MAX_BYTES or member.size < 0:
            raise self.refuse(f"unpacks to more than {MAX_MEMBERS} members or {MAX_BYTES} bytes")
        parts = split(member.name)
        if parts is None:
            raise self.refuse_member(member, "leaves the folder it is unpacked in")
        if too_much := excess(member.name, parts):
            raise self.refuse_member(member, too_much)
        if member.time not in TIMES:
            raise self.refuse_member(member, "has a time that no file can have")
        parts = parts[self.strip :]
        if member.kind == "folder":
            self.make_folder(parts)
        elif not parts:
            raise self.refuse_member(member, "has no path left after strip, or never had one")
        else:
            self.make_folder(parts[:-1])
            self.write(member, parts)

    def write(self, member: Member, parts: list[str]) -> None:
        if "/".join(parts) in self.entries or os.path.lexists(self.folder.joinpath(*parts)):
            raise self.refuse_member(member, "is there twice")
        if member.kind == "file":
            self.write_file(member, parts)
        elif member.kind == "link":
            self.write_link(member, parts)
        elif member.kind == "hardlink":
            self.write_hardlink(member, parts)
        else:
            raise self.refuse_member(member, "is neither file, folder nor link")

    def make_folder(self, parts: list[str]) -> None:
        """Make a folder and those above it; none of them may be a link or a file."""
        for depth in range(len(parts) + 1):
            path = "/".join(parts[:depth])
            if path in self.folders:
                continue
            if path in self.entries:
                kind = self.entries[path].kind
                raise self.refuse(f"its member {shown(path)} is a {kind} and a folder")
            os.mkdir(self.folder / path)
            os.chmod(self.folder / path, RUN_MODE)
            self.folders.add(path)

    def write_file(self, member: Member, parts: list[str]) -> None:
        path = "/".join(parts)
        run = member.run or any(fnmatchcase(path, glob) for glob in self.executables)
        source = member.open()
        if source is None:
            raise self.refuse_member(member, "has no content")
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
            raise self.refuse_member(member, "is not as long as it says")
        os.utime(self.folder / path, (member.time, member.time))
        self.entries[path] = Entry("file", mode, digest.hexdigest())

    def write_link(self, member: Member, parts: list[str]) -> None:
        if leaves(parts, member.target):
            what = f"points out of it, to {shown(member.target)}"
            raise self.refuse(f"its link {shown(member.name)} {what}")
        if len(os.fsencode(member.target)) > MAX_TARGET:
            raise self.refuse_member(member, f"is a link to more than {MAX_TARGET} bytes")
        path = "/".join(parts)
        os.symlink(member.target, self.folder / path)
        self.entries[path] = Entry("link", 0, member.target)

    def write_hardlink(self, member: Member, parts: list[str]) -> None:
        """A hard link becomes a copy: editing one path of a tree never changes another."""
        target = split(member.target)
        first = None if target is None else "/".join(target[self.strip :])
        entry = self.entries.get(first or "")
        if entry is None or entry.kind != "file":
            what = f"points to no file in it: {shown(member.target)}"
            raise self.refuse(f"its link {shown(member.name)} {what}")
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
                    what = f"points out of it, to {shown(entry.value)}"
                    raise self.refuse(f"its link {shown(path)} {what}")
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
    for entry in walk(folder, without=("__pycache__",)):
        path = os.path.relpath(entry.path, folder)
        if not entry.is_dir(follow_symlinks=False) and path not in entries:
            wrong.append(path)
    return sorted(wrong)


def present(path: Path) -> Entry | None:
    """The present state of `path`; None where it is neither a file nor a link."""
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            return Entry("link", 0, os.readlink(path))
        if not stat.S_ISREG(status.st_mode):
            return None
        return Entry("file", stat.S_IMODE(status.st_mode), digest(path))
    except OSError:
        return None
