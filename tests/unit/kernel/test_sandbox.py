"""Ways out of a preopened directory, in each host: what fails, and node's one that does not.

wasmtime resolves every path beneath its directory, link by link. node's WASI (uvwasi) resolves
`..` by name and refuses a link at the end of a path, but lets the system follow a link to a
directory on the way: a link that somebody outside made, and that leads outside, is a way out
(README, muslfall run --help). It lets the guest make none such itself.
"""

import errno
import os
import threading
import time

import pytest
from kit.kernel_hosts import HOSTS

AT_FDCWD = -100
O_DIRECTORY, O_CREAT, O_WRONLY = 0o200000, 0o100, 1
DENIED = {"wasmtime": -errno.EPERM, "node": -errno.EACCES}
SECONDS = 2


@pytest.fixture
def outside(tmp_path):
    """A folder beside the preopened one, with a secret in it."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret").write_text("secret")
    return folder


@pytest.fixture
def work(tmp_path, outside):
    """The folder that is preopened as /home, with links out of it that its owner made."""
    folder = tmp_path / "work"
    (folder / "d").mkdir(parents=True)
    for name, target in (
        ("relative", "../outside"),
        ("absolute", outside),
        ("file", "../outside/secret"),
        ("new", "../outside/new"),
    ):
        (folder / name).symlink_to(target)
    return folder


def started(host, wasm, tmp_path, work):
    for name in ("stdin", "stdout", "stderr"):
        (tmp_path / name).write_bytes(b"")
    kernel = HOSTS[host](wasm, tmp_path, dirs={"/home": work})
    kernel.denied = DENIED[host]
    return kernel


@pytest.fixture(params=sorted(HOSTS))
def k(request, wasm, tmp_path, work):
    kernel = started(request.param, wasm, tmp_path, work)
    yield kernel
    kernel.close()


@pytest.fixture
def wasmtime(wasm, tmp_path, work):
    kernel = started("wasmtime", wasm, tmp_path, work)
    yield kernel
    kernel.close()


@pytest.fixture
def node(wasm, tmp_path, work):
    kernel = started("node", wasm, tmp_path, work)
    yield kernel
    kernel.close()


def opened(k, path, flags=0, at=AT_FDCWD):
    return k.sys("openat", at, path, flags, 0o644)


def test_names_lead_nowhere(k, outside):
    inner = opened(k, "d", O_DIRECTORY)
    for path in (
        "../outside/secret",
        "/home/../outside/secret",
        "/../outside/secret",
        "d/../../outside/secret",
        "./.././outside//secret",
        str(outside / "secret"),
        f"//{outside}/secret",
        "/proc/self/root/etc/passwd",
        "/proc/1/root",
        "/dev/fd/3/../secret",
        "nothing/../../outside/secret",
    ):
        assert opened(k, path) == -errno.ENOENT
        assert opened(k, path, at=inner) == -errno.ENOENT
    for path in ("../made", "/made", "/home/../made", str(outside / "made")):
        assert opened(k, path, O_CREAT | O_WRONLY) < 0
        assert k.sys("mkdirat", AT_FDCWD, path, 0o755) < 0
        assert k.sys("renameat2", AT_FDCWD, "d", AT_FDCWD, path, 0) < 0
        assert k.sys("symlinkat", "x", AT_FDCWD, path) < 0
    assert k.sys("chdir", "../outside") < 0
    assert os.listdir(outside) == ["secret"]


def test_the_hosts_descriptors_are_not_the_guests(k):
    room = k.room(64)
    for fd in range(3, 20):
        assert k.sys("read", fd, room, 8) == -errno.EBADF
        assert opened(k, "secret", at=fd) == -errno.EBADF


def test_a_link_to_a_file_is_not_followed_out(k, outside):
    for flags in (0, O_WRONLY, O_CREAT | O_WRONLY):
        assert opened(k, "file", flags) == k.denied
    assert opened(k, "new", O_CREAT | O_WRONLY) == k.denied
    assert k.sys("truncate64", "file", 0, 0) == k.denied
    assert (outside / "secret").read_text() == "secret" and os.listdir(outside) == ["secret"]
    assert opened(k, "relative", O_DIRECTORY) == opened(k, "absolute", O_DIRECTORY) == k.denied
    assert k.sys("chdir", "relative") == k.denied


def test_a_guest_makes_no_link_out(k, work, outside):
    assert k.sys("mkdirat", AT_FDCWD, "a", 0o755) == k.sys("mkdirat", AT_FDCWD, "a/b", 0o755) == 0
    assert k.sys("symlinkat", str(outside), AT_FDCWD, "l1") == -errno.EPERM
    for number, (target, path) in enumerate(
        (("../outside", "l2"), ("..", "a/l3"), ("../..", "a/b/l4"), ("d/../..", "a/l5"))
    ):
        if k.sys("symlinkat", target, AT_FDCWD, path) == 0:
            assert k.sys("renameat2", AT_FDCWD, path, AT_FDCWD, f"moved{number}", 0) == 0
        for rest in ("/secret", "/outside/secret", "/../outside/secret", "/home/../outside/secret"):
            assert opened(k, f"moved{number}{rest}") in (-errno.EPERM, -errno.ENOENT)
        assert opened(k, f"moved{number}", O_DIRECTORY) in (-errno.EPERM, -errno.ENOENT)


CHANGES = [
    ("openat", AT_FDCWD, "{}/secret", 0, 0),
    ("openat", AT_FDCWD, "{}/made", O_CREAT | O_WRONLY, 0o644),
    ("mkdirat", AT_FDCWD, "{}/made", 0o755),
    ("unlinkat", AT_FDCWD, "{}/secret", 0),
    ("renameat2", AT_FDCWD, "d", AT_FDCWD, "{}/d", 0),
    ("renameat2", AT_FDCWD, "{}/secret", AT_FDCWD, "stolen", 0),
    ("linkat", AT_FDCWD, "{}/secret", AT_FDCWD, "stolen", 0),
    ("symlinkat", "x", AT_FDCWD, "{}/made"),
    ("readlinkat", AT_FDCWD, "{}/secret", 4096, 10),
    ("utimensat_time64", AT_FDCWD, "{}/secret", 0, 0),
    ("faccessat", AT_FDCWD, "{}/secret", 0),
    ("chdir", "{}/."),
]


@pytest.mark.parametrize("link", ["relative", "absolute"])
@pytest.mark.parametrize("call", CHANGES, ids=lambda call: call[0])
def test_wasmtime_follows_no_link_out(wasmtime, outside, link, call):
    name, *args = call
    words = [word.format(link) if isinstance(word, str) else word for word in args]
    assert wasmtime.sys(name, *words) == -errno.EPERM
    assert os.listdir(outside) == ["secret"]


@pytest.mark.parametrize("link", ["relative", "absolute"])
def test_node_follows_a_directorys_link_out(node, link):
    """What is so, and said where the user sees it; if this fails, node got better: say that."""
    assert opened(node, f"{link}/secret") >= 0
    assert opened(node, f"{link}/../outside/secret") == -errno.ENOENT


class Swapped:
    """While it lasts, a thread makes path by turns a directory and a link to another one."""

    def __init__(self, path, outside):
        self.path, self.outside, self.ended = path, outside, threading.Event()
        self.thread = threading.Thread(target=self.swap)
        self.count = 0

    def swap(self):
        real, link = self.path.with_name("real"), self.path.with_name("link")
        link.symlink_to(self.outside)
        while not self.ended.is_set():
            for away, here in ((real, link), (link, real)):
                self.path.rename(away)
                here.rename(self.path)
                self.count += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()


def test_wasmtime_loses_no_race(wasmtime, work, outside):
    (work / "d/secret").write_text("inside")
    end, seen, room = time.monotonic() + SECONDS, set(), wasmtime.room(10)
    with Swapped(work / "d", outside) as swapped:
        while time.monotonic() < end:
            fd = opened(wasmtime, "d/secret")
            seen.add(fd if fd < 0 else wasmtime.read(room, wasmtime.sys("read", fd, room, 10)))
            made = opened(wasmtime, "d/made", O_CREAT | O_WRONLY)
            for number in (fd, made):
                if number >= 0:
                    wasmtime.sys("close", number)
    assert swapped.count > 100
    assert os.listdir(outside) == ["secret"]
    assert b"inside" in seen and -errno.EPERM in seen
    assert seen <= {b"inside", -errno.EPERM, -errno.ENOENT}
