"""Files in memory: /tmp and /dev/shm where no folder gives them, and memfd."""

import struct

from kit.kernel_calls import (
    AT_FDCWD,
    GRANULE,
    O_CREAT,
    O_NOFOLLOW,
    O_RDONLY,
    O_RDWR,
    O_WRONLY,
    PRIVATE,
    WILD,
    contents,
    fails,
    getcwd,
    listing,
    mapped,
    mode,
    opened,
    seek,
    statx,
)


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
    (folder / "tmp").mkdir()
    k = start(dirs={"/": folder})
    opened(k, "/tmp/f", O_RDWR | O_CREAT)
    assert (folder / "tmp/f").exists()
    k = start(dirs={"/tmp/deep": folder})
    opened(k, "/tmp/f", O_RDWR | O_CREAT)
    assert [name for name, _, _ in listing(k, opened(k, "/tmp"))] == [".", "..", "f", "deep"]
    assert [name for name, _, _ in listing(k, opened(k, "/tmp/deep"))][2:] == ["f", "tmp"]


def test_a_preopened_root_without_them_hides_nothing(start, folder):
    for dirs in ({"/": folder}, {".": folder}):
        k = start(dirs=dirs)
        for path in ("/tmp/f", "/dev/shm/f", "tmp/g", "dev/shm/../shm/g"):
            opened(k, path, O_RDWR | O_CREAT)
        root = opened(k, "/")
        opened(k, "tmp/f", O_RDWR, at=root)
        opened(k, "/dev/null", O_RDWR)
        assert list(folder.iterdir()) == []


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
    for target, link in (
        ("d", "/tmp/a"),
        ("../f", "/tmp/d/up"),
        ("/home/there", "/tmp/host"),
        ("loop", "/tmp/loop"),
        ("../home", "/tmp/out"),
        ("/tmp/d/", "/tmp/s"),
    ):
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
