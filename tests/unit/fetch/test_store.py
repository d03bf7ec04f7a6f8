"""The store: what gets in, what stays right, and what a killed process leaves."""

import hashlib
import io
import os
import threading
import time
import zipfile

import pytest

from muslfall.base.errors import MuslfallError
from muslfall.fetch import store as store_module
from muslfall.fetch.store import MismatchError, Store
from muslfall.pins.release import File, Release


def wheel_bytes(text="one"):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        file.writestr("pkg/tool", f"#!{text}")
        file.writestr("pkg/data", text)
    return data.getvalue()


def pin(data, name="pkg-1.whl", **fields):
    file = File("any", name, hashlib.sha256(data).hexdigest(), len(data))
    fields.setdefault("executables", ("pkg/tool",))
    fields.setdefault("tools", {"tool": ("pkg/tool",)})
    return Release("wabt", "1", "pip", "pkg==1", (file,), **fields), file


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def put(store, data, file):
    with store.workspace() as work:
        (work / "new").write_bytes(data)
        return store.admit(work / "new", file)


def unpack(store, release, file):
    with store.workspace() as work:
        return store.unpack(release, file, work)


def test_a_right_file_is_admitted_read_only(store):
    data = wheel_bytes()
    _, file = pin(data)
    assert not store.has_object(file)
    path = put(store, data, file)
    assert path == store.root / "sha256" / file.sha256
    assert path.read_bytes() == data
    assert path.stat().st_mode & 0o222 == 0
    assert store.has_object(file) and store.check_object(file)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data[:-1], "is truncated: {less} bytes instead of {size}"),
        (lambda data: data + b"x", "is too long: {more} bytes instead of {size}"),
        (lambda data: b"X" + data[1:], "has sha256 {got} instead of {sha}"),
    ],
)
def test_a_wrong_file_is_not(store, change, message):
    data = wheel_bytes()
    _, file = pin(data)
    wrong = change(data)
    facts = {"less": len(data) - 1, "more": len(data) + 1, "size": len(data), "sha": file.sha256}
    facts["got"] = hashlib.sha256(wrong).hexdigest()
    with pytest.raises(MismatchError, match=message.format(**facts)):
        put(store, wrong, file)
    assert not store.object_path(file).exists()
    assert os.listdir(store.root / "tmp") == []


def test_a_corrupted_object_is_found_and_removed(store):
    data = wheel_bytes()
    _, file = pin(data)
    path = put(store, data, file)
    path.chmod(0o644)
    path.write_bytes(b"X" + data[1:])
    assert store.has_object(file), "the cheap check sees the size only"
    assert not store.check_object(file)
    assert not path.exists()


def test_a_truncated_object_is_seen_by_the_cheap_check(store):
    data = wheel_bytes()
    _, file = pin(data)
    path = put(store, data, file)
    path.chmod(0o644)
    os.truncate(path, 5)
    assert not store.has_object(file)


def test_unpacking_gives_a_complete_tree(store):
    data = wheel_bytes()
    release, file = pin(data)
    put(store, data, file)
    assert store.tree(release, file) is None
    tree = unpack(store, release, file)
    assert store.tree(release, file) == tree
    assert (tree / "pkg/data").read_text() == "one"
    assert os.access(tree / "pkg/tool", os.X_OK)
    assert store.tree_damage(release, file) == []


def test_a_corrupted_object_is_never_unpacked(store):
    data = wheel_bytes()
    release, file = pin(data)
    path = put(store, data, file)
    path.chmod(0o644)
    path.write_bytes(b"X" + data[1:])
    with pytest.raises(MismatchError):
        unpack(store, release, file)
    assert store.tree(release, file) is None


def test_a_tree_without_its_marker_is_not_complete(store):
    data = wheel_bytes()
    release, file = pin(data)
    put(store, data, file)
    tree = unpack(store, release, file)
    tree.with_name(tree.name + ".json").unlink()
    assert store.tree(release, file) is None
    assert unpack(store, release, file) == tree
    assert store.tree(release, file) == tree


def test_a_tree_without_its_tool_is_not_complete(store):
    data = wheel_bytes()
    release, file = pin(data)
    put(store, data, file)
    (unpack(store, release, file) / "pkg/tool").unlink()
    assert store.tree(release, file) is None
    unpack(store, release, file)
    assert store.tree_damage(release, file) == []


def test_an_unreadable_marker_counts_as_missing(store):
    data = wheel_bytes()
    release, file = pin(data)
    put(store, data, file)
    tree = unpack(store, release, file)
    tree.with_name(tree.name + ".json").write_text("{")
    assert store.tree_damage(release, file) is None


def test_another_way_of_unpacking_is_another_tree(store):
    data = wheel_bytes()
    release, file = pin(data)
    other, _ = pin(data, executables=())
    put(store, data, file)
    assert unpack(store, release, file) != unpack(store, other, file)


def test_a_file_that_is_no_archive_is_a_tree_of_itself(store):
    data = b"#!/bin/sh\n"
    release, file = pin(data, name="tool", executables=("tool",), tools={"tool": ("tool",)})
    put(store, data, file)
    tree = unpack(store, release, file)
    assert os.access(tree / "tool", os.X_OK) and store.tree_damage(release, file) == []


def test_a_workspace_is_gone_afterwards_even_after_an_error(store):
    with pytest.raises(ZeroDivisionError), store.workspace() as work:
        (work / "x").write_text("")
        raise ZeroDivisionError
    assert os.listdir(store.root / "tmp") == []


def test_the_sweep_removes_what_has_no_owner_and_nothing_else(store):
    with store.workspace() as mine:
        left = store.root / "tmp" / "1-dead"
        left.mkdir()
        (left / "half").write_text("x")
        (store.root / "tmp" / "1-dead.lock").write_text("")
        (store.root / "tmp" / "2-dead").mkdir()
        store.sweep()
        assert mine.is_dir()
        assert sorted(os.listdir(store.root / "tmp")) == [mine.name, f"{mine.name}.lock"]


def test_the_sweep_of_a_store_that_is_not_there_yet(store):
    store.sweep()
    assert not store.root.exists()


def test_old_partial_downloads_are_swept(store):
    (store.root / "tmp").mkdir(parents=True)
    old, new = (store.partial_path(pin(bytes([n]))[1]) for n in (1, 2))
    for path in (old, new):
        path.write_bytes(b"x")
    os.utime(old, (0, time.time() - store_module.PARTIAL_AGE - 60))
    store.sweep()
    assert not old.exists() and new.exists()


def test_the_second_at_a_lock_says_so_and_waits(store):
    order = []
    waiting = threading.Event()

    def second():
        with store.lock("x", waiting.set):
            order.append("second")

    with store.lock("x", lambda: order.append("never")):
        thread = threading.Thread(target=second)
        thread.start()
        assert waiting.wait(5)
        order.append("first")
    thread.join(5)
    assert order == ["first", "second"]


def test_the_store_is_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("MUSLFALL_STORE", str(tmp_path / "s"))
    assert Store().root == tmp_path / "s"
    monkeypatch.delenv("MUSLFALL_STORE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert Store().root.name == "muslfall"


def test_a_full_disk_leaves_nothing_half_written(store, monkeypatch):
    data = wheel_bytes()
    release, file = pin(data)
    put(store, data, file)

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("muslfall.fetch.store.files.write", full)
    with pytest.raises(OSError, match="No space left"):
        unpack(store, release, file)
    monkeypatch.undo()
    assert store.tree(release, file) is None
    assert os.listdir(store.root / "tmp") == []
    unpack(store, release, file)
    assert store.tree_damage(release, file) == []


def planted(store):
    """A store with one tree, complete."""
    data = wheel_bytes()
    release, file = pin(data)
    put(store, data, file)
    return release, file, unpack(store, release, file)


@pytest.mark.parametrize("place", ["", "tree", "tree/KEY", "tree/KEY.json", "tree/KEY/pkg/tool"])
@pytest.mark.parametrize("how", ["others may write it", "it is another user's"])
def test_a_tree_that_somebody_else_could_have_planted_is_not_run(store, place, how):
    release, file, tree = planted(store)
    path = store.root / place.replace("KEY", tree.name)
    if how == "others may write it":
        path.chmod(path.stat().st_mode | 0o002)
    elif os.geteuid() == 0:
        os.chown(path, 54321, 54321)
    else:
        pytest.skip("only root gives files away")
    with pytest.raises(MuslfallError, match="could have put any program there\n  try: "):
        store.tree(release, file)


@pytest.mark.parametrize("place", ["", "sha256", "sha256/KEY"])
def test_a_file_that_somebody_else_could_change_is_not_unpacked(store, place):
    release, file, _ = planted(store)
    path = store.root / place.replace("KEY", file.sha256)
    path.chmod(path.stat().st_mode | 0o020)
    for use in (store.has_object, store.check_object, lambda file: unpack(store, release, file)):
        with pytest.raises(MuslfallError, match="can be written by others"):
            use(file)


def test_what_the_store_makes_is_ours_alone_whatever_the_umask(store):
    before = os.umask(0o002)
    try:
        release, file, tree = planted(store)
    finally:
        os.umask(before)
    assert store.tree(release, file) == tree and store.check_object(file)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_shared_store_is_read_where_its_users_are_named(store, monkeypatch):
    release, file, tree = planted(store)
    for folder, folders, files in os.walk(store.root):
        for name in (".", *folders, *files):
            os.lchown(os.path.join(folder, name), 54321, 54321)
    with pytest.raises(MuslfallError, match="MUSLFALL_STORE_USERS=54321 to take it"):
        store.tree(release, file)
    monkeypatch.setenv("MUSLFALL_STORE_USERS", "54321")
    assert store.tree(release, file) == tree and store.check_object(file)


def test_what_a_client_left_in_any_depth_is_swept(store):
    (store.root / "tmp").mkdir(parents=True)
    here = os.getcwd()
    os.chdir(store.root / "tmp")
    try:
        for _ in range(3000):
            os.mkdir("1-dead")
            os.chdir("1-dead")
    finally:
        os.chdir(here)
    (store.root / "tmp" / "2-dead").mkdir()
    store.sweep()
    assert os.listdir(store.root / "tmp") == []


@pytest.mark.parametrize("text", ["{" * 5000, "[" * 100_000, '{"entries": [1]}', "[]", "9" * 5000])
def test_a_marker_that_is_none(store, text):
    release, file, tree = planted(store)
    store.marker(tree).write_text(text)
    assert store.tree_damage(release, file) is None
