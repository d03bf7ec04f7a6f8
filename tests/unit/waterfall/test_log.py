"""Logs: read at their ends, never through a link."""

import os

import pytest
from kit.records import RED, made

from muslfall.waterfall import log, record
from muslfall.waterfall import page as waterfall_page


@pytest.fixture
def file(tmp_path):
    place = record.path(tmp_path, 2).with_name("hello.log")
    place.parent.mkdir(parents=True)
    return place


def test_a_large_log_is_read_at_its_ends(file):
    with file.open("wb") as opened:
        opened.write(b"first\n")
        opened.truncate(3 << 30)
        opened.seek(0, os.SEEK_END)
        opened.write(b"\nlast\n")
    text = log.read_ends(file, 1000, 1000)
    assert text.startswith("first\n") and text.endswith("\nlast\n")
    assert f"… {(3 << 30) + 6 - 2000} bytes left out …" in text and len(text) < 10_000


def test_what_drives_a_terminal_is_escaped_and_long_lines_are_cut(file):
    file.write_bytes(b"\x1b[2J\xff\n" + b"x" * 9000 + b"\n")
    first, second = log.read_ends(file).splitlines()
    assert first == "\\x1b[2J\ufffd" and len(second) == log.LONGEST


@pytest.mark.parametrize("kind", ["link", "folder's link", "FIFO", "folder"])
def test_what_is_no_file_is_not_shown(tmp_path, file, kind):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "hello.log").write_text("SECRET")
    if kind == "link":
        file.symlink_to(secret / "hello.log")
    elif kind == "FIFO":
        os.mkfifo(file)
    elif kind == "folder":
        file.mkdir()
    else:
        file.parent.rmdir()
        file.parent.symlink_to(secret)
    assert waterfall_page.read_logs(tmp_path, [made(2, RED)]) == {}
