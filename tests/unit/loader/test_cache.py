"""The cache of compiled modules: what it refuses, what it forgets, and that it never fails."""

import io
import os
import time

import pytest

from muslfall.loader import cache as compiled
from muslfall.loader.cache import BLOCK, Cache, make_key, whole, wrap

KEY = make_key(b"module", "engine")
CODE = b"machine code" * 10


def unwrap(key: str, content: bytes) -> bytes | None:
    """What is in a file, if it is whole."""
    size = whole(key, io.BytesIO(content))
    return None if size is None else content[:size]


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "store" / "compiled")


def names(cache: Cache) -> list[str]:
    return sorted(path.name for path in cache.folder.iterdir())


def test_what_was_kept_comes_back(cache):
    assert cache.read(KEY) is None
    cache.write(KEY, CODE)
    assert cache.read(KEY) == CODE
    assert names(cache) == [KEY]


def test_a_key_is_of_module_and_engine():
    keys = {make_key(b"a", "1"), make_key(b"b", "1"), make_key(b"a", "2")}
    assert len(keys) == 3
    assert all(len(key) == 64 for key in keys)


def test_a_file_cut_anywhere_is_not_whole():
    content = wrap(KEY, CODE)
    assert unwrap(KEY, content) == CODE
    assert all(unwrap(KEY, content[:size]) is None for size in range(len(content)))
    assert unwrap(KEY, content + b"\0") is None


@pytest.mark.parametrize("size", [0, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])
def test_whatever_the_size(size):
    assert unwrap(KEY, wrap(KEY, bytes(size))) == bytes(size)
    assert unwrap(KEY, wrap(KEY, bytes(size))[1:]) is None


def test_the_path_is_of_the_file_that_was_checked(cache):
    cache.write(KEY, CODE)
    with cache.open(KEY) as kept:
        cache.write(KEY, b"another")
        with open(kept.path(), "rb") as same:
            assert same.read() == wrap(KEY, CODE)
        assert kept.read() == CODE
    assert cache.read(KEY) == b"another"


def test_a_file_changed_anywhere_is_not_whole():
    content = wrap(KEY, CODE)
    for at in range(len(content)):
        changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        assert unwrap(KEY, changed) is None


def test_a_damaged_file_is_removed(cache):
    cache.write(KEY, CODE)
    (cache.folder / KEY).write_bytes(wrap(KEY, CODE)[:-1])
    assert cache.read(KEY) is None
    assert names(cache) == []


def test_a_file_of_another_key_does_not_count(cache):
    other = make_key(b"other", "engine")
    cache.write(other, CODE)
    (cache.folder / other).rename(cache.folder / KEY)
    assert cache.read(KEY) is None


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_does_not_count(cache, mode):
    cache.write(KEY, CODE)
    (cache.folder / KEY).chmod(mode)
    assert cache.read(KEY) is None


def test_a_file_of_somebody_else_does_not_count(cache, monkeypatch):
    cache.write(KEY, CODE)
    me = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    assert cache.read(KEY) is None


def test_nobody_else_can_write_what_is_kept(cache):
    cache.write(KEY, CODE)
    assert cache.folder.stat().st_mode & 0o777 == 0o700
    assert (cache.folder / KEY).stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    cache = Cache(tmp_path / "file" / "compiled")
    cache.write(KEY, CODE)
    assert cache.read(KEY) is None


def test_a_disk_that_is_full_leaves_nothing(cache, monkeypatch):
    cache.write(KEY, CODE)

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(compiled.Path, "replace", full)
    cache.write(make_key(b"b", "engine"), CODE)
    assert names(cache) == [KEY]


def test_the_least_recently_used_goes(cache):
    cache.limit = 3 * len(wrap(KEY, CODE))
    keys = [make_key(bytes([i]), "") for i in range(4)]
    for age, key in enumerate(keys[:3]):
        cache.write(key, CODE)
        os.utime(cache.folder / key, (0, 1000 - age))
    assert cache.read(keys[2]) == CODE  # the oldest, but now it was used
    cache.write(keys[3], CODE)
    assert names(cache) == sorted([keys[0], keys[2], keys[3]])


def test_there_are_not_too_many(cache, monkeypatch):
    monkeypatch.setattr(compiled, "MOST", 2)
    keys = [make_key(bytes([i]), "") for i in range(3)]
    for age, key in enumerate(keys):
        cache.write(key, CODE)
        os.utime(cache.folder / key, (0, 1000 - age))
    assert names(cache) == sorted([keys[0], keys[2]])  # the second was older than the first


def test_what_is_larger_than_the_limit_is_not_kept(cache):
    cache.write(KEY, CODE)
    cache.limit = len(CODE)
    cache.write(make_key(b"b", ""), CODE)
    assert names(cache) == [KEY]


def test_what_a_killed_process_left_goes_after_a_while(cache):
    cache.write(KEY, CODE)
    old, new = (cache.folder / f"{KEY}.{name}" for name in ("old", "new"))
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (0, time.time() - 2 * compiled.ABANDONED))
    cache.write(KEY, CODE)
    assert names(cache) == [KEY, new.name]
