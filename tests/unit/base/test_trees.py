"""Trees: folders of any depth are walked and removed."""

import os

from muslfall.base import trees


def deep(top, depth):
    """A chain of folders, longer than a path may be, with a file at its end."""
    here = os.getcwd()
    os.mkdir(top)
    os.chdir(top)
    try:
        for _ in range(depth):
            os.mkdir("d")
            os.chdir("d")
        with open("file", "w"):
            pass
    finally:
        os.chdir(here)


def test_3000_folders_in_each_other_are_removed(tmp_path):
    deep(tmp_path / "top", 3000)
    (tmp_path / "top/beside").mkdir()
    (tmp_path / "top/beside/0.removed").write_text("a name that is used already")
    trees.remove(tmp_path / "top")
    assert os.listdir(tmp_path) == []


def test_folders_that_shut_us_out_are_removed(tmp_path):
    inner = tmp_path / "top" / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "file").write_text("")
    inner.chmod(0)
    inner.parent.chmod(0o500)
    trees.remove(tmp_path / "top")
    assert os.listdir(tmp_path) == []


def test_a_link_is_removed_and_not_what_it_leads_to(tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/file").write_text("")
    (tmp_path / "top/in").mkdir(parents=True)
    (tmp_path / "top/link").symlink_to(tmp_path / "kept")
    (tmp_path / "top/in/link").symlink_to(tmp_path / "kept")
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    for name in ("top", "link", "none"):
        trees.remove(tmp_path / name)
    assert os.listdir(tmp_path) == ["kept"] and os.listdir(tmp_path / "kept") == ["file"]


def test_a_walk_goes_as_deep_as_paths_may_be_long(tmp_path):
    deep(tmp_path / "top", 1500)
    try:
        (tmp_path / "top/__pycache__").mkdir()
        (tmp_path / "top/__pycache__/x").write_text("")
        found = list(trees.walk(tmp_path / "top", without=("__pycache__",)))
    finally:
        trees.remove(tmp_path / "top")  # shutil, by which pytest cleans up, cannot
    assert {entry.name for entry in found} == {"d", "file"} and len(found) == 1501
