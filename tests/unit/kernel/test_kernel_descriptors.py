"""Descriptors: dup, fcntl, pipes, poll and select."""

import errno
import os
import struct
import time
from pathlib import Path

import pytest
from kit.kernel_calls import (
    AT_FDCWD,
    O_APPEND,
    O_CLOEXEC,
    O_CREAT,
    O_RDWR,
    action,
    contents,
    fails,
    opened,
    seek,
    timespec,
)
from kit.kernel_hosts import Exit


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


def test_a_terminal_that_is_opened_by_its_name(start):
    """node tells a terminal by its rights; wasmtime gives all that is opened all rights."""
    master, slave = os.openpty()
    try:
        k = start(dirs={"/pts": Path(os.ttyname(slave)).parent})
        fd = opened(k, "/pts/" + Path(os.ttyname(slave)).name, O_RDWR)
        for _ in range(2):
            result = k.sys("ioctl", fd, 0x5413, k.room(8))
            assert result == (0 if type(k).__name__ == "NodeKernel" else -errno.ENOTTY)
    finally:
        os.close(master)
        os.close(slave)
