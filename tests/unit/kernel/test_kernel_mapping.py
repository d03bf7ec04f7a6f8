"""Shared mappings of the host's files: what is stored there goes to the file, and back."""

import struct

import pytest
from kit.kernel_calls import (
    ANONYMOUS,
    FIXED,
    GRANULE,
    O_APPEND,
    O_RDONLY,
    O_RDWR,
    O_WRONLY,
    PRIVATE,
    SHARED,
    fails,
    mapped,
    mmap,
    opened,
)
from kit.kernel_hosts import Exit

MAYMOVE = 1
READ, WRITE = 1, 2


@pytest.fixture
def file(folder):
    """A file of two granules and a half."""
    path = folder / "f"
    path.write_bytes(b"a" * GRANULE + b"b" * GRANULE + b"c" * (GRANULE // 2))
    return path


def share(k, fd, size=3 * GRANULE, page=0, prot=READ | WRITE, **options):
    return mapped(k, size, flags=SHARED, fd=fd, page=page, prot=prot, **options)


def pread(k, fd, size, offset):
    room = k.room(size)
    count = k.sys("pread64", fd, room, size, offset, 0)
    return k.read(room, count)


def pwrite(k, fd, data, offset):
    room = k.room(len(data))
    k.write(room, data)
    assert k.sys("pwrite64", fd, room, len(data), offset, 0) == len(data)


def test_a_store_is_read_back_and_outlives_the_mapping(k, file):
    fd = opened(k, "f", O_RDWR)
    at = share(k, fd)
    assert k.read(at + GRANULE - 1, 2) == b"ab"
    k.write(at + 10, b"stored")
    assert pread(k, fd, 8, 9) == b"astoreda"
    k.write(at + 2 * GRANULE, b"there")
    assert k.sys("close", fd) == 0
    assert k.sys("munmap", at, 3 * GRANULE) == 0
    data = file.read_bytes()
    assert (data[10:16], data[2 * GRANULE :][:6], len(data)) == (b"stored", b"therec", 10240)


def test_past_the_end_nothing_is_stored(k, file):
    at = share(k, opened(k, "f", O_RDWR))
    assert k.read(at + 10240, 10) == bytes(10)
    k.write(at + 10238, b"over")
    assert k.sys("munmap", at, 3 * GRANULE) == 0
    assert file.read_bytes()[-3:] == b"cov" and file.stat().st_size == 10240


@pytest.mark.parametrize("prot", [READ, READ | WRITE])
def test_what_is_written_is_in_the_mapping(k, file, prot):
    fd = opened(k, "f", O_RDWR)
    at = share(k, fd, prot=prot)
    other = opened(k, "f", O_WRONLY)
    pwrite(k, other, b"written", GRANULE - 3)
    assert k.read(at + GRANULE - 4, 9) == b"awrittenb"
    room = k.room(3)
    k.write(room, b"seq")
    assert k.sys("write", fd, room, 3) == 3
    assert k.read(at, 4) == b"seqa"
    appending = opened(k, "f", O_WRONLY | O_APPEND)
    assert k.sys("write", appending, room, 3) == 3
    assert k.read(at + 10239, 5) == b"cseq\0"


def test_a_write_beside_a_store_keeps_both(k, file):
    fd = opened(k, "f", O_RDWR)
    at = share(k, fd)
    k.write(at, b"stored")
    pwrite(k, fd, b"written", 3)
    assert k.read(at, 11) == b"stowrittena"
    assert file.read_bytes()[:11] == b"stowrittena"


@pytest.mark.parametrize("sync", ["msync", "fsync", "fdatasync"])
def test_synchronised(k, file, sync):
    fd = opened(k, "f", O_RDWR)
    at = share(k, fd)
    k.write(at + 5, b"now")
    arguments = (at, 3 * GRANULE, 4) if sync == "msync" else (fd,)
    assert k.sys(sync, *arguments) == 0
    assert file.read_bytes()[4:9] == b"anowa"


def test_stored_at_the_end(k, file):
    at = share(k, opened(k, "f", O_RDWR))
    k.write(at, b"last")
    with pytest.raises(Exit):
        k.sys("exit_group", 0)
    assert file.read_bytes()[:5] == b"lasta"


def test_cut_and_made_longer(k, file):
    fd = opened(k, "f", O_RDWR)
    at = share(k, fd)
    k.write(at + 50, b"kept")
    assert k.sys("ftruncate64", fd, 100, 0) == 0
    assert k.read(at + 50, 4) == b"kept" and k.read(at + 99, 3) == b"a\0\0"
    assert k.sys("ftruncate64", fd, 200, 0) == 0
    k.write(at + 150, b"new")
    assert k.sys("munmap", at, 3 * GRANULE) == 0
    data = (b"a" * 50 + b"kept" + b"a" * 46).ljust(150, b"\0") + b"new"
    assert file.read_bytes() == data.ljust(200, b"\0")


def test_from_an_offset(k, file):
    fd = opened(k, "f", O_RDWR)
    at = share(k, fd, GRANULE, page=1)
    assert k.read(at, 1) == b"b"
    k.write(at, b"X")
    pwrite(k, fd, b"YYYY", 2 * GRANULE - 2)
    assert k.read(at + GRANULE - 3, 3) == b"bYY"
    assert pread(k, fd, 2, GRANULE - 1) == b"aX"


def test_parts_are_unmapped(k, file):
    fd = opened(k, "f", O_RDWR)
    at = share(k, fd)
    for page in range(3):
        k.write(at + page * GRANULE, b"%d" % page)
    assert k.sys("munmap", at + GRANULE, GRANULE) == 0
    assert file.read_bytes()[GRANULE : GRANULE + 2] == b"1b"
    for page in (0, 2):
        k.write(at + page * GRANULE + 1, b"!")
    assert pread(k, fd, 3, 0) == b"0!a"
    assert k.sys("munmap", at, 3 * GRANULE) == 0
    data = file.read_bytes()
    assert (data[:3], data[2 * GRANULE :][:3]) == (b"0!a", b"2!c")


def test_mapped_over(k, file):
    at = share(k, opened(k, "f", O_RDWR))
    k.write(at + GRANULE, b"before")
    assert mmap(k, GRANULE, PRIVATE | ANONYMOUS | FIXED, at=at + GRANULE) == at + GRANULE
    k.write(at + GRANULE, b"after!")
    assert k.sys("munmap", at, 3 * GRANULE) == 0
    assert file.read_bytes()[GRANULE : GRANULE + 7] == b"beforeb"


@pytest.mark.parametrize("prot", [READ, READ | WRITE])
@pytest.mark.parametrize("blocked", [False, True])
def test_made_longer(k, file, prot, blocked):
    fd = opened(k, "f", O_RDWR)
    at = share(k, fd, GRANULE, prot=prot)
    if blocked:
        mapped(k, GRANULE)
        fails("ENOMEM", k.sys("mremap", at, GRANULE, 3 * GRANULE, 0, 0))
    k.write(at, b"old")
    new = k.sys("mremap", at, GRANULE, 3 * GRANULE, MAYMOVE, 0)
    assert new != at or not blocked
    assert k.read(new, 4) == b"olda" and k.read(new + 2 * GRANULE, 1) == b"c"
    pwrite(k, fd, b"new", GRANULE)
    assert k.read(new + GRANULE, 4) == b"newb"
    fails("EFAULT", k.sys("mremap", new, GRANULE, 3 * GRANULE, MAYMOVE, 0))
    assert k.sys("mremap", new, 3 * GRANULE, GRANULE, 0, 0) == new
    k.write(new + 4, b"left")
    pwrite(k, fd, b"!", 9)
    assert file.read_bytes()[:11] == (b"oldalefta!a" if prot & WRITE else b"aaaaaaaaa!a")


def test_protected_later(k, file):
    fd = opened(k, "f", O_RDWR)
    at = share(k, fd, prot=READ)
    assert k.sys("mprotect", at, 3 * GRANULE, READ | WRITE) == 0
    k.write(at, b"may")
    assert pread(k, fd, 4, 0) == b"maya"
    reading = share(k, opened(k, "f", O_RDONLY), GRANULE, page=8, prot=READ)
    fails("EACCES", k.sys("mprotect", reading, GRANULE, READ | WRITE))


def test_a_private_mapping_stores_nothing(k, file):
    at = mapped(k, GRANULE, flags=PRIVATE, fd=opened(k, "f", O_RDWR))
    k.write(at, b"private")
    assert k.sys("munmap", at, GRANULE) == 0
    assert file.read_bytes()[:1] == b"a"


def test_a_second_mapping_is_the_same_memory(k, file):
    fd = opened(k, "f", O_RDWR)
    one = share(k, fd, 2 * GRANULE, prot=READ)
    assert share(k, fd, 2 * GRANULE) == one
    assert share(k, fd, GRANULE, page=1) == one + GRANULE
    assert share(k, fd, 3 * GRANULE) not in (one, one + GRANULE)
    k.write(one, b"here")
    assert pread(k, fd, 4, 0) == b"here"
    for _ in range(2):
        assert k.read(one, 4) == b"here"
        assert k.sys("munmap", one, 2 * GRANULE) == 0


def test_rights(k, file):
    fails("EACCES", mmap(k, GRANULE, SHARED, fd=opened(k, "f", O_RDONLY)))
    fails("EACCES", mmap(k, GRANULE, SHARED, fd=opened(k, "f", O_WRONLY), prot=READ))
    fails("ENODEV", mmap(k, GRANULE, SHARED, fd=opened(k, "f", O_RDWR | O_APPEND)))


def test_many(k, file):
    fd = opened(k, "f", O_RDWR)
    places = [share(k, fd, GRANULE, page=page) for page in range(64)]
    fails("ENOMEM", mmap(k, GRANULE, SHARED, fd=fd, page=99))
    for place in places:
        assert k.sys("munmap", place, GRANULE) == 0
    at = share(k, fd)
    k.write(at, struct.pack("<I", 7))
    assert pread(k, fd, 4, 0) == b"\7\0\0\0"


def test_advice_forgets_nothing(k, file):
    fd = opened(k, "f", O_RDWR)
    at = share(k, fd)
    k.write(at, b"kept")
    assert k.sys("madvise", at, 3 * GRANULE, 4) == 0
    assert k.read(at, 5) == b"kepta"
