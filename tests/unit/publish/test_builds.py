"""Publishing: what is laid out, in which order, and that it can be interrupted anywhere."""

import json
import shutil
import threading

import pytest
from kit import records
from kit.published_tree import PLATFORM, Checkout, snapshot

from muslfall.base.errors import MuslfallError
from muslfall.base.progress import Progress
from muslfall.cli import main
from muslfall.fetch import fetcher
from muslfall.publish import builds as publishing
from muslfall.publish import packing
from muslfall.publish.tree import Tree, TreeError
from muslfall.waterfall import record


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    return Checkout(tmp_path, monkeypatch)


@pytest.fixture
def tree(tmp_path):
    return tmp_path / "mirror"


def test_the_tree(checkout, tree):
    one = checkout.record(1)
    assert checkout.publish(tree, one, lkgr=1) == [1]
    objects = {f"sha256/{part.sha256}" for part in one.components.values()}
    builds = {
        f"{PLATFORM}/1/{name}"
        for name in ("wasm-binaries.tar.xz", "wasm-binaries.json", "build.json")
    }
    moving = {f"{PLATFORM}/{name}" for name in ("builds.json", "latest.json", "lkgr.json")}
    assert set(snapshot(tree)) == objects | builds | moving
    lkgr = json.loads((tree / PLATFORM / "lkgr.json").read_text())
    assert lkgr["build"] == 1 and {"scheduler", "repositories"} <= set(lkgr)
    assert json.loads((tree / PLATFORM / "builds.json").read_text()) == {
        "builds": [1],
        "latest": 1,
        "lkgr": 1,
    }
    assert not (tree / ".tmp").exists()


def test_everyone_may_read_it(checkout, tree):
    checkout.publish(tree, checkout.record(1))
    found = [path for path in tree.rglob("*") if not path.name.startswith(".")]
    assert found and [path for path in found if path.stat().st_mode & 0o044 != 0o044] == []


def test_two_publishers_make_the_same_bytes(checkout, tree, tmp_path):
    found = [checkout.record(1), checkout.record(2)]
    checkout.publish(tree, *found, lkgr=1)
    checkout.publish(tmp_path / "other", found[1], lkgr=1)
    checkout.publish(tmp_path / "other", found[0], lkgr=1)
    assert snapshot(tree) == snapshot(tmp_path / "other")


def test_what_is_published_is_not_packed_again(checkout, tree):
    one, two = checkout.record(1), checkout.record(2)
    checkout.publish(tree, one)
    before = snapshot(tree)
    assert checkout.publish(tree, one) == [] and checkout.built == [1]
    assert snapshot(tree) == before
    assert checkout.publish(tree, one, two) == [2]
    assert Tree(tree).index(PLATFORM).builds == (1, 2)


@pytest.mark.parametrize(
    "name", ["wasm-binaries.tar.xz", "wasm-binaries.json", "build.json", "../../sha256"]
)
def test_what_is_damaged_is_made_again(checkout, tree, name):
    one = checkout.record(1)
    checkout.publish(tree, one, lkgr=1)
    before = snapshot(tree)
    path = tree / PLATFORM / "1" / name
    path = next(path.iterdir()) if path.is_dir() else path
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)
    checkout.publish(tree, one, lkgr=1)
    assert snapshot(tree) == before


def test_a_build_that_was_lost_is_published_again(checkout, tree):
    """Also the LKGR, which the announcement of another build looks at first."""
    found = [checkout.record(number) for number in (1, 2, 3)]
    checkout.publish(tree, *found, lkgr=2)
    before = snapshot(tree)
    shutil.rmtree(tree / PLATFORM / "2")
    assert checkout.publish(tree, *found, lkgr=2) == [2]
    assert snapshot(tree) == before


def test_the_lkgr_is_announced_when_it_is_there_and_green(checkout, tree):
    checkout.publish(tree, checkout.record(1), lkgr=2)
    assert not (tree / PLATFORM / "lkgr.json").exists()
    checkout.publish(tree, checkout.record(2, steps=records.RED), lkgr=2)
    assert not (tree / PLATFORM / "lkgr.json").exists()
    checkout.publish(tree, checkout.record(3), lkgr=3)
    assert json.loads((tree / PLATFORM / "lkgr.json").read_text())["build"] == 3
    checkout.publish(tree, checkout.record(4), lkgr=9)
    assert json.loads((tree / PLATFORM / "lkgr.json").read_text())["build"] == 3
    assert json.loads((tree / PLATFORM / "latest.json").read_text())["build"] == 4


def test_a_number_never_means_another_build(checkout, tree):
    checkout.publish(tree, checkout.record(1))
    before = snapshot(tree)
    with pytest.raises(TreeError, match="a numbered build never changes"):
        checkout.publish(tree, checkout.record(1, scheduler="musl"))
    assert snapshot(tree) == before


def test_a_build_that_does_not_come_out_as_recorded_is_not_published(checkout, tree):
    one = checkout.record(1)
    (checkout.out(1) / "musl.wasm").write_text("other")
    (checkout.out(1) / "sysroot/include/b.h").write_text("other")
    with pytest.raises(MuslfallError, match="build 1 is not what this checkout makes") as caught:
        checkout.publish(tree, one)
    assert [str(one.where.name) for one in caught.value.problems] == ["musl.wasm", "include"]
    assert not (tree / PLATFORM).exists()


def test_a_damaged_tree_of_the_store_is_not_published(checkout, tree):
    one = checkout.record(1)
    checkout.publish(tree, one)
    for path in (tree / PLATFORM).rglob("*.json"):
        path.unlink()
    made = checkout.chosen(one)
    zig = checkout.store.tree_path(made.release("llvm"), made.release("llvm").files[0])

    def damaged(releases, *, store, progress):
        (zig / "ziglang/zig").write_text("damaged")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fetcher, "ensure_objects", damaged)
        with pytest.raises(packing.PackingError, match="zig: is not what was unpacked"):
            checkout.publish(tree, one)
    assert not (tree / PLATFORM / "lkgr.json").exists()


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("after", range(7))
def test_interrupted_anywhere_readers_see_a_whole_state(checkout, tree, monkeypatch, after):
    """Each rename is a moment at which a reader, or a kill -9, may come."""
    checkout.publish(tree, checkout.record(1), lkgr=1)
    old = snapshot(tree)
    two = checkout.record(2)
    left = [after]
    rename = type(tree).replace

    def dying(self, target):
        if not left[0]:
            raise Killed
        left[0] -= 1
        return rename(self, target)

    monkeypatch.setattr(type(tree), "replace", dying)
    killed = False
    try:
        checkout.publish(tree, two, lkgr=2)
    except Killed:
        killed = True
    monkeypatch.setattr(type(tree), "replace", rename)
    seen = snapshot(tree)
    index = Tree(tree).index(PLATFORM)
    for build in index.builds:
        assert record.load(tree / PLATFORM / str(build) / "build.json").build == build
        assert f"{PLATFORM}/{build}/wasm-binaries.tar.xz" in seen
    lkgr = json.loads((tree / PLATFORM / "lkgr.json").read_text())["build"]
    assert lkgr in index.builds
    assert all(seen[path] == sha for path, sha in old.items() if "/1/" in path)
    checkout.publish(tree, two, lkgr=2)
    assert Tree(tree).index(PLATFORM).builds == (1, 2)
    other = tree.with_name("undisturbed")
    checkout.publish(other, checkout.record(1), lkgr=1)
    checkout.publish(other, two, lkgr=2)
    assert snapshot(tree) == snapshot(other)
    assert killed == (after < 5)


def test_two_at_once_wait_for_each_other(checkout, tree):
    one = checkout.record(1)
    notes = []

    class Notes(Progress):
        def note(self, text):
            notes.append(text)

    publisher = publishing.Publisher(Tree(tree), checkout.store, Notes(), 2)
    with Tree(tree).locked() as work:
        (work / "mine").write_text("x")
        second = threading.Thread(target=publisher.publish, args=([one], 1))
        second.start()
        while not notes:
            assert second.is_alive()
        assert (work / "mine").exists()
    second.join(20)
    assert notes[0] == f"{tree}: another publish or gc is running; waiting"
    assert Tree(tree).index(PLATFORM).builds == (1,)


def test_the_command_wants_a_record(tmp_path, capsys):
    assert main(["mirror", "publish", str(tmp_path / "m"), "9", "--records", str(tmp_path)]) == 1
    assert "there is no such record" in capsys.readouterr().err
    assert not (tmp_path / "m").exists()


def test_a_signed_tree_is_not_published_to_without_keys(tmp_path, capsys):
    (tmp_path / "m/metadata").mkdir(parents=True)
    for words in (["publish", str(tmp_path / "m")], ["gc", str(tmp_path / "m")]):
        assert main(["mirror", *words]) == 2
        assert "must be signed anew\n  try: --keys FOLDER" in capsys.readouterr().err
