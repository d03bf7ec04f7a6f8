"""Clocks and alarms."""

import struct
import time

import pytest
from kit.kernel_calls import PID, fails, signals, timespec
from kit.kernel_hosts import Exit


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
