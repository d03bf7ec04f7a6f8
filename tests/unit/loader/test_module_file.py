"""The file of a module: what is read, and why something is not."""

import errno
import os

import pytest

from muslfall.loader import module_file
from muslfall.loader.escaped import escaped


def test_a_file_a_link_to_one_and_a_stream(tmp_path):
    (tmp_path / "a").write_bytes(b"content")
    (tmp_path / "b").symlink_to("a")
    assert module_file.read(str(tmp_path / "a")) == b"content"
    assert module_file.read_named(str(tmp_path / "b")) == b"content"
    reader, writer = os.pipe()
    os.write(writer, b"piped")
    os.close(writer)
    assert module_file.read(f"/dev/fd/{reader}") == b"piped"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("gone", "no such file"),
        ("a/b", "no such file"),
        ("n\0l", "no such file"),
        ("folder", "it is a directory"),
        ("fifo", "it is no regular file"),
        ("device", "it is no regular file"),
        ("loop", "too many links"),
        ("n" * 300, "its name is too long"),
        ("large", "it has more than 1 GiB"),
    ],
)
def test_why_a_module_that_is_named_is_not_read(tmp_path, name, reason):
    (tmp_path / "a").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "device").symlink_to("/dev/zero")
    (tmp_path / "loop").symlink_to("loop")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(module_file.LARGEST + 1)
    with pytest.raises((OSError, ValueError)) as failure:
        module_file.read_named(f"{tmp_path}/{name}")
    assert module_file.reason(failure.value) == reason


def test_other_errors_are_told_by_their_code():
    assert module_file.reason(OSError(errno.EIO, "")) == "EIO"
    assert module_file.reason(PermissionError(errno.EACCES, "")) == "no permission"
    assert module_file.reason(OSError()) is None


def test_what_is_escaped():
    assert escaped("caf\u00e9 \u4e2d\u00a0a\\n") == "caf\u00e9 \u4e2d\u00a0a\\n"
    assert escaped("a\n\x1b[1m\x7f\x9b\u202e\udcff") == r"a\x0a\x1b[1m\x7f\x9b\u{202e}\u{dcff}"
