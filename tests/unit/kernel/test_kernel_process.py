"""The process: exit, identity, limits and signals to itself."""

import struct

import pytest
from kit.kernel_calls import PID, action, fails, signals, timespec
from kit.kernel_hosts import Exit


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
