"""System calls as the kernel's tests make them: constants, structures, and what is asked often."""

import errno
import os
import struct

AT_FDCWD = -100
O_RDONLY, O_WRONLY, O_RDWR = 0, 1, 2
O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_NONBLOCK = 0o100, 0o200, 0o1000, 0o2000, 0o4000
O_DIRECTORY, O_NOFOLLOW, O_CLOEXEC = 0o200000, 0o400000, 0o2000000
PROT, PRIVATE, SHARED, FIXED, ANONYMOUS = 3, 2, 1, 0x10, 0x20
GRANULE = 4096
PID = 2
WILD = -16  # an address at the very end of 32 bits


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


def statx(k, path, flags=0, at=AT_FDCWD):
    room = k.room(256)
    result = k.sys("statx", at, path, flags, 0x7FF, room)
    return k.read(room, 256) if result == 0 else result


def getcwd(k):
    room = k.room(100)
    count = k.sys("getcwd", room, 100)
    return k.read(room, count - 1).decode() if count > 0 else count


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


def mode(k, path, flags=0):
    return struct.unpack_from("<H", statx(k, path, flags), 28)[0]
