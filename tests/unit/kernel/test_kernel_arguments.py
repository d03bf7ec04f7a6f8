"""What is wrong with the arguments: EFAULT, EBADF, ENOSYS."""

import errno

from kit.kernel_calls import AT_FDCWD, GRANULE, O_CREAT, O_RDWR, WILD, fails, mapped, opened, seek
from kit.kernel_hosts import NUMBERS, TABLE


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
        for call in (
            ("read", fd, bad, 8),
            ("write", fd, bad, 8),
            ("readv", fd, bad, 1),
            ("openat", AT_FDCWD, bad, 0, 0),
            ("statx", AT_FDCWD, "f", 0, 0x7FF, bad),
            ("getcwd", bad, 100),
            ("pipe2", bad, 0),
            ("uname", bad),
            ("clock_gettime64", 0, bad),
            ("getrandom", bad, 8, 0),
            ("_llseek", fd, 0, 0, bad, 0),
            ("rt_sigpending", bad, 8),
            ("getresuid", bad, bad, bad),
            ("sysinfo", bad),
            ("mkdirat", AT_FDCWD, bad, 0),
        ):
            assert (call, k.sys(*call)) == (call, -errno.EFAULT)


def test_bad_descriptors_are_ebadf(k):
    room = k.room(64)
    for bad in (-1, 3, 1023, 1024, 1 << 30, -(1 << 31)):
        for call in (
            ("read", bad, room, 8),
            ("write", bad, room, 8),
            ("close", bad),
            ("dup", bad),
            ("fcntl64", bad, 3, 0),
            ("ioctl", bad, 0, 0),
            ("fsync", bad),
            ("getdents64", bad, room, 64),
            ("fchdir", bad),
            ("_llseek", bad, 0, 0, room, 0),
            ("ftruncate64", bad, 0, 0),
        ):
            assert (call, k.sys(*call)) == (call, -errno.EBADF)


def test_the_rest_is_enosys(k):
    for row in TABLE.syscalls:
        if row.state == "ENOSYS":
            fails("ENOSYS", k.sys(row.name, 0, 0, 0, 0, 0, 0))
    for number in (-1, 4, 9999, 1 << 30):
        fails("ENOSYS", k.number(number))
    assert NUMBERS["read"] == 63
