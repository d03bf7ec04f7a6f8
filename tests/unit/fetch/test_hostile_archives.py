"""Archives that are wrong on purpose: each is refused with its reason, in little time."""

import os
import re
import subprocess
import sys
import time

import pytest
from kit import hostile_archives
from kit.counts import count

from muslfall.base import trees
from muslfall.fetch import archive, stream
from muslfall.fetch.archive import ArchiveError, unpack

CASES = hostile_archives.cases()
#: Seconds that one small archive may take.
PATIENCE = 5


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_said(tmp_path, case):
    name, data, said = CASES[case]
    (tmp_path / name).write_bytes(data)
    before = time.monotonic()
    with pytest.raises(ArchiveError, match=said) as caught:
        unpack(tmp_path / name, tmp_path / "out")
    assert time.monotonic() - before < PATIENCE
    text = str(caught.value)
    assert text.startswith(f"{name}: ") and "\x1b" not in text
    assert sorted(os.listdir(tmp_path)) == sorted([name, *(["out"] * (tmp_path / "out").exists())])
    trees.remove(tmp_path / "out")
    assert os.listdir(tmp_path) == [name]


@pytest.mark.timeout(1800)  # of the nightly count
def test_mutated_archives_are_unpacked_or_refused(tmp_path):
    """Nothing else is raised, nothing lies outside, and what is left can be removed."""
    verdicts = {"unpacked": 0, "refused": 0}
    out = tmp_path / "out"
    for name, data in hostile_archives.mutants(20261129, count(1200)):
        (tmp_path / name).write_bytes(data)
        before = time.monotonic()
        try:
            unpack(tmp_path / name, out, name)
            verdicts["unpacked"] += 1
        except ArchiveError:
            verdicts["refused"] += 1
        assert time.monotonic() - before < PATIENCE
        trees.remove(out)
        (tmp_path / name).unlink()
        assert os.listdir(tmp_path) == []
    assert min(verdicts.values()) > 20, verdicts


def test_a_name_of_3_mb_takes_little_memory(tmp_path):
    """In a process of its own, whose highest use is asked afterwards."""
    name, data, _ = CASES["tar, a name of 3 MB"]
    (tmp_path / name).write_bytes(data)
    code = (
        "import sys; from pathlib import Path; from muslfall.fetch import archive\n"
        "try: archive.unpack(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "except archive.ArchiveError: print(open('/proc/self/status').read())\n"
    )
    argv = [sys.executable, "-c", code, str(tmp_path / name), str(tmp_path / "out")]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert int(re.search(r"VmHWM:\s*(\d+) kB", done.stdout)[1]) < 60_000, done


def test_what_comes_out_of_a_stream_is_bounded(tmp_path, monkeypatch):
    """A small file that unpacks to a large one, most of which is passed over."""
    monkeypatch.setattr(archive, "MAX_STREAM", 1 << 20)
    big = hostile_archives.member(bytes(2 << 20), name=b"left/out")
    (tmp_path / "a.tar.gz").write_bytes(hostile_archives.gz(big, hostile_archives.ONE))
    with pytest.raises(ArchiveError, match="unpacks to more bytes than are allowed"):
        unpack(tmp_path / "a.tar.gz", tmp_path / "out", only=("t",))


def test_a_zips_directory_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_DIRECTORY", 2000)
    members = [(f"file-{number}", "") for number in range(100)]
    (tmp_path / "a.whl").write_bytes(hostile_archives.zipped(*members))
    with pytest.raises(ArchiveError, match="its directory is longer than 2000 bytes"):
        unpack(tmp_path / "a.whl", tmp_path / "out")


def test_streams_that_follow_each_other_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(stream, "STREAMS", 10)
    parts = [hostile_archives.PACK["gz"](b"")] * 20
    (tmp_path / "a.tar.gz").write_bytes(hostile_archives.gz(hostile_archives.ONE) + b"".join(parts))
    with pytest.raises(ArchiveError, match="more than 10 streams"):
        unpack(tmp_path / "a.tar.gz", tmp_path / "out")


@pytest.mark.parametrize("kind", hostile_archives.PACK)
def test_parallel_compressors_write_several_streams(tmp_path, kind):
    whole = hostile_archives.tar(hostile_archives.member(b"text" * 1000, name=b"t/a"))
    pack = hostile_archives.PACK[kind]
    packed = pack(whole[:1000]) + pack(b"") + pack(whole[1000:]) + bytes(1000)
    (tmp_path / f"a.tar.{kind}").write_bytes(packed)
    unpack(tmp_path / f"a.tar.{kind}", tmp_path / "out")
    assert (tmp_path / "out/t/a").read_bytes() == b"text" * 1000


def test_names_times_and_sizes_as_each_format_has_them(tmp_path):
    member, pax = hostile_archives.member, hostile_archives.pax
    parts = [
        pax(b"mtime=1000000000.5", kind=b"g"),
        member(b"1", name=b"a"),
        member(b"b/" + b"n" * 120 + b"\0", name=b"././@LongLink", kind=b"L"),
        member(b"2", name=b"cut"),
        pax(b"path=c/\xc3\xa9", b"mtime=-1"),
        member(b"3", name=b"other"),
        member(name=b"old/"),
        member(b"4", name=b"e", size=b"\x80" + bytes(10) + b"\x01"),
        member(b"last\0", name=b"././@LongLink", kind=b"K"),
        member(name=b"l", kind=b"2", link=b"cut"),
    ]
    (tmp_path / "a.tgz").write_bytes(hostile_archives.gz(*parts))
    entries = unpack(tmp_path / "a.tgz", tmp_path / "out")
    assert list(entries) == ["a", "b/" + "n" * 120, "c/é", "e", "l"]
    assert entries["l"].value == "last" and (tmp_path / "out/old").is_dir()
    times = [(tmp_path / "out" / name).stat().st_mtime for name in ("a", "c/é", "e")]
    assert times == [1_000_000_000, -1, 1_000_000_000]
