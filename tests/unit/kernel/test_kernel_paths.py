"""Directories and paths: stat, listings, and the one tree of several folders."""

import errno
import os
import struct
import time

from kit.kernel_calls import (
    AT_FDCWD,
    GRANULE,
    O_CREAT,
    O_DIRECTORY,
    O_EXCL,
    O_RDONLY,
    O_RDWR,
    O_TRUNC,
    O_WRONLY,
    PRIVATE,
    WILD,
    contents,
    fails,
    getcwd,
    listing,
    mmap,
    mode,
    opened,
    seek,
    statx,
    timespec,
)


def test_statx(k, folder):
    (folder / "f").write_bytes(b"x" * 1000)
    os.utime(folder / "f", ns=(10**18 + 1, 2 * 10**18 + 2))
    data = statx(k, "f")
    real = (folder / "f").stat()
    assert struct.unpack_from("<II", data) == (0x7FF, GRANULE)
    assert struct.unpack_from("<III", data, 16) == (1, 1000, 1000)
    assert struct.unpack_from("<QQ", data, 40) == (1000, 2)
    assert struct.unpack_from("<qI", data, 64) == (10**9, 1)
    assert struct.unpack_from("<qI", data, 112) == (2 * 10**9, 2)
    # wasmtime gives the time of creation
    assert abs(struct.unpack_from("<q", data, 96)[0] - real.st_ctime) < 5
    assert mode(k, ".") == 0o040755 and mode(k, "f") == 0o100644
    assert statx(k, "", 0x1000, opened(k, "f")) == data
    fails("ENOENT", statx(k, "no"))
    fails("ENOENT", statx(k, ""))
    fails("ENOTDIR", statx(k, "f/"))
    fails("EBADF", statx(k, "", 0x1000, 77))


def test_times(k, folder):
    fd = opened(k, "f", O_CREAT | O_RDWR)
    assert k.sys("utimensat_time64", AT_FDCWD, "f", timespec(5) + timespec(7, 8), 0) == 0
    assert (folder / "f").stat().st_atime == 5
    assert (folder / "f").stat().st_mtime_ns // 10 == 7 * 10**8  # node leaves the rest out
    omit = timespec(0, 0x3FFFFFFE) + timespec(9)
    assert k.sys("utimensat_time64", fd, 0, omit, 0) == 0
    assert (folder / "f").stat().st_atime == 5 and (folder / "f").stat().st_mtime == 9
    assert k.sys("utimensat_time64", AT_FDCWD, "f", 0, 0) == 0
    assert abs((folder / "f").stat().st_mtime - time.time()) < 60
    fails("EINVAL", k.sys("utimensat_time64", fd, 0, timespec(0, 10**9) * 2, 0))


def test_access_mode_and_owner(k, folder):
    (folder / "f").touch()
    assert k.sys("faccessat", AT_FDCWD, "f", 6) == 0
    fails("EACCES", k.sys("faccessat", AT_FDCWD, "f", 1))
    fails("ENOENT", k.sys("faccessat2", AT_FDCWD, "no", 0, 0))
    assert k.sys("fchmodat", AT_FDCWD, "f", 0o644) == 0
    assert k.sys("fchmodat", AT_FDCWD, "f", 0o600) == 0 and mode(k, "f") == 0o100600
    assert (folder / "f").stat().st_mode & 0o777 != 0o600  # docs/reference/differences.md
    fails("EPERM", k.sys("fchownat", AT_FDCWD, "f", 0, 0, 0))
    assert k.sys("fchownat", AT_FDCWD, "f", -1, 1000, 0) == 0


def test_directories(k, folder):
    assert k.sys("mkdirat", AT_FDCWD, "d/", 0o755) == 0
    fails("EEXIST", k.sys("mkdirat", AT_FDCWD, "d", 0o755))
    assert k.sys("renameat2", AT_FDCWD, "d", AT_FDCWD, "e", 0) == 0
    opened(k, "e/f", O_CREAT | O_WRONLY)
    fails("ENOTEMPTY", k.sys("unlinkat", AT_FDCWD, "e", 0x200))
    fails("ENOTDIR", k.sys("unlinkat", AT_FDCWD, "e/f", 0x200))
    assert k.sys("unlinkat", AT_FDCWD, "e/f", 0) == 0
    assert k.sys("unlinkat", AT_FDCWD, "e/", 0x200) == 0
    assert list(folder.iterdir()) == []
    fails("ENOENT", k.sys("unlinkat", AT_FDCWD, "e", 0))
    fails("EBUSY", k.sys("unlinkat", AT_FDCWD, "/home", 0x200))


def test_listing(k, folder):
    names = {f"file {i:04} " + "x" * (i % 90) for i in range(1200)}  # 64 KiB come at once
    for name in names:
        (folder / name).touch()
    (folder / "d").mkdir()
    fd = opened(k, ".", O_DIRECTORY)
    found = listing(k, fd, 1000)
    assert {name for name, kind, _ in found if kind == 8} == names
    assert [name for name, kind, _ in found[:2]] == [".", ".."]
    assert {name for name, kind, _ in found if kind == 4} == {".", "..", "d"}
    assert seek(k, fd, found[100][2]) == found[100][2]
    assert listing(k, fd) == found[101:]
    (folder / "later").touch()
    assert seek(k, fd, 0) == 0
    assert len(listing(k, fd)) == len(found) + 1
    fails("EINVAL", seek(k, fd, found[100][2] + 1))
    seek(k, fd, 0)
    fails("EINVAL", k.sys("getdents64", fd, k.room(8), 8))
    fails("ENOTDIR", k.sys("getdents64", 1, k.room(100), 100))


def test_a_directory_is_one_however_it_was_opened(k, folder):
    """The kernel does not ask what it opened before that matters: each operation is the first."""
    (folder / "d").mkdir()
    (folder / "d/f").write_bytes(b"1")
    room = k.room(64)
    vector = struct.pack("<4I", room, 8, room + 8, 8)
    large = struct.pack("<4I", k.room(9000), 9000, k.room(9000), 9000)
    operations = {
        "EISDIR": [
            lambda fd: k.sys("read", fd, room, 8),
            lambda fd: k.sys("read", fd, room, 0),
            lambda fd: k.sys("readv", fd, vector, 2),
            lambda fd: k.sys("readv", fd, large, 2),
            lambda fd: k.sys("pread64", fd, room, 8, 0, 0),
        ],
        "EBADF": [lambda fd: k.sys("write", fd, b"x", 1)],
        "EINVAL": [
            lambda fd: k.sys("ftruncate64", fd, 0, 0),
            lambda fd: k.sys("sendfile64", 1, fd, 0, 8),
            lambda fd: seek(k, fd, 5),
            lambda fd: seek(k, fd, 0, 2),
        ],
        "ENODEV": [lambda fd: mmap(k, 4096, PRIVATE, fd=fd)],
        "ENOTTY": [lambda fd: k.sys("ioctl", fd, 0x5413, room)],
        0: [lambda fd: k.sys("fchdir", fd) or k.sys("chdir", "/home"), lambda fd: seek(k, fd, 0)],
    }
    for flags in (O_RDONLY, O_DIRECTORY):
        for result, acts in operations.items():
            for act in acts:
                fd = opened(k, "d", flags)
                assert act(fd) == (-getattr(errno, result) if result else 0)
                assert act(fd) == (-getattr(errno, result) if result else 0)
                assert k.sys("close", fd) == 0
        for act in (lambda fd: None, lambda fd: seek(k, fd, 0), lambda fd: contents(k, fd)):
            fd = opened(k, "d", flags)
            act(fd)
            assert [name for name, _, _ in listing(k, fd)] == [".", "..", "f"]
        assert contents(k, opened(k, "f", at=opened(k, "d", flags))) == b"1"
        data = statx(k, "", 0x1000, opened(k, "d", flags))
        assert struct.unpack_from("<H", data, 28) == (0o40755,)
        fds = k.put(struct.pack("<ihh", opened(k, "d", flags), 5, 0))
        assert k.sys("ppoll_time64", fds, 1, timespec(0), 0, 8) == 1
        assert struct.unpack("<ihh", k.read(fds, 8))[2] == 5


def test_a_file_is_none_however_it_was_opened(k, folder):
    (folder / "f").write_bytes(b"1")
    for flags in (O_RDONLY, O_RDWR):
        for act, name in (
            (lambda fd: k.sys("getdents64", fd, k.room(64), 64), "ENOTDIR"),
            (lambda fd: k.sys("fchdir", fd), "ENOTDIR"),
            (lambda fd: k.sys("openat", fd, "x", O_RDONLY, 0), "ENOTDIR"),
            (lambda fd: k.sys("ioctl", fd, 0x5413, k.room(8)), "ENOTTY"),
            (lambda fd: k.sys("read", fd, WILD, 1), "EFAULT"),
        ):
            fd = opened(k, "f", flags)
            fails(name, act(fd))
            fails(name, act(fd))
            assert seek(k, fd, 0, 2) == 1 and seek(k, fd, 0) == 0 and contents(k, fd) == b"1"
        fd = opened(k, "f", flags)
        assert k.read(mmap(k, 4096, PRIVATE, fd=fd, prot=1), 2) == b"1\0"
        fds = k.put(struct.pack("<ihh", opened(k, "f", flags), 5, 0))
        assert k.sys("ppoll_time64", fds, 1, timespec(0), 0, 8) == 1


def test_a_directory_cannot_be_opened_to_be_written_or_made(k, folder):
    (folder / "d").mkdir()
    (folder / "f").touch()
    (folder / "to d").symlink_to("d")
    for path in ("d", "d/", "to d", ".", "/home"):
        for flags in (
            O_WRONLY,
            O_RDWR,
            O_WRONLY | O_TRUNC,
            O_WRONLY | O_CREAT,
            O_CREAT,
            O_RDWR | O_CREAT | O_TRUNC,
        ):
            fails("EISDIR", k.sys("openat", AT_FDCWD, path, flags, 0o644))
    fails("EISDIR", k.sys("truncate64", "d", 0, 0))
    fails("EEXIST", k.sys("openat", AT_FDCWD, "d", O_CREAT | O_EXCL | O_WRONLY, 0o644))
    for path in ("f", "d", "new", "/tmp/new"):
        fails("EINVAL", k.sys("openat", AT_FDCWD, path, O_CREAT | O_DIRECTORY, 0o644))
    assert not (folder / "new").exists() and statx(k, "/tmp/new") == -errno.ENOENT


def test_the_inode_of_a_listed_directory(k, folder):
    (folder / "d").mkdir()
    fd, room = opened(k, "d", O_DIRECTORY), k.room(256)
    assert k.sys("getdents64", fd, room, 256) > 0
    assert k.read(room, 8) == statx(k, "d")[32:40]


def test_current_directory(k, folder):
    (folder / "a/b").mkdir(parents=True)
    (folder / "a/f").write_bytes(b"1")
    assert getcwd(k) == "/home"
    assert k.sys("chdir", "a/./b//") == 0 and getcwd(k) == "/home/a/b"
    assert contents(k, opened(k, "../f")) == b"1"
    assert contents(k, opened(k, "../../../home/a/f")) == b"1"
    fd = opened(k, "..", O_DIRECTORY)
    assert k.sys("chdir", "/home") == 0
    assert k.sys("fchdir", fd) == 0 and getcwd(k) == "/home/a"
    assert contents(k, opened(k, "f", at=fd)) == b"1"
    assert contents(k, opened(k, "../a/b/../f", at=fd)) == b"1"
    fails("ENOTDIR", k.sys("chdir", "f"))
    fails("ENOENT", k.sys("chdir", "no"))
    fails("ERANGE", k.sys("getcwd", k.room(8), 7))
    fails("ENOTDIR", k.sys("openat", 1, "f", 0, 0))
    fails("EBADF", k.sys("openat", 77, "f", 0, 0))


def test_several_directories_make_one_tree(start, tmp_path):
    hosts = {}
    for guest in ("/a/x", "/a/y", "/a/x/deep"):
        hosts[guest] = tmp_path / guest.replace("/", "_")
        hosts[guest].mkdir()
        (hosts[guest] / "name").write_text(guest)
    k = start(dirs=hosts)
    assert getcwd(k) == "/a/x"
    for guest in hosts:
        assert contents(k, opened(k, guest + "/name")) == guest.encode()
    assert contents(k, opened(k, "deep/name")) == b"/a/x/deep"
    assert contents(k, opened(k, "../y/name")) == b"/a/y"
    assert contents(k, opened(k, "/a/x/deep/../name")) == b"/a/x"
    assert k.sys("chdir", "/") == 0 and getcwd(k) == "/"
    assert [name for name, _, _ in listing(k, opened(k, "/"))] == [".", "..", "a", "tmp", "dev"]
    assert [name for name, _, _ in listing(k, opened(k, "a"))] == [".", "..", "x", "y"]
    assert mode(k, "/a") == 0o040555
    fails("EEXIST", k.sys("mkdirat", AT_FDCWD, "/a", 0))
    fails("EISDIR", k.sys("openat", AT_FDCWD, "/a", O_WRONLY, 0))
    fails("ENOENT", k.sys("openat", AT_FDCWD, "/b", O_RDONLY, 0))


def test_a_host_folder_named_dot_is_the_root(start, folder):
    (folder / "f").write_bytes(b"1")
    k = start(dirs={".": folder})
    assert getcwd(k) == "/"
    assert contents(k, opened(k, "f")) == b"1" and contents(k, opened(k, "/f")) == b"1"


def test_no_way_out(k, folder, tmp_path):
    (tmp_path / "secret").write_text("x")
    (folder / "d").mkdir()
    for path in (
        "../secret",
        "/home/../secret",
        "d/../../secret",
        str(tmp_path / "secret"),
        "/etc/passwd",
        "/home/../../../../../../../../etc/passwd",
    ):
        fails("ENOENT", k.sys("openat", AT_FDCWD, path, O_RDONLY, 0))
        fails("ENOENT", k.sys("openat", opened(k, "d"), "../" + path, O_RDONLY, 0))
    assert k.sys("renameat2", AT_FDCWD, "d", AT_FDCWD, "../d", 0) < 0
    assert (folder / "d").is_dir()


def test_without_directories_there_is_only_a_root(start):
    k = start(dirs={})
    assert getcwd(k) == "/"
    assert [name for name, _, _ in listing(k, opened(k, "."))] == [".", "..", "tmp", "dev"]
    for path, name in (("f", "EROFS"), ("/dev/f", "EROFS"), ("no/f", "ENOENT")):
        fails(name, k.sys("openat", AT_FDCWD, path, O_CREAT | O_WRONLY, 0))
        fails(name, k.sys("mkdirat", AT_FDCWD, path, 0))
        fails(name, k.sys("symlinkat", "x", AT_FDCWD, path))
        fails("ENOENT", k.sys("openat", AT_FDCWD, path, O_WRONLY, 0))
