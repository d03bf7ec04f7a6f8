"""Files as a whole: in one step, or not at all."""

import os

import pytest

from muslfall.base import files
from muslfall.base.errors import MuslfallError


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_whole_and_replaces_the_one_before(tmp_path):
    path = tmp_path / "file"
    with files.replacing(path) as beside:
        beside.write_text("half")
        assert names(tmp_path) == [beside.name] and beside.match(files.UNFINISHED)
        beside.write_text("whole")
    assert path.read_text() == "whole"
    files.write(path, "ä\r\n")
    assert path.read_bytes() == "ä\r\n".encode() and names(tmp_path) == ["file"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_where_writing_fails_the_file_before_stays_and_nothing_beside_it(tmp_path, error):
    path = tmp_path / "file"
    path.write_text("before")
    with pytest.raises(type(error)), files.replacing(path) as beside:
        beside.write_text("half")
        raise error
    assert path.read_text() == "before" and names(tmp_path) == ["file"]


def test_a_folder_is_not_replaced_by_a_file(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):
        files.write(tmp_path / "folder", b"")
    assert names(tmp_path) == ["folder"]


def test_the_file_may_be_made_in_another_folder(tmp_path):
    (tmp_path / "work").mkdir()
    with files.replacing(tmp_path / "file", tmp_path / "work") as beside:
        beside.write_text("text")
        assert beside.parent == tmp_path / "work"
    assert names(tmp_path) == ["file", "work"] and names(tmp_path / "work") == []


@pytest.mark.parametrize("durable", [False, True])
def test_what_is_durable_is_on_the_disk_before_it_takes_its_place(tmp_path, monkeypatch, durable):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(names(tmp_path)))
    files.write(tmp_path / "file", b"text", durable=durable)
    assert [found == ["file"] for found in synced] == [False] * durable


def test_what_is_the_same_is_not_written(tmp_path):
    path = tmp_path / "file"
    files.write_if_changed(path, "text")
    before = path.stat()
    files.write_if_changed(path, b"text")
    assert path.stat().st_ino == before.st_ino
    files.write_if_changed(path, "other")
    assert path.stat().st_ino != before.st_ino and path.read_text() == "other"


def test_a_link_is_replaced_in_one_step_and_left_alone_when_it_is_right(tmp_path):
    link = tmp_path / "link"
    files.point(link, "a")
    before = link.lstat().st_ino
    files.point(link, "a")
    assert link.lstat().st_ino == before
    files.point(link, tmp_path)
    assert link.resolve() == tmp_path and names(tmp_path) == ["link"]


def test_text_that_is_none_is_named(tmp_path):
    (tmp_path / "file").write_bytes(b"ab\xff")
    with pytest.raises(MuslfallError, match="file: is not UTF-8: invalid start byte at byte 2"):
        files.read_text(tmp_path / "file")
