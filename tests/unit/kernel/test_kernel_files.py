"""Files of the host: open, read, write, seek, links and devices."""

import os
import struct

from kit.kernel_calls import (
    AT_FDCWD,
    O_APPEND,
    O_CREAT,
    O_DIRECTORY,
    O_EXCL,
    O_NOFOLLOW,
    O_RDONLY,
    O_RDWR,
    O_TRUNC,
    O_WRONLY,
    WILD,
    contents,
    fails,
    mode,
    opened,
    seek,
)


def test_write_read_seek(k, folder, tmp_path):
    assert k.sys("write", 1, b"out\n", 4) == 4
    assert k.sys("write", 2, b"err\n", 4) == 4
    assert (tmp_path / "stdout").read_bytes() == b"out\n"
    assert (tmp_path / "stderr").read_bytes() == b"err\n"
    fd = opened(k, "f", O_RDWR | O_CREAT)
    assert fd == 3
    assert k.sys("write", fd, b"some data", 9) == 9
    assert seek(k, fd, -4, 2) == 5
    assert contents(k, fd) == b"data" and contents(k, fd) == b""
    assert seek(k, fd, 1 << 33) == 1 << 33
    fails("EINVAL", seek(k, fd, -1))
    fails("EINVAL", seek(k, fd, 0, 5))
    assert k.sys("close", fd) == 0
    fails("EBADF", k.sys("close", fd))
    assert (folder / "f").read_bytes() == b"some data"


def test_standard_input(start):
    k = start(stdin=b"line\n")
    assert contents(k, 0) == b"line\n" and contents(k, 0) == b""


def test_vectors_and_positions(k, folder):
    fd = opened(k, "f", O_RDWR | O_CREAT)
    vector = struct.pack("<6I", k.put(b"abc"), 3, 0, 0, k.put(b"defg"), 4)
    assert k.sys("writev", fd, vector, 3) == 7
    assert k.sys("pwrite64", fd, b"XY", 2, 1, 0) == 2
    assert k.sys("pwritev", fd, struct.pack("<2I", k.put(b"Z"), 1), 1, 6, 0) == 1
    room = k.room(16)
    assert k.sys("pread64", fd, room, 4, 1, 0) == 4
    assert k.read(room, 4) == b"XYde"
    into = struct.pack("<4I", room, 2, room + 8, 8)
    assert k.sys("preadv", fd, into, 2, 0, 0) == 7
    assert k.read(room, 2) + k.read(room + 8, 5) == b"aXYdefZ"
    assert seek(k, fd, 0, 1) == 7
    fails("EINVAL", k.sys("pread64", fd, room, 1, 0, -1))
    fails("EINVAL", k.sys("writev", fd, vector, 1025))
    fails("EINVAL", k.sys("writev", fd, vector, -1))
    fails("EFAULT", k.sys("writev", fd, struct.pack("<2I", WILD & 0xFFFFFFFF, 64), 1))


def test_empty_parts_of_vectors(k, folder):
    fd = opened(k, "f", O_RDWR | O_CREAT)
    empty = struct.pack("<4I", 0, 0, k.put(b"unused"), 0)
    assert k.sys("writev", fd, empty, 2) == 0
    assert k.sys("writev", fd, empty + struct.pack("<2I", k.put(b"abc"), 3) + empty, 5) == 3
    assert seek(k, fd, 0) == 0
    room = k.room(16)
    assert k.sys("readv", fd, empty, 2) == 0
    assert k.sys("readv", fd, empty + struct.pack("<2I", room, 8) + empty, 5) == 3
    assert k.read(room, 4) == b"abc\0"
    many = struct.pack("<4I", room, 1, 0, 0) * 512
    assert k.sys("preadv", fd, many, 1024, 0, 0) == 3
    assert k.read(room, 1) == b"c"
    assert (folder / "f").read_bytes() == b"abc"


def test_open_flags(k, folder):
    (folder / "f").write_bytes(b"old")
    fails("EEXIST", k.sys("openat", AT_FDCWD, "f", O_CREAT | O_EXCL | O_WRONLY, 0))
    fails("ENOENT", k.sys("openat", AT_FDCWD, "no", O_RDONLY, 0))
    fails("ENOENT", k.sys("openat", AT_FDCWD, "", O_RDONLY, 0))
    fails("ENOTDIR", k.sys("openat", AT_FDCWD, "f", O_DIRECTORY, 0))
    fails("ENOTDIR", k.sys("openat", AT_FDCWD, "f/x", O_RDONLY, 0))
    fails("EISDIR", k.sys("openat", AT_FDCWD, ".", O_WRONLY, 0))
    fails("EINVAL", k.sys("openat", AT_FDCWD, "f", 3, 0))
    fd = opened(k, "f", O_WRONLY | O_APPEND)
    assert k.sys("write", fd, b"+new", 4) == 4
    assert (folder / "f").read_bytes() == b"old+new"
    fails("EBADF", contents(k, fd))
    fails("EBADF", k.sys("write", opened(k, "f"), b"x", 1))
    opened(k, "f", O_WRONLY | O_TRUNC)
    assert (folder / "f").read_bytes() == b""


def test_links_are_followed_unless_told_otherwise(k, folder):
    (folder / "f").write_bytes(b"data")
    assert k.sys("symlinkat", "f", AT_FDCWD, "ln") == 0
    assert os.readlink(folder / "ln") == "f"
    assert contents(k, opened(k, "ln")) == b"data"
    fails("ELOOP", k.sys("openat", AT_FDCWD, "ln", O_NOFOLLOW, 0))
    room = k.room(16)
    assert k.sys("readlinkat", AT_FDCWD, "ln", room, 16) == 1 and k.read(room, 1) == b"f"
    fails("EINVAL", k.sys("readlinkat", AT_FDCWD, "f", room, 16))
    fails("EINVAL", k.sys("readlinkat", AT_FDCWD, ".", room, 16))
    assert mode(k, "ln") == 0o100644 and mode(k, "ln", 0x100) == 0o120777
    assert k.sys("linkat", AT_FDCWD, "f", AT_FDCWD, "hard", 0) == 0
    assert (folder / "hard").stat().st_ino == (folder / "f").stat().st_ino


def test_truncate_and_sync(k, folder):
    fd = opened(k, "f", O_RDWR | O_CREAT)
    assert k.sys("ftruncate64", fd, 5, 0) == 0 and (folder / "f").stat().st_size == 5
    assert k.sys("truncate64", "f", 2, 0) == 0 and (folder / "f").stat().st_size == 2
    assert k.sys("fallocate", fd, 0, 0, 0, 100, 0) == 0 and (folder / "f").stat().st_size == 100
    assert k.sys("fallocate", fd, 0, 0, 0, 10, 0) == 0 and (folder / "f").stat().st_size == 100
    assert k.sys("fsync", fd) == 0 and k.sys("fdatasync", fd) == 0
    fails("EINVAL", k.sys("ftruncate64", fd, 0, -1))
    fails("ENOENT", k.sys("truncate64", "no", 0, 0))


def test_sendfile(k, folder):
    (folder / "from").write_bytes(b"0123456789")
    source, to = opened(k, "from"), opened(k, "to", O_WRONLY | O_CREAT)
    at = k.put(struct.pack("<q", 4))
    assert k.sys("sendfile64", to, source, at, 3) == 3
    assert k.read(at, 8) == struct.pack("<q", 7)
    assert k.sys("sendfile64", to, source, 0, 100) == 10
    assert (folder / "to").read_bytes() == b"4560123456789"


def test_devices(k):
    null = opened(k, "/dev/null", O_RDWR)
    assert k.sys("write", null, b"gone", 4) == 4 and contents(k, null) == b""
    assert contents(k, opened(k, "/dev/zero"), 5) == bytes(5)
    assert len(set(contents(k, opened(k, "/dev/urandom"), 64))) > 8
    fails("ENOSPC", k.sys("write", opened(k, "/dev/full", O_WRONLY), b"x", 1))
    assert mode(k, "/dev/null") == 0o020666
    copy = opened(k, "/dev/fd/1", O_WRONLY)
    assert k.sys("write", copy, b"x", 1) == 1
