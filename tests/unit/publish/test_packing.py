"""Packing: the same bytes from the same members, whoever packs them, and every reader's tar.xz."""

import hashlib
import lzma
import os
import random
import shutil
import subprocess
import tarfile

import pytest

from muslfall.fetch import archive
from muslfall.fetch.archive import Entry
from muslfall.publish import packing
from muslfall.publish.packing import Item, PackingError, bytes_item


@pytest.fixture
def folder(tmp_path):
    """Files and a link, and what they are as members below `r`."""
    (tmp_path / "a").write_bytes(random.Random(1).randbytes(100_000))
    (tmp_path / "b").write_bytes(b"text\n" * 50_000)
    (tmp_path / "b").chmod(0o755)
    os.symlink("b", tmp_path / "c")
    return tmp_path


def items(folder):
    found = {}
    for path in sorted(folder.iterdir()):
        entry = archive.present(path)
        mode = 0o755 if entry.mode & 0o100 else 0o644
        found[path.name] = Item(f"r/{path.name}", path, Entry(entry.kind, mode, entry.value))
    return [*found.values(), bytes_item("r/long/" + "x" * 150, b"!", run=True)]


def packed(folder, target, **options):
    packing.pack(target, items(folder), **options)
    return hashlib.sha256(target.read_bytes()).hexdigest()


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(packing, "BLOCK", 1 << 16)


def test_the_bytes_are_of_the_members_alone(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    first = packed(folder, out / "1.tar.xz", threads=1)
    other = shutil.copytree(folder, out / "copy", symlinks=True)
    os.utime(other / "a", (1, 1))
    (other / "b").chmod(0o775)
    (other / "a").chmod(0o600)
    assert {packed(other, out / f"{n}.tar.xz", threads=n) for n in (1, 2, 5)} == {first}
    shuffled = random.Random(2).sample(items(folder), k=4)
    packing.pack(out / "s.tar.xz", shuffled)
    assert hashlib.sha256((out / "s.tar.xz").read_bytes()).hexdigest() == first


def test_it_is_a_tar_that_everyone_reads(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    packed(folder, out / "it.tar.xz")
    assert len((out / "it.tar.xz").read_bytes().split(b"\xfd7zXZ\0")) > 4, "several streams"
    archive.unpack(out / "it.tar.xz", out / "ours", strip=1)
    with tarfile.open(out / "it.tar.xz") as tar:
        for info in tar:
            assert (info.uid, info.gid, info.uname, info.gname, info.mtime) == (0, 0, "", "", 0)
    subprocess.run(["tar", "xJf", "it.tar.xz"], cwd=out, check=True)
    for tree in (out / "ours", out / "r"):
        assert (tree / "a").read_bytes() == (folder / "a").read_bytes()
        assert (tree / "b").stat().st_mode & 0o777 == 0o755
        assert os.readlink(tree / "c") == "b"
        assert (tree / "long" / ("x" * 150)).read_bytes() == b"!"


def test_a_file_that_is_not_what_was_unpacked_is_not_packed(folder, tmp_path_factory):
    made = items(folder)
    (folder / "a").write_bytes(b"other")
    with pytest.raises(PackingError, match="a: is not what was unpacked"):
        packing.pack(tmp_path_factory.mktemp("out") / "it.tar.xz", made)


def test_progress_is_told_in_bytes(folder, tmp_path_factory):
    seen = []
    packed(folder, tmp_path_factory.mktemp("out") / "it.tar.xz", advance=seen.append)
    assert seen[-1] == 100_000 + 250_000 + 1 and seen == sorted(seen)


def test_what_cannot_be_compressed_stops_the_packing(folder, tmp_path_factory, monkeypatch):
    def full(*args):
        raise lzma.LZMAError("no memory")

    monkeypatch.setattr(lzma, "compress", full)
    with pytest.raises(lzma.LZMAError):
        packed(folder, tmp_path_factory.mktemp("out") / "it.tar.xz")
