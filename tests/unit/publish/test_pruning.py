"""Pruning: old builds go with what only they needed, never the LKGR."""

import pytest
from kit.published_tree import PLATFORM, Checkout, snapshot

from muslfall.base.progress import Progress
from muslfall.cli import main
from muslfall.publish import inspection
from muslfall.publish.keys import Ring
from muslfall.publish.repository import Repository
from muslfall.publish.tree import Tree


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    return Checkout(tmp_path, monkeypatch)


@pytest.fixture
def tree(tmp_path, checkout):
    """Five builds, the second of which is the LKGR."""
    checkout.publish(tmp_path / "mirror", *map(checkout.record, range(1, 6)), lkgr=2)
    return tmp_path / "mirror"


def problems(tree):
    return [str(problem) for problem in inspection.inspect(str(tree), Progress())[1]]


def test_the_newest_and_the_lkgr_are_kept(tree, checkout, capsys):
    before = snapshot(tree)
    assert main(["mirror", "gc", str(tree), "--keep", "2"]) == 0
    assert Tree(tree).index(PLATFORM).builds == (2, 4, 5)
    after = snapshot(tree)
    gone = set(before) - set(after)
    llvm = {f"sha256/{checkout.record(n).components['llvm'].sha256}" for n in (1, 3)}
    assert {path for path in gone if path.startswith("sha256/")} == llvm
    assert {path.split("/")[1] for path in gone if not path.startswith("sha256/")} == {"1", "3"}
    assert problems(tree) == []
    out = capsys.readouterr().out.splitlines()
    assert out[:2] == [f"{PLATFORM}/1", f"{PLATFORM}/3"]
    assert out[-1].startswith("2 builds and 2 files, ") and out[-1].endswith(": removed")


def test_a_dry_run_says_the_same_and_removes_nothing(tree, capsys):
    before = snapshot(tree)
    assert main(["mirror", "gc", str(tree), "--keep", "2", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert snapshot(tree) == before
    main(["mirror", "gc", str(tree), "--keep", "2"])
    assert capsys.readouterr().out == said.replace("would be removed", "removed")


def test_a_second_time_there_is_nothing_to_remove(tree, capsys):
    main(["mirror", "gc", str(tree), "--keep", "1"])
    before = snapshot(tree)
    capsys.readouterr()
    main(["mirror", "gc", str(tree), "--keep", "1"])
    assert capsys.readouterr().out.startswith("0 builds and 0 files, ")
    assert snapshot(tree) == before and Tree(tree).index(PLATFORM).builds == (2, 5)


def test_an_interrupted_gc_is_finished_by_the_next(tree, monkeypatch):
    def dying(path):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("muslfall.publish.pruning.remove", dying)
        assert main(["mirror", "gc", str(tree), "--keep", "1"]) == 130
    assert Tree(tree).index(PLATFORM).builds == (2, 5)
    assert problems(tree) == []
    assert main(["mirror", "gc", str(tree), "--keep", "1"]) == 0
    assert len(list((tree / "sha256").iterdir())) == 5 + 2


def test_a_signed_tree_is_signed_anew(tree, tmp_path, capsys):
    keys = tmp_path / "keys"
    Repository(tree).create(keys, 1, 1)
    Repository(tree).sign(Ring([keys]))
    assert main(["mirror", "gc", str(tree), "--keep", "1"]) == 2
    assert main(["mirror", "gc", str(tree), "--keep", "1", "--keys", str(keys)]) == 0
    assert problems(tree) == []
    signed = Repository(tree).current("targets").signed.targets
    assert {path.split("/")[1] for path in signed if path.count("/") == 2} == {"2", "5"}


def test_keep_must_be_positive(tree, capsys):
    assert main(["mirror", "gc", str(tree), "--keep", "0"]) == 2
    assert main(["mirror", "gc", str(tree / "none")]) == 2
