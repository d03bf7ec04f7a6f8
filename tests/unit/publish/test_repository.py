"""The signed side of a mirror: what is signed, by whom, and that no reader sees it half done."""

import shutil
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

import pytest
from kit.mirror import serve
from kit.signed_mirror import ARCHIVE, LKGR, PLATFORM, add_build, snapshot
from tuf.api.metadata import Metadata

from muslfall import cli
from muslfall.base.errors import MuslfallError, UsageError
from muslfall.fetch.store import Store
from muslfall.mirror import trust
from muslfall.mirror.signed_files import is_moving
from muslfall.publish.keys import Ring
from muslfall.publish.repository import Repository, sign


class Killed(BaseException):
    """Stands for kill -9: nothing of the signer runs after it."""


@pytest.fixture
def tree(tmp_path):
    """Build 1, its keys, signed."""
    tree = tmp_path / "tree"
    add_build(tree, 1)
    Repository(tree).create(tmp_path / "keys", 3, 2)
    sign(tree, tmp_path / "keys")
    return tree


@pytest.fixture
def ring(tree, tmp_path):
    return Ring([tmp_path / "keys"])


def read(tree, tmp_path, store="store"):
    """What lkgr.json is to a reader who starts from the first root, of the tree as it is."""
    with serve() as mirror:
        mirror.files = snapshot(tree)
        root = tmp_path / "root.json"
        if not root.exists():
            root.write_bytes((tree / "metadata/1.root.json").read_bytes())
        mirror_of = Store(tmp_path / store)
        # All of these mirrors are one, whatever their port.
        client = trust.Client(mirror.url, mirror_of, root)
        client.state = mirror_of.root / "trust" / "one"
        return client.target(LKGR).read_bytes()


def only(tmp_path, *names):
    """A folder with these keys alone, as a machine or a stick has them."""
    folder = tmp_path / "-".join(names)
    folder.mkdir(exist_ok=True)
    for name in names:
        shutil.copy(tmp_path / "keys" / f"{name}.pem", folder)
    return Ring([folder])


def test_what_moves():
    assert is_moving("linux-x86_64/lkgr.json")
    assert not is_moving("linux-x86_64/12/build.json")


def test_only_the_platforms_files_are_signed(tree, tmp_path):
    for name in (
        "index.html",
        "sha256/aa",
        "metadata/x",
        f"{PLATFORM}/.hidden",
        f"{PLATFORM}/.d/x",
    ):
        path = tree / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    sign(tree, tmp_path / "keys")
    targets = Repository(tree).current("targets").signed.targets
    names = ["1/build.json", "1/wasm-binaries.tar.xz", "latest.json", "lkgr.json"]
    assert sorted(targets) == [f"{PLATFORM}/{name}" for name in names]


def test_nothing_new_is_a_new_timestamp_alone(tree, ring):
    assert Repository(tree).sign(ring) == {"targets": 1, "snapshot": 1, "timestamp": 2}
    assert Repository(tree).refresh(ring) == {"targets": 1, "snapshot": 1, "timestamp": 3}
    add_build(tree, 2)
    assert Repository(tree).refresh(ring) == {"targets": 1, "snapshot": 1, "timestamp": 4}
    assert Repository(tree).sign(ring) == {"targets": 2, "snapshot": 2, "timestamp": 5}


def test_the_daily_refresh_needs_the_key_of_the_timestamp_alone(tree, tmp_path):
    Repository(tree).refresh(only(tmp_path, "timestamp"))
    assert read(tree, tmp_path) == b'{"build": 1}\n'


def test_what_runs_out_is_signed_anew_in_time(tree, ring):
    later = datetime.now(timezone.utc) + timedelta(days=20)
    assert Repository(tree, later).refresh(ring) == {"targets": 1, "snapshot": 2, "timestamp": 2}
    later += timedelta(days=100)
    assert Repository(tree, later).refresh(ring) == {"targets": 2, "snapshot": 3, "timestamp": 3}


def test_a_missing_key_is_named(tree, tmp_path):
    add_build(tree, 2)
    before = snapshot(tree)
    with pytest.raises(MuslfallError, match=r"targets needs 1 more signature.s., of: targets \("):
        Repository(tree).sign(only(tmp_path, "timestamp"))
    assert snapshot(tree) == before


def test_a_build_that_changed_is_not_signed(tree, tmp_path, ring):
    archive = tree / ARCHIVE
    data = bytearray(archive.read_bytes())
    data[1000] ^= 1
    archive.write_bytes(data)
    before = snapshot(tree)
    with pytest.raises(MuslfallError, match="has sha256 .*, signed ") as caught:
        Repository(tree).sign(ring)
    assert ARCHIVE in str(caught.value)
    assert snapshot(tree) == before
    shutil.rmtree(archive.parent)
    Repository(tree).sign(ring)


def test_a_file_that_changes_meanwhile(tree, ring, monkeypatch):
    """Another publisher is at work: what was read first is not signed, nor is anything else."""
    moving = tree / LKGR
    before = snapshot(tree)
    with watch_scan(monkeypatch, lambda: moving.write_text("{}")):
        moving.write_text('{"build": 7}')
        with pytest.raises(MuslfallError, match=r"lkgr\.json: changed while it was signed"):
            Repository(tree).sign(ring)
    moving.write_bytes(before[f"/{LKGR}"])
    assert snapshot(tree) == before
    monkeypatch.setattr("muslfall.mirror.signed_files.find_files", lambda tree: [LKGR, "gone.json"])
    with pytest.raises(MuslfallError, match=r"gone\.json: changed while it was signed"):
        Repository(tree).sign(ring)


@contextmanager
def watch_scan(monkeypatch, then):
    """Does `then` right after the files were read."""
    from muslfall.publish import repository

    with monkeypatch.context() as patch:
        scan = repository.scan
        patch.setattr(repository, "scan", lambda *words: (scan(*words), then())[0])
        yield


def test_a_strange_name_is_not_signed(tree, ring):
    (tree / PLATFORM / "a b").touch()
    with pytest.raises(MuslfallError, match="no plain one"):
        Repository(tree).sign(ring)


def test_a_tree_without_keys(tmp_path, ring):
    (tmp_path / "other").mkdir()
    with pytest.raises(MuslfallError, match=r"no metadata/1.root.json") as caught:
        Repository(tmp_path / "other").sign(ring)
    assert "trust init" in str(caught.value)
    with pytest.raises(MuslfallError, match="is no folder"):
        Repository(tmp_path / "nowhere").sign(ring)


def test_damaged_metadata_is_named(tree, ring):
    (tree / "metadata/timestamp.json").write_text("{")
    with pytest.raises(MuslfallError, match=r"timestamp\.json: is damaged"):
        Repository(tree).sign(ring)


def test_keys_are_made_once(tree, tmp_path):
    with pytest.raises(MuslfallError, match="has keys already"):
        Repository(tree).create(tmp_path / "more", 3, 2)
    with pytest.raises(UsageError, match="must be 1 to 3"):
        Repository(tmp_path / "x").create(tmp_path / "more", 3, 4)


@pytest.mark.parametrize("name", ["root1", "targets", "snapshot", "timestamp"])
def test_a_new_key_in_the_place_of_each(tree, tmp_path, ring, name):
    assert read(tree, tmp_path) == b'{"build": 1}\n'
    before = Repository(tree).root().signed.keys
    assert Repository(tree).rotate(ring, [name]) == ["root 2 is published"]
    assert read(tree, tmp_path) == b'{"build": 1}\n'
    after = Repository(tree).root().signed.keys
    assert len(after) == 6 and len(set(before) - set(after)) == 1
    # The old key signs no more.
    [old] = (tmp_path / "keys").glob("*.old.pem")
    old.unlink()
    add_build(tree, 2)
    sign(tree, tmp_path / "keys")
    assert read(tree, tmp_path) == read(tree, tmp_path, "another") == b'{"build": 2}\n'


def test_a_lost_key_of_timestamp(tree, tmp_path):
    (tmp_path / "keys/timestamp.pem").unlink()
    assert read(tree, tmp_path) == b'{"build": 1}\n'
    assert Repository(tree).rotate(Ring([tmp_path / "keys"]), ["timestamp"])
    assert read(tree, tmp_path) == b'{"build": 1}\n'
    add_build(tree, 2)
    sign(tree, tmp_path / "keys")
    assert read(tree, tmp_path) == b'{"build": 2}\n'


def test_root_keys_that_never_meet(tree, tmp_path):
    """The machine that publishes has no root key; two people add theirs, one after the other."""
    online = only(tmp_path, "targets", "snapshot", "timestamp")
    said = Repository(tree).rotate(online, ["snapshot"])
    assert said == ["root 2 waits for 2 more signature(s), of: root1, root2, root3"]
    assert read(tree, tmp_path) == b'{"build": 1}\n'
    said = Repository(tree).approve(only(tmp_path, "root3"))
    assert said == ["root 2 waits for 1 more signature(s), of: root1, root2"]
    add_build(tree, 2)
    Repository(tree).sign(Ring(online.folders))
    assert read(tree, tmp_path) == b'{"build": 2}\n'
    assert Repository(tree).approve(only(tmp_path, "root1")) == ["root 2 is published"]
    assert read(tree, tmp_path) == read(tree, tmp_path, "another") == b'{"build": 2}\n'
    with pytest.raises(MuslfallError, match="no root waits"):
        Repository(tree).approve(only(tmp_path, "root1"))
    Repository(tree).refresh(Ring(online.folders))
    assert read(tree, tmp_path) == b'{"build": 2}\n'


def test_a_lost_root_key_is_replaced_by_the_two_others(tree, tmp_path):
    (tmp_path / "keys/root2.pem").unlink()
    ring = Ring([tmp_path / "keys"])
    assert Repository(tree).rotate(ring, ["root2"]) == ["root 2 is published"]
    Repository(tree).rotate(Ring([tmp_path / "keys"]), ["root1", "root3"])
    assert read(tree, tmp_path) == b'{"build": 1}\n'


def test_an_unknown_key(tree, ring):
    with pytest.raises(UsageError, match="root4: no such key") as caught:
        Repository(tree).rotate(ring, ["root4"])
    assert "root1, root2, root3, snapshot, targets, timestamp" in str(caught.value)


def watched(monkeypatch, watch):
    """Calls `watch` after each file that a signer puts into its place."""
    write = Repository.write

    def spy(self, name, data, folder=None):
        write(self, name, data, folder)
        watch()

    monkeypatch.setattr(Repository, "write", spy)


@pytest.mark.parametrize("names", [None, [], ["timestamp"], ["targets", "snapshot"], ["root1"]])
def test_readers_see_the_old_state_or_the_new_one(tree, tmp_path, ring, monkeypatch, names):
    """After each single write, a reader who was there before and a new one both get an answer."""
    read(tree, tmp_path)
    add_build(tree, 2)
    seen = []

    def watch():
        fresh = f"fresh{len(seen)}"
        seen.append((read(tree, tmp_path), read(tree, tmp_path, fresh)))

    watched(monkeypatch, watch)
    if names is None:
        Repository(tree).sign(ring)
        assert {a for a, b in seen} == {b'{"build": 1}\n', b'{"build": 2}\n'}
    else:
        sign(tree, tmp_path / "keys")
        Repository(tree).rotate(Ring([tmp_path / "keys"]), names)
    assert len(seen) >= 3 and all(a == b for a, b in seen)


@pytest.mark.parametrize("number", range(1, 9))
@pytest.mark.parametrize("names", [None, ["timestamp", "root1"]])
def test_a_killed_signer_is_made_good_by_the_next(tree, tmp_path, ring, monkeypatch, names, number):
    read(tree, tmp_path)
    add_build(tree, 2)
    count = 0

    def watch():
        nonlocal count
        count += 1
        if count == number:
            raise Killed

    with monkeypatch.context() as patch:
        watched(patch, watch)
        try:
            if names is None:
                Repository(tree).sign(ring)
            else:
                Repository(tree).rotate(ring, names)
        except Killed:
            pass
    read(tree, tmp_path)
    if names is not None and Repository(tree).draft():
        Repository(tree).approve(Ring([tmp_path / "keys"]))
    sign(tree, tmp_path / "keys")
    assert read(tree, tmp_path) == b'{"build": 2}\n'


def test_status_says_what_runs_out(tree, capfd):
    assert cli.main(["trust", "status", str(tree)]) == 0
    out = capfd.readouterr().out
    assert [line.split()[0] for line in out.splitlines()] == [
        "root",
        "targets",
        "snapshot",
        "timestamp",
    ]
    assert "2 of: root" in out and "root3" in out
    assert cli.main(["trust", "status", str(tree), "--days", "8"]) == 1
    assert "runs out: timestamp" in capfd.readouterr().err


def test_the_metadata_is_the_specifications(tree):
    files = sorted((tree / "metadata").glob("*.json"))
    assert len(files) >= 4  # root, targets, snapshot, timestamp
    for path in files:
        metadata = Metadata.from_bytes(path.read_bytes())
        assert metadata.signed.spec_version.startswith("1.0.")
    assert Repository(tree).root().signed.consistent_snapshot


def test_a_tree_lists_what_it_signs_by_its_folder_too(tree, ring, capsys):
    assert cli.main(["trust", "list", str(tree)]) == 0
    lines = capsys.readouterr().out.splitlines()
    paths = [line.split()[2] for line in lines]
    assert paths == sorted(Repository(tree).signed()) and f"{PLATFORM}/lkgr.json" in paths
    assert cli.main(["trust", "list", str(tree), "--root", "x"]) == 2
    targets = max((tree / "metadata").glob("*.targets.json"))
    signed = Metadata.from_file(str(targets))
    signed.signatures.clear()
    targets.write_bytes(signed.to_bytes())
    assert cli.main(["trust", "list", str(tree)]) == 1
    assert "is not signed by the keys of its root" in capsys.readouterr().err
