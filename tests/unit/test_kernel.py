"""The kernel's syscalls, by themselves: the same checks in wasmtime and in node."""

import contextlib
import errno
import os
import struct
import time

import pytest
from kernel_hosts import (
    HOSTS,
    NUMBERS,
    ROOT,
    TABLE,
    Exit,
    compile_kernel,
    import_wasmtime,
    kernel_wasm,
    tree,
)

from muslfall import pins

AT_FDCWD = -100
O_RDONLY, O_WRONLY, O_RDWR = 0, 1, 2
O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_NONBLOCK = 0o100, 0o200, 0o1000, 0o2000, 0o4000
O_DIRECTORY, O_NOFOLLOW, O_CLOEXEC = 0o200000, 0o400000, 0o2000000
PROT, PRIVATE, SHARED, FIXED, ANONYMOUS = 3, 2, 1, 0x10, 0x20
GRANULE = 4096
PID = 2
WILD = -16  # an address at the very end of 32 bits


@pytest.fixture(scope="session")
def wasm(tmp_path_factory):
    import_wasmtime()
    return kernel_wasm(tmp_path_factory.mktemp("kernel"))


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture(params=sorted(HOSTS))
def start(request, wasm, tmp_path, folder):
    """Start a kernel in each host; the streams are files in tmp_path."""
    started = []

    def start(stdin=b"", dirs=None, **options):
        (tmp_path / "stdin").write_bytes(stdin)
        for name in ("stdout", "stderr"):
            (tmp_path / name).write_bytes(b"")
        dirs = {"/home": folder} if dirs is None else dirs
        started.append(HOSTS[request.param](wasm, tmp_path, dirs=dirs, **options))
        return started[-1]

    yield start
    for kernel in started:
        kernel.close()


@pytest.fixture
def k(start):
    return start()


def fails(name, result):
    assert errno.errorcode.get(-result, result) == name


def opened(k, path, flags=O_RDONLY, at=AT_FDCWD):
    fd = k.sys("openat", at, path, flags, 0o644)
    assert fd >= 0, os.strerror(-fd)
    return fd


def contents(k, fd, size=100):
    room = k.room(size)
    count = k.sys("read", fd, room, size)
    return k.read(room, count) if count >= 0 else count


def seek(k, fd, offset, whence=0):
    room = k.room(8)
    result = k.sys("_llseek", fd, offset >> 32, offset, room, whence)
    return result if result else struct.unpack("<q", k.read(room, 8))[0]


def mmap(k, size, flags=PRIVATE | ANONYMOUS, at=0, fd=-1, page=0, prot=PROT):
    return k.sys("mmap2", at, size, prot, flags, fd, page)


def mapped(k, size, **options):
    result = mmap(k, size, **options) & 0xFFFFFFFF
    assert result < 0xFFFFF000 and result % GRANULE == 0
    return result


def timespec(seconds, nanoseconds=0):
    return struct.pack("<qii", seconds, nanoseconds, 0)


def signals(*numbers):
    return struct.pack("<Q", sum(1 << number - 1 for number in numbers))


def action(handler, flags=0, mask=b"\0" * 8):
    return struct.pack("<III", handler, flags, 0) + mask


# --- start ---


def start_block(k):
    at = k.call("__kernel_start") & 0xFFFFFFFF
    words = struct.unpack("<200I", k.read(at, 800))
    argc, words = words[0], words[1:]
    argv, rest = words[:argc], words[argc + 1 :]
    assert words[argc] == 0
    envc = rest.index(0)
    aux = rest[envc + 1 :]
    pairs = dict(zip(aux[::2], aux[1::2], strict=True))
    return [k.string(p) for p in argv], [k.string(p) for p in rest[:envc]], pairs


def test_start_block(start):
    k = start(argv=["prog", "one two", ""], env={"A": "1", "B": "x=y"})
    argv, env, aux = start_block(k)
    assert argv == [b"prog", b"one two", b""]
    assert sorted(env) == [b"A=1", b"B=x=y"]
    assert aux[6] == GRANULE and aux[23] == 0 and aux[17] == 100
    assert aux[11] == aux[12] == 1000
    assert k.string(aux[31]) == b"prog"
    assert any(k.read(aux[25], 16))


def test_nothing_lies_below_the_stack(start):
    k = start()
    stack = 8 << 20
    assert all(k.alloc(size) >= stack for size in (1, GRANULE, 1 << 20))
    assert mapped(k, GRANULE) >= stack and k.sys("brk", 0) >= stack
    unused = k.read(0, stack - (1 << 16))  # what is above has been in use
    assert not any(unused)


# --- files ---


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
    fails("EINVAL", seek(k, fd, 0, 3))
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


# --- descriptors ---


def test_dup_shares_the_position(k):
    fd = opened(k, "f", O_RDWR | O_CREAT)
    copy = k.sys("dup", fd)
    assert copy == fd + 1
    k.sys("write", fd, b"ab", 2)
    k.sys("write", copy, b"cd", 2)
    assert k.sys("close", fd) == 0
    assert seek(k, copy, 0) == 0 and contents(k, copy) == b"abcd"
    assert k.sys("dup", copy) == fd


def test_dup3_replaces(k, tmp_path):
    fd = opened(k, "f", O_RDWR | O_CREAT)
    assert k.sys("dup3", 1, fd, O_CLOEXEC) == fd
    assert k.sys("write", fd, b"x", 1) == 1 and (tmp_path / "stdout").read_bytes() == b"x"
    assert k.sys("fcntl64", fd, 1, 0) == 1 and k.sys("fcntl64", 1, 1, 0) == 0
    fails("EINVAL", k.sys("dup3", 1, 1, 0))
    fails("EBADF", k.sys("dup3", 1, 1024, 0))
    fails("EBADF", k.sys("dup3", 77, 5, 0))


def test_fcntl(k):
    fd = opened(k, "f", O_RDWR | O_CREAT | O_CLOEXEC)
    assert k.sys("fcntl64", fd, 1, 0) == 1
    assert k.sys("fcntl64", fd, 2, 0) == 0 and k.sys("fcntl64", fd, 1, 0) == 0
    assert k.sys("fcntl64", fd, 0, 100) == 100
    assert k.sys("fcntl64", fd, 1030, 100) == 101 and k.sys("fcntl64", 101, 1, 0) == 1
    assert k.sys("fcntl64", fd, 3, 0) & 3 == O_RDWR
    assert k.sys("fcntl64", fd, 4, O_APPEND) == 0
    assert k.sys("fcntl64", fd, 3, 0) & O_APPEND
    fails("EINVAL", k.sys("fcntl64", fd, 0, 5000))
    fails("EBADF", k.sys("fcntl64", 99, 3, 0))


def test_the_table_fills_up_with_emfile(k):
    count = 0
    while (fd := k.sys("dup", 1)) >= 0:
        count += 1
    fails("EMFILE", fd)
    assert count == 1024 - 3
    fails("EMFILE", k.sys("openat", AT_FDCWD, "f", O_CREAT | O_RDWR, 0))
    fails("EMFILE", k.sys("pipe2", k.room(8), 0))
    assert k.sys("close", 500) == 0 and k.sys("dup", 1) == 500


def test_pipe(k):
    room = k.room(8)
    assert k.sys("pipe2", room, O_CLOEXEC) == 0
    r, w = struct.unpack("<2i", k.read(room, 8))
    assert k.sys("fcntl64", r, 1, 0) == 1
    fails("EAGAIN", contents(k, r))
    fails("ESPIPE", seek(k, r, 0))
    sent = bytes(i * 7 & 255 for i in range(65536))
    assert k.sys("write", w, sent, 65536) == 65536
    fails("EAGAIN", k.sys("write", w, b"x", 1))
    unread = k.room(4)
    assert k.sys("ioctl", r, 0x541B, unread) == 0
    assert struct.unpack("<i", k.read(unread, 4)) == (65536,)
    assert contents(k, r, 1000) == sent[:1000]
    assert k.sys("write", w, b"y" * 1500, 1500) == -errno.EAGAIN  # at most PIPE_BUF: all or none
    assert k.sys("write", w, b"y" * 900, 900) == 900
    assert contents(k, r, 70000) == sent[1000:] + b"y" * 900
    assert k.sys("close", w) == 0 and contents(k, r) == b""


def test_a_pipe_without_a_reader(k):
    room = k.room(8)
    k.sys("pipe2", room, 0)
    r, w = struct.unpack("<2i", k.read(room, 8))
    k.sys("close", r)
    k.sys("rt_sigaction", 13, action(1), 0, 8)
    fails("EPIPE", k.sys("write", w, b"x", 1))
    k.sys("rt_sigaction", 13, action(0), 0, 8)
    with pytest.raises(Exit) as end:
        k.sys("write", w, b"x", 1)
    assert end.value.status == 128 + 13


def test_poll_and_select(k):
    room = k.room(8)
    k.sys("pipe2", room, 0)
    r, w = struct.unpack("<2i", k.read(room, 8))
    fds = k.put(struct.pack("<ihh", r, 1, 0) + struct.pack("<ihh", w, 4, 0))
    assert k.sys("ppoll_time64", fds, 2, timespec(0), 0, 8) == 1
    assert struct.unpack("<ihhihh", k.read(fds, 16)) == (r, 1, 0, w, 4, 4)
    k.sys("write", w, b"x", 1)
    k.sys("close", w)
    assert k.sys("ppoll_time64", fds, 2, 0, 0, 8) == 2
    assert struct.unpack("<ihhihh", k.read(fds, 16)) == (r, 1, 1 | 16, w, 4, 32)
    sets = k.put(struct.pack("<I", 1 << r))
    assert k.sys("pselect6_time64", 10, sets, 0, 0, timespec(0), 0) == 1
    assert k.read(sets, 4) == struct.pack("<I", 1 << r)
    fails("EBADF", k.sys("pselect6_time64", 10, k.put(struct.pack("<I", 1 << 9)), 0, 0, 0, 0))
    before = time.monotonic()
    assert k.sys("ppoll_time64", 0, 0, timespec(0, 30_000_000), 0, 8) == 0
    assert time.monotonic() - before > 0.025


def test_nothing_here_is_a_terminal(k):
    fails("ENOTTY", k.sys("ioctl", 1, 0x5413, k.room(8)))
    fails("ENOTTY", k.sys("ioctl", opened(k, "f", O_CREAT | O_RDWR), 0x5401, k.room(64)))
    fails("EBADF", k.sys("ioctl", 77, 0x5413, 0))


# --- directories and paths ---


def statx(k, path, flags=0, at=AT_FDCWD):
    room = k.room(256)
    result = k.sys("statx", at, path, flags, 0x7FF, room)
    return k.read(room, 256) if result == 0 else result


def mode(k, path, flags=0):
    return struct.unpack_from("<H", statx(k, path, flags), 28)[0]


def listing(k, fd, size=4096):
    found, room = [], k.room(size)
    while (count := k.sys("getdents64", fd, room, size)) > 0:
        data, at = k.read(room, count), 0
        while at < count:
            ino, off, length, kind = struct.unpack_from("<QqHB", data, at)
            found.append((data[at + 19 : at + length].split(b"\0")[0].decode(), kind, off))
            assert ino
            at += length
    assert count == 0, os.strerror(-count)
    return found


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
    fails("EPERM", k.sys("fchmodat", AT_FDCWD, "f", 0o600))
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
    names = {f"file {i:03} " + "x" * (i % 90) for i in range(300)}
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


def getcwd(k):
    room = k.room(100)
    count = k.sys("getcwd", room, 100)
    return k.read(room, count - 1).decode() if count > 0 else count


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
    for path in ("../secret", "/home/../secret", "d/../../secret", str(tmp_path / "secret"),
                 "/etc/passwd", "/home/../../../../../../../../etc/passwd"):  # fmt: skip
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


# --- files in memory ---


def test_tmp_is_in_memory_where_no_directory_gives_it(start, folder):
    for root in ("/tmp", "/dev/shm"):
        k = start(dirs={"/home": folder})
        fd = opened(k, f"{root}/f", O_RDWR | O_CREAT)
        assert k.sys("write", fd, b"some data", 9) == 9
        assert seek(k, fd, -4, 2) == 5
        assert contents(k, fd) == b"data" and contents(k, fd) == b""
        assert [name for name, _, _ in listing(k, opened(k, root))] == [".", "..", "f"]
        assert mode(k, f"{root}/f") == 0o100644 and mode(k, root) == 0o041777
    assert not any(folder.iterdir())
    fails("ENOENT", start(dirs={"/home": folder}).sys("openat", AT_FDCWD, "/tmp/f", 0, 0))


def test_a_preopened_directory_hides_memory(start, folder):
    k = start(dirs={"/tmp": folder})
    opened(k, "/tmp/f", O_RDWR | O_CREAT)
    assert (folder / "f").exists()
    k = start(dirs={"/": folder})
    fails("ENOENT", k.sys("openat", AT_FDCWD, "/tmp/f", O_RDWR | O_CREAT, 0o644))
    k = start(dirs={"/tmp/deep": folder})
    opened(k, "/tmp/f", O_RDWR | O_CREAT)
    assert [name for name, _, _ in listing(k, opened(k, "/tmp"))] == [".", "..", "f", "deep"]
    assert [name for name, _, _ in listing(k, opened(k, "/tmp/deep"))] == [".", "..", "f"]


def test_memory_holes_and_sizes(k):
    fd = opened(k, "/tmp/f", O_RDWR | O_CREAT)
    assert k.sys("pwrite64", fd, b"end", 3, 100_000, 0) == 3
    assert seek(k, fd, 0, 2) == 100_003
    room = k.room(10)
    assert k.sys("pread64", fd, room, 10, 99_995, 0) == 8
    assert k.read(room, 8) == b"\0\0\0\0\0end"
    assert k.sys("ftruncate64", fd, 99_999, 0) == 0 and k.sys("ftruncate64", fd, 100_010, 0) == 0
    assert k.sys("pread64", fd, room, 10, 99_998, 0) == 10 and k.read(room, 10) == bytes(10)
    fails("EFBIG", k.sys("ftruncate64", fd, 0, 1))
    fails("EFBIG", k.sys("pwrite64", fd, b"x", 1, 0, 2))
    k.sys("pwrite64", fd, b"x", 1, 0x7FFFFFF0, 0)
    other = opened(k, "/dev/shm/f", O_RDWR | O_CREAT)
    fails("ENOSPC", k.sys("pwrite64", other, b"x", 1, 0x7FFFFFF0, 0))
    fails("EISDIR", k.sys("openat", AT_FDCWD, "/tmp/no/", O_WRONLY | O_CREAT, 0o644))
    assert k.sys("ftruncate64", fd, 0, 0) == 0 and seek(k, fd, 0, 2) == 0


def test_memory_is_given_back(k):
    data = k.alloc(1 << 16)
    for _ in range(2):
        for i in range(64):
            fd = opened(k, f"/tmp/{i}", O_RDWR | O_CREAT)
            for _ in range(8):
                assert k.sys("write", fd, data, 1 << 16) == 1 << 16
            assert k.sys("unlinkat", AT_FDCWD, f"/tmp/{i}", 0) == 0
            fails("ENOENT", k.sys("openat", AT_FDCWD, f"/tmp/{i}", 0, 0))
            assert k.sys("close", fd) == 0
    assert k.size() < 1 << 25


def test_links_in_memory(k, folder):
    (folder / "there").write_bytes(b"host")
    assert k.sys("mkdirat", AT_FDCWD, "/tmp/d", 0o777) == 0
    for target, link in (("d", "/tmp/a"), ("../f", "/tmp/d/up"), ("/home/there", "/tmp/host"),
                         ("loop", "/tmp/loop"), ("../home", "/tmp/out"), ("/tmp/d/", "/tmp/s")):
        assert k.sys("symlinkat", target, AT_FDCWD, link) == 0
    opened(k, "/tmp/a/up", O_WRONLY | O_CREAT)
    assert mode(k, "/tmp/f") == 0o100644 and mode(k, "/tmp/a", 0x100) == 0o120777
    assert contents(k, opened(k, "/tmp/host")) == b"host"
    assert contents(k, opened(k, "/tmp/a/../out/there")) == b"host"
    fails("ELOOP", k.sys("openat", AT_FDCWD, "/tmp/loop", 0, 0))
    fails("ELOOP", k.sys("openat", AT_FDCWD, "/tmp/host", O_NOFOLLOW, 0))
    assert k.sys("chdir", "/tmp/s") == 0 and getcwd(k) == "/tmp/d"
    assert contents(k, opened(k, "../host")) == b"host"
    assert k.sys("linkat", AT_FDCWD, "../f", AT_FDCWD, "two", 0) == 0
    assert struct.unpack_from("<I", statx(k, "two"), 16)[0] == 2
    fails("EXDEV", k.sys("linkat", AT_FDCWD, "/home/there", AT_FDCWD, "x", 0))
    fails("EXDEV", k.sys("renameat2", AT_FDCWD, "/tmp/f", AT_FDCWD, "/home/f", 0))


def test_rename_and_remove_in_memory(k):
    for name in ("a", "a/b", "c", "full", "full/x"):
        assert k.sys("mkdirat", AT_FDCWD, f"/tmp/{name}", 0o777) == 0
    opened(k, "/tmp/f", O_WRONLY | O_CREAT)

    def rename(old, new):
        return k.sys("renameat2", AT_FDCWD, f"/tmp/{old}", AT_FDCWD, f"/tmp/{new}", 0)

    fails("EINVAL", rename("a", "a/b/c"))
    fails("ENOTEMPTY", rename("a", "full"))
    fails("ENOTDIR", rename("a", "f"))
    fails("EISDIR", rename("f", "c"))
    fails("ENOENT", rename("no", "c"))
    fails("ENOTDIR", rename("f", "g/"))
    fails("EBUSY", rename("", "c"))
    assert rename("a", "c") == 0 and mode(k, "/tmp/c/b/..") == 0o040755
    assert rename("f", "f") == 0 and rename("f", "c/b/f") == 0
    unlink = lambda path, flags=0: k.sys("unlinkat", AT_FDCWD, path, flags)  # noqa: E731
    fails("EISDIR", unlink("/tmp/c"))
    fails("ENOTDIR", unlink("/tmp/c/b/f", 0x200))
    fails("ENOTEMPTY", unlink("/tmp/c/b", 0x200))
    fails("EBUSY", unlink("/tmp", 0x200))
    assert unlink("/tmp/c/b/f") == 0 and unlink("/tmp/c/b", 0x200) == 0


def test_permissions_in_memory(k):
    fd = opened(k, "/tmp/f", O_RDWR | O_CREAT)
    assert k.sys("fchmod", fd, 0o444) == 0 and mode(k, "/tmp/f") == 0o100444
    fails("EACCES", k.sys("openat", AT_FDCWD, "/tmp/f", O_WRONLY, 0))
    fails("EACCES", k.sys("faccessat2", AT_FDCWD, "/tmp/f", 2, 0))
    assert k.sys("mkdirat", AT_FDCWD, "/tmp/d", 0o777) == 0
    assert k.sys("fchmodat", AT_FDCWD, "/tmp/d", 0o500) == 0
    fails("EACCES", k.sys("mkdirat", AT_FDCWD, "/tmp/d/x", 0o777))
    assert k.sys("fchmodat", AT_FDCWD, "/tmp/d", 0) == 0
    fails("EACCES", k.sys("openat", AT_FDCWD, "/tmp/d/x", O_RDONLY, 0))


def test_memfd(k):
    fd = k.sys("memfd_create", "name", 1)
    assert k.sys("write", fd, b"data", 4) == 4 and seek(k, fd, 0) == 0
    assert contents(k, fd) == b"data"
    at = mapped(k, GRANULE, fd=fd, flags=PRIVATE)
    assert k.read(at, 5) == b"data\0"
    fails("EINVAL", k.sys("memfd_create", "x" * 250, 0))
    fails("EFAULT", k.sys("memfd_create", WILD, 0))


# --- names ---


def test_the_current_directory_has_no_links_in_its_name(k, folder):
    (folder / "a/b").mkdir(parents=True)
    (folder / "l").symlink_to("a/b")
    (folder / "a/up").symlink_to("../l/..")
    for path, name in (("l", "/home/a/b"), ("/home/a/up", "/home/a"), ("b/../up/b", "/home/a/b")):
        assert k.sys("chdir", path) == 0 and getcwd(k) == name
    assert k.sys("chdir", "/home") == 0
    assert k.sys("fchdir", opened(k, "l")) == 0 and getcwd(k) == "/home/a/b"


def test_names_of_open_files(k, folder):
    (folder / "f").write_bytes(b"")
    (folder / "l").symlink_to("f")

    def name(fd):
        room = k.room(64)
        return k.read(room, k.sys("readlinkat", AT_FDCWD, f"/proc/self/fd/{fd}", room, 64))

    for path, wanted in (("l", b"/home/f"), (".", b"/home"), ("/", b"/"), ("/tmp/", b"/tmp"),
                         ("/dev/null", b"/dev/null")):  # fmt: skip
        assert name(opened(k, path)) == wanted
    assert name(opened(k, "/tmp/x", O_CREAT | O_WRONLY)) == b"/tmp/x"
    fails("ENOENT", k.sys("readlinkat", AT_FDCWD, "/proc/self/fd/77", k.room(64), 64))


def test_times_of_the_streams_cannot_be_set(k):
    fails("EPERM", k.sys("utimensat_time64", 1, 0, 0, 0))


def test_long_names(k):
    fails("ENAMETOOLONG", k.sys("openat", AT_FDCWD, "x" * 4096, 0, 0))
    fails("ENAMETOOLONG", k.sys("openat", AT_FDCWD, "x" * 300, O_CREAT | O_WRONLY, 0))
    fails("ENAMETOOLONG", k.sys("mkdirat", AT_FDCWD, "/home/" + "y" * 5000, 0))


# --- memory ---


def test_mmap_is_zeroed_reused_and_coalesced(k):
    a, b, c = (mapped(k, 3 * GRANULE) for _ in range(3))
    assert (b - a, c - b) == (3 * GRANULE, 3 * GRANULE)
    k.write(b, b"\xff" * GRANULE * 3)
    assert k.sys("munmap", a, 3 * GRANULE) == 0 and k.sys("munmap", b, 3 * GRANULE) == 0
    assert mapped(k, 6 * GRANULE) == a
    assert k.read(a, 6 * GRANULE) == bytes(6 * GRANULE)


def test_a_part_can_be_unmapped(k):
    a = mapped(k, 4 * GRANULE)
    assert k.sys("munmap", a + GRANULE, GRANULE) == 0
    fails("EFAULT", k.sys("write", 1, a + GRANULE, 1))
    assert k.sys("write", 1, a, 1) == 1
    fails("EFAULT", k.sys("write", 1, a + GRANULE - 1, 2))
    assert mapped(k, 100) == a + GRANULE
    fails("EINVAL", k.sys("munmap", a + 1, GRANULE))
    fails("EINVAL", k.sys("munmap", a, 0))


def test_what_the_loader_allocated_cannot_be_unmapped(k):
    region = k.alloc(10000, 64)
    fails("EINVAL", k.sys("munmap", region & -GRANULE, GRANULE))
    fails("EINVAL", k.sys("munmap", GRANULE, 1 << 31))
    k.call("__kernel_free", region, 10000)
    assert k.alloc(10000, 64) == region


@pytest.mark.parametrize("align", [1, 16, 4096, 65536, 1 << 20])
def test_regions_are_aligned(k, align):
    for size in (1, 5000, 70000):
        at = k.alloc(size, align)
        assert at and at % align == 0
        assert k.read(at, size) == bytes(size)
    assert k.alloc(0, align) % align == 0


def test_out_of_memory(k):
    fails("ENOMEM", mmap(k, 0xFFFFF000))
    fails("ENOMEM", mmap(k, 0xFFFFFFFF))
    assert k.alloc(0xFFFFFFF0) == 0
    big = []
    while len(big) < 100 and (at := mmap(k, 1 << 26)) & 0xFFFFFFFF < 0xFFFFF000:
        big.append(at)
    fails("ENOMEM", at)
    assert big
    assert k.sys("munmap", big[0], 1 << 26) == 0
    assert mmap(k, 1 << 26) == big[0]


def test_growth_is_amortised(k):
    sizes = set()
    for _ in range(2000):
        mapped(k, 4 * GRANULE)
        sizes.add(k.size())
    assert len(sizes) < 16


def test_mremap(k):
    a = mapped(k, 2 * GRANULE)
    k.write(a, b"head")
    assert k.sys("mremap", a, 2 * GRANULE, 4 * GRANULE, 0, 0) == a
    assert k.read(a + 2 * GRANULE, 2 * GRANULE) == bytes(2 * GRANULE)
    wall = mapped(k, GRANULE)
    assert wall == a + 4 * GRANULE
    fails("ENOMEM", k.sys("mremap", a, 4 * GRANULE, 8 * GRANULE, 0, 0))
    moved = k.sys("mremap", a, 4 * GRANULE, 8 * GRANULE, 1, 0)
    assert moved > wall and k.read(moved, 4) == b"head"
    assert mapped(k, 4 * GRANULE) == a
    assert k.sys("mremap", moved, 8 * GRANULE, GRANULE, 0, 0) == moved
    fails("EFAULT", k.sys("write", 1, moved + GRANULE, 1))
    fails("EFAULT", k.sys("mremap", moved + GRANULE, GRANULE, GRANULE, 0, 0))
    fails("EINVAL", k.sys("mremap", moved, GRANULE, 0, 1, 0))


def test_fixed_mappings(k):
    a = mapped(k, 4 * GRANULE)
    k.write(a, b"x" * 4 * GRANULE)
    assert mmap(k, GRANULE, PRIVATE | ANONYMOUS | FIXED, a + GRANULE) == a + GRANULE
    assert k.read(a + GRANULE, GRANULE) == bytes(GRANULE) and k.read(a, 1) == b"x"
    fails("EINVAL", mmap(k, GRANULE, PRIVATE | ANONYMOUS | FIXED, a + 1))
    fails("ENOMEM", mmap(k, GRANULE, PRIVATE | ANONYMOUS | FIXED, GRANULE))
    fails("EEXIST", mmap(k, GRANULE, PRIVATE | ANONYMOUS | 0x100000, a))


def test_a_file_is_mapped_by_reading(k, folder):
    (folder / "f").write_bytes(b"A" * GRANULE + b"B" * 100)
    fd = opened(k, "f")
    at = mapped(k, 2 * GRANULE, flags=PRIVATE, fd=fd)
    assert k.read(at, 2 * GRANULE) == b"A" * GRANULE + b"B" * 100 + bytes(GRANULE - 100)
    at = mapped(k, 50, flags=SHARED, fd=fd, page=1, prot=1)
    assert k.read(at, 101) == b"B" * 100 + b"\0"
    assert seek(k, fd, 0, 1) == 0
    fails("ENODEV", mmap(k, 50, SHARED, fd=fd))
    fails("EBADF", mmap(k, 50, PRIVATE, fd=77))
    fails("EINVAL", mmap(k, 0))
    fails("EINVAL", mmap(k, 50, ANONYMOUS))


def test_advice_and_protection(k):
    a = mapped(k, 2 * GRANULE)
    k.write(a, b"x" * 100)
    assert k.sys("mprotect", a, 2 * GRANULE, 0) == 0
    assert k.sys("madvise", a, GRANULE, 8) == 0 and k.read(a, 1) == b"x"
    assert k.sys("madvise", a, GRANULE, 4) == 0 and k.read(a, 100) == bytes(100)
    fails("EINVAL", k.sys("madvise", a + 1, GRANULE, 4))
    fails("EINVAL", k.sys("mprotect", a + 1, GRANULE, 0))
    k.sys("munmap", a + GRANULE, GRANULE)
    fails("ENOMEM", k.sys("mprotect", a, 2 * GRANULE, 3))
    fails("ENOMEM", k.sys("msync", a, 2 * GRANULE, 4))


def test_brk(k):
    base = k.sys("brk", 0)
    assert base % GRANULE == 0
    assert k.sys("brk", base + 10000) == base + 10000
    k.write(base, b"x" * 10000)
    assert k.sys("brk", base + 5) == base + 5
    assert k.sys("brk", base + 10000) == base + 10000
    assert k.read(base, 10000) == b"x" * 5 + bytes(9995)
    assert k.sys("brk", base - 1) == base + 10000
    assert k.sys("brk", 0xFFFFFFFF) == base + 10000


# --- time ---


def clock(k, number):
    room = k.room(16)
    assert k.sys("clock_gettime64", number, room) == 0
    seconds, nanoseconds, pad = struct.unpack("<qii", k.read(room, 16))
    assert 0 <= nanoseconds < 10**9 and pad == 0
    return seconds + nanoseconds / 1e9


def test_clocks(k):
    assert abs(clock(k, 0) - time.time()) < 5
    first = clock(k, 1)
    assert k.sys("clock_nanosleep_time64", 1, 0, timespec(0, 20_000_000), 0) == 0
    assert clock(k, 1) - first > 0.015
    until = clock(k, 0) + 0.02
    then = timespec(int(until), int(until % 1 * 1e9))
    assert k.sys("clock_nanosleep_time64", 0, 1, then, 0) == 0
    assert clock(k, 0) >= until - 0.001
    for number in (2, 3, 4, 5, 6, 7):
        assert clock(k, number) >= 0
    room = k.room(16)
    assert k.sys("clock_getres_time64", 1, room) == 0
    assert 0 < struct.unpack("<qi", k.read(room, 12))[1] <= 10**7
    fails("EINVAL", k.sys("clock_gettime64", 99, room))
    for number in (-6, -2, ~PID << 3 | 2):  # of the CPU: of this process, this thread, this PID
        assert clock(k, number) >= 0
    fails("EINVAL", k.sys("clock_gettime64", -5, room))
    fails("EINVAL", k.sys("clock_gettime64", ~77 << 3 | 2, room))
    fails("EFAULT", k.sys("clock_gettime64", 0, 0))
    fails("EINVAL", k.sys("clock_nanosleep_time64", 1, 0, timespec(0, 10**9), 0))
    fails("EPERM", k.sys("clock_settime64", 0, timespec(0)))


def test_an_alarm_ends_a_sleep(k):
    k.sys("rt_sigprocmask", 0, signals(14), 0, 8)
    assert k.sys("setitimer", 0, struct.pack("<4i", 0, 0, 0, 20_000), 0) == 0
    room = k.room(16)
    assert k.sys("getitimer", 0, room) == 0
    assert 0 < struct.unpack("<4i", k.read(room, 16))[3] <= 20_000
    info = k.room(128)
    assert k.sys("rt_sigtimedwait_time64", signals(14), info, 0, 8) == 14
    k.sys("rt_sigprocmask", 1, signals(14), 0, 8)
    k.sys("setitimer", 0, struct.pack("<4i", 0, 0, 0, 1_000), 0)
    with pytest.raises(Exit) as end:
        k.sys("clock_nanosleep_time64", 1, 0, timespec(10), 0)
    assert end.value.status == 128 + 14


# --- the process ---


@pytest.mark.parametrize("status", [0, 3, 200, 255, 256])
def test_exit(k, status):
    with pytest.raises(Exit) as end:
        k.sys("exit_group", status)
    assert end.value.status == status & 255


def test_identity(k):
    assert k.sys("getpid") == k.sys("gettid") == k.sys("set_tid_address", 0) == PID
    assert k.sys("getuid") == k.sys("getegid") == 1000
    room = k.room(12)
    assert k.sys("getresuid", room, room + 4, room + 8) == 0
    assert k.read(room, 12) == struct.pack("<3I", 1000, 1000, 1000)
    assert k.sys("setuid", 1000) == 0
    fails("EPERM", k.sys("setuid", 0))
    assert k.sys("umask", 0o77) == 0o22 and k.sys("umask", 0) == 0o77
    room = k.room(390)
    assert k.sys("uname", room) == 0
    assert k.string(room) == b"Linux" and k.string(room + 4 * 65) == b"wasm32"


def test_limits(k):
    room = k.room(16)
    assert k.sys("prlimit64", 0, 7, 0, room) == 0
    assert struct.unpack("<QQ", k.read(room, 16)) == (1024, 1024)
    assert k.sys("prlimit64", 0, 3, 0, room) == 0
    assert struct.unpack("<QQ", k.read(room, 16)) == (1 << 23, 1 << 23)
    fails("EINVAL", k.sys("prlimit64", 0, 99, 0, room))
    fails("ESRCH", k.sys("prlimit64", 1234, 7, 0, room))
    room = k.room(128)
    assert k.sys("sched_getaffinity", 0, 128, room) == 4 and k.read(room, 4) == b"\1\0\0\0"


def test_random(k):
    room = k.room(64)
    assert k.sys("getrandom", room, 64, 0) == 64
    first = k.read(room, 64)
    assert k.sys("getrandom", room, 64, 1) == 64 and k.read(room, 64) != first
    fails("EINVAL", k.sys("getrandom", room, 64, 8))


@pytest.mark.parametrize("sig", [1, 6, 9, 15, 64])
def test_a_signal_without_a_handler_ends_the_process(k, sig):
    with pytest.raises(Exit) as end:
        k.sys("tkill", PID, sig)
    assert end.value.status == 128 + sig


def test_ignored_and_blocked_signals(k):
    for sig in (17, 18, 23, 28):
        assert k.sys("kill", PID, sig) == 0
    assert k.sys("rt_sigaction", 15, action(1), 0, 8) == 0
    assert k.sys("tgkill", PID, PID, 15) == 0
    old = k.room(8)
    assert k.sys("rt_sigprocmask", 0, signals(10, 9), old, 8) == 0
    assert k.sys("kill", 0, 10) == 0
    assert k.sys("rt_sigpending", old, 8) == 0 and k.read(old, 8) == signals(10)
    assert k.sys("rt_sigprocmask", 0, 0, old, 8) == 0 and k.read(old, 8) == signals(10)
    info = k.room(128)
    assert k.sys("rt_sigtimedwait_time64", signals(10), info, timespec(0), 8) == 10
    assert struct.unpack("<5i", k.read(info, 20)) == (10, 0, 0, PID, 1000)
    fails("EAGAIN", k.sys("rt_sigtimedwait_time64", signals(10), info, timespec(0), 8))
    k.sys("kill", PID, 10)
    with pytest.raises(Exit):
        k.sys("rt_sigprocmask", 1, signals(10), 0, 8)


def test_signal_errors(k):
    fails("EINVAL", k.sys("kill", PID, 65))
    fails("EINVAL", k.sys("kill", PID, -1))
    fails("ESRCH", k.sys("kill", 1234, 9))
    assert k.sys("kill", PID, 0) == 0
    fails("EINVAL", k.sys("rt_sigaction", 9, action(1), 0, 8))
    fails("EINVAL", k.sys("rt_sigaction", 10, action(1), 0, 4))
    fails("EINVAL", k.sys("rt_sigprocmask", 3, signals(1), 0, 8))


def test_a_wait_for_ever_ends_the_process(k, tmp_path):
    word = k.put(struct.pack("<i", 5))
    fails("EAGAIN", k.sys("futex_time64", word, 0, 4, 0, 0, 0))
    fails("ETIMEDOUT", k.sys("futex_time64", word, 0, 5, timespec(0, 1000), 0, 0))
    assert k.sys("futex_time64", word, 1, 1, 0, 0, 0) == 0
    with pytest.raises(Exit) as end:
        k.sys("futex_time64", word, 128, 5, 0, 0, 0)
    assert end.value.status == 137
    assert b"waits" in (tmp_path / "stderr").read_bytes()


# --- what is wrong with the arguments ---


def bad_pointers(k):
    """Null, unmapped, the kernel's own data, and what runs out of the address space."""
    own = 1 << 23
    freed = mapped(k, GRANULE)
    k.sys("munmap", freed, GRANULE)
    return [0, 8, GRANULE - 1, own, own + 70000, freed, k.size(), WILD, 0x7FFFFFF0 * 2]


def test_bad_pointers_are_efault(k):
    fd = opened(k, "f", O_RDWR | O_CREAT)
    k.sys("write", fd, b"12345678", 8)
    for bad in bad_pointers(k):
        seek(k, fd, 0)
        for call in (("read", fd, bad, 8), ("write", fd, bad, 8), ("readv", fd, bad, 1),
                     ("openat", AT_FDCWD, bad, 0, 0), ("statx", AT_FDCWD, "f", 0, 0x7FF, bad),
                     ("getcwd", bad, 100), ("pipe2", bad, 0), ("uname", bad),
                     ("clock_gettime64", 0, bad), ("getrandom", bad, 8, 0),
                     ("_llseek", fd, 0, 0, bad, 0), ("rt_sigpending", bad, 8),
                     ("getresuid", bad, bad, bad), ("sysinfo", bad),
                     ("mkdirat", AT_FDCWD, bad, 0)):  # fmt: skip
            assert (call, k.sys(*call)) == (call, -errno.EFAULT)


def test_bad_descriptors_are_ebadf(k):
    room = k.room(64)
    for bad in (-1, 3, 1023, 1024, 1 << 30, -(1 << 31)):
        for call in (("read", bad, room, 8), ("write", bad, room, 8), ("close", bad),
                     ("dup", bad), ("fcntl64", bad, 3, 0), ("ioctl", bad, 0, 0),
                     ("fsync", bad), ("getdents64", bad, room, 64), ("fchdir", bad),
                     ("_llseek", bad, 0, 0, room, 0), ("ftruncate64", bad, 0, 0)):  # fmt: skip
            assert (call, k.sys(*call)) == (call, -errno.EBADF)


def test_the_rest_is_enosys(k):
    for row in TABLE.syscalls:
        if row.state == "ENOSYS":
            fails("ENOSYS", k.sys(row.name, 0, 0, 0, 0, 0, 0))
    for number in (-1, 4, 9999, 1 << 30):
        fails("ENOSYS", k.number(number))
    assert NUMBERS["read"] == 63


# --- other toolchains ---


FETCHED = {path.name for path in ROOT.glob("out/pinned/llvm-*")}
LKGR = pins.load_lkgr(ROOT).releases["llvm"].name


@pytest.mark.parametrize("llvm", sorted(FETCHED | {LKGR}))
def test_each_fetched_llvm_compiles_it(llvm, tmp_path, folder):
    top = tree("llvm") if llvm == LKGR else ROOT / "out/pinned" / llvm
    for name in ("stdin", "stdout", "stderr"):
        (tmp_path / name).touch()
    import_wasmtime()
    wasm = compile_kernel(tmp_path, top / "ziglang/zig")
    k = HOSTS["wasmtime"](wasm, tmp_path, dirs={"/home": folder})
    with contextlib.closing(k):
        assert k.sys("write", opened(k, "f", O_CREAT | O_WRONLY), b"1", 1) == 1
    assert (folder / "f").read_bytes() == b"1"
