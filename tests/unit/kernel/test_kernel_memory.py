"""The memory manager: mmap and kin, brk, growth, and out of memory."""

import pytest
from kit.kernel_calls import (
    ANONYMOUS,
    AT_FDCWD,
    FIXED,
    GRANULE,
    O_CREAT,
    O_RDWR,
    PRIVATE,
    SHARED,
    contents,
    fails,
    mapped,
    mmap,
    opened,
    seek,
)


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
    fails("EACCES", mmap(k, 50, SHARED, fd=fd))
    fails("EBADF", mmap(k, 50, PRIVATE, fd=77))
    fails("EINVAL", mmap(k, 0))
    fails("EINVAL", mmap(k, 50, ANONYMOUS))


def test_a_file_in_memory_is_mapped_where_it_lies(k):
    fd = opened(k, "/tmp/f", O_RDWR | O_CREAT)
    k.sys("ftruncate64", fd, 2 * GRANULE, 0)
    at = mapped(k, 2 * GRANULE, flags=SHARED, fd=fd)
    k.write(at, b"mapped")
    assert contents(k, fd, 6) == b"mapped"
    assert mapped(k, GRANULE, flags=SHARED, fd=fd, page=1) == at + GRANULE
    assert k.sys("munmap", at, 2 * GRANULE) == 0
    fails("EFAULT", k.sys("getrandom", at, 8, 0))
    assert k.sys("getrandom", at + GRANULE, 8, 0) == 8  # still mapped once
    fails("ENOMEM", mmap(k, GRANULE, SHARED | FIXED, at, fd))
    fails("ENOMEM", mmap(k, GRANULE, PRIVATE | ANONYMOUS | FIXED, at + GRANULE))
    fails("ENOMEM", k.sys("mremap", at + GRANULE, GRANULE, 2 * GRANULE, 1, 0))
    assert k.sys("madvise", at + GRANULE, GRANULE, 4) == 0
    assert k.sys("munmap", at + GRANULE, GRANULE) == 0
    fails("EFAULT", k.sys("getrandom", at + GRANULE, 8, 0))


def test_a_mapped_file_does_not_move_and_is_given_back(k):
    fd = opened(k, "/tmp/f", O_RDWR | O_CREAT)
    at = mapped(k, GRANULE, flags=SHARED, fd=fd)
    while mapped(k, GRANULE) != at + GRANULE:  # until something lies right behind it
        pass
    fails("ENOSPC", k.sys("ftruncate64", fd, 64 * GRANULE, 0))
    k.write(at, b"here")
    assert k.sys("unlinkat", AT_FDCWD, "/tmp/f", 0) == 0
    assert k.sys("close", fd) == 0
    assert k.read(at, 4) == b"here"
    assert k.sys("munmap", at, GRANULE) == 0
    assert any(mapped(k, GRANULE) == at for _ in range(8))


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
