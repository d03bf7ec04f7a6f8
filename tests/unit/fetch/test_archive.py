"""Archives: what is unpacked, and what is refused."""

import io
import os
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from muslfall.fetch import archive
from muslfall.fetch.archive import ArchiveError, unpack


def make_zip(path, members):
    """members: name -> bytes, or (ZipInfo, bytes)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members:
            file.writestr(name, data)
    return path


def tar_member(name, data=b"", **fields):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    info.mtime = 1_000_000_000
    for key, value in fields.items():
        setattr(info, key, value)
    return info, data


def make_tar(path, *members, mode="w:gz"):
    with tarfile.open(path, mode) as file:
        for info, data in members:
            file.addfile(info, io.BytesIO(data))
    return path


def zip_link(name, target):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info, target


def modes(folder):
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode)
        for path in sorted(folder.rglob("*"))
    }


def test_a_wheel_gets_its_run_bits_from_the_pin(tmp_path):
    wheel = make_zip(tmp_path / "a.whl", [("a/bin/tool", "#!"), ("a/lib.py", "x = 1")])
    entries = unpack(wheel, tmp_path / "out", executables=("a/bin/*",))
    assert modes(tmp_path / "out") == {
        "a": 0o755,
        "a/bin": 0o755,
        "a/bin/tool": 0o755,
        "a/lib.py": 0o644,
    }
    assert list(entries) == ["a/bin/tool", "a/lib.py"]


@pytest.mark.parametrize("suffix", ["gz", "xz", "bz2"])
def test_a_tarball_keeps_run_bits_and_times(tmp_path, suffix):
    tarball = make_tar(
        tmp_path / f"m-1.tar.{suffix}",
        tar_member("m-1", type=tarfile.DIRTYPE),
        tar_member("m-1/configure", b"#!", mode=0o4755),
        tar_member("m-1/README", b"hello", mode=0o600),
        mode=f"w:{suffix}",
    )
    unpack(tarball, tmp_path / "out", strip=1)
    assert modes(tmp_path / "out") == {"configure": 0o755, "README": 0o644}
    assert (tmp_path / "out" / "README").read_bytes() == b"hello"
    assert (tmp_path / "out" / "README").stat().st_mtime == 1_000_000_000


def test_the_umask_and_the_time_zone_change_nothing(tmp_path, monkeypatch):
    wheel = make_zip(tmp_path / "a.whl", [("a/b", "1")])
    seen = []
    for umask, zone in ((0o000, "UTC"), (0o077, "Asia/Tokyo")):
        monkeypatch.setenv("TZ", zone)
        before = os.umask(umask)
        try:
            unpack(wheel, tmp_path / f"out{umask}")
        finally:
            os.umask(before)
        status = (tmp_path / f"out{umask}" / "a" / "b").stat()
        seen.append((status.st_mode, status.st_mtime, modes(tmp_path / f"out{umask}")))
    assert seen[0] == seen[1]


def test_links_inside_are_kept_and_hard_links_become_copies(tmp_path):
    tarball = make_tar(
        tmp_path / "a.tar.gz",
        tar_member("t/lib/real", b"data"),
        tar_member("t/bin/link", type=tarfile.SYMTYPE, linkname="../lib/real"),
        tar_member("t/twin", type=tarfile.LNKTYPE, linkname="t/lib/real"),
    )
    entries = unpack(tarball, tmp_path / "out", strip=1)
    assert (tmp_path / "out/bin/link").read_bytes() == b"data"
    assert (tmp_path / "out/twin").read_bytes() == b"data"
    assert (tmp_path / "out/twin").stat().st_nlink == 1
    assert entries["bin/link"] == archive.Entry("link", 0, "../lib/real")


@pytest.mark.parametrize(
    "name", ["../evil", "a/../../evil", "/evil", "a/..", "..", "a\\..\\..\\evil", "C:/evil"]
)
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_path_that_escapes_is_refused(tmp_path, name, kind):
    if kind == "zip":
        file = make_zip(tmp_path / "a.zip", [("a/ok", "1"), (name, "evil")])
    else:
        file = make_tar(tmp_path / "a.tar.gz", tar_member("a/ok", b"1"), tar_member(name, b"evil"))
    with pytest.raises(ArchiveError, match="leaves the folder"):
        unpack(file, tmp_path / "out")
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("target", ["/etc/passwd", "../x", "../../x", "b/../../../x", ""])
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_link_out_is_refused(tmp_path, target, kind):
    if kind == "zip":
        file = make_zip(tmp_path / "a.zip", [zip_link("link", target)])
    else:
        link = tar_member("link", type=tarfile.SYMTYPE, linkname=target)
        file = make_tar(tmp_path / "a.tar.gz", link)
    with pytest.raises(ArchiveError, match="link 'link' points out of it"):
        unpack(file, tmp_path / "out")


def test_a_link_out_by_way_of_a_link_is_refused(tmp_path):
    tarball = make_tar(
        tmp_path / "a.tar.gz",
        tar_member("here", type=tarfile.SYMTYPE, linkname="."),
        tar_member("out", type=tarfile.SYMTYPE, linkname="here/../x"),
    )
    with pytest.raises(ArchiveError, match="link 'out' points out of it"):
        unpack(tarball, tmp_path / "out")


def test_nothing_is_written_through_a_link(tmp_path):
    (tmp_path / "victim").mkdir()
    tarball = make_tar(
        tmp_path / "a.tar.gz",
        tar_member("d/x", b"1"),
        tar_member("link", type=tarfile.SYMTYPE, linkname="d"),
        tar_member("link/y", b"evil"),
    )
    with pytest.raises(ArchiveError, match="'link' is a link and a folder"):
        unpack(tarball, tmp_path / "out")
    assert not (tmp_path / "out/d/y").exists()


@pytest.mark.parametrize("target", ["/etc/passwd", "../x", "missing", "link2"])
def test_a_hard_link_to_anything_but_a_file_of_the_archive_is_refused(tmp_path, target):
    tarball = make_tar(
        tmp_path / "a.tar.gz",
        tar_member("f", b"1"),
        tar_member("link2", type=tarfile.SYMTYPE, linkname="f"),
        tar_member("hard", type=tarfile.LNKTYPE, linkname=target),
    )
    with pytest.raises(ArchiveError, match="link 'hard' points to no file in it"):
        unpack(tarball, tmp_path / "out")


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_a_device_is_refused(tmp_path, kind):
    tarball = make_tar(tmp_path / "a.tar.gz", tar_member("dev", type=kind))
    with pytest.raises(ArchiveError, match="'dev' is neither file, folder nor link"):
        unpack(tarball, tmp_path / "out")


def test_a_member_that_is_there_twice_is_refused(tmp_path):
    tarball = make_tar(tmp_path / "a.tar.gz", tar_member("f", b"1"), tar_member("./f", b"2"))
    with pytest.raises(ArchiveError, match="'./f' is there twice"):
        unpack(tarball, tmp_path / "out")


def test_absurd_sizes_are_refused_before_they_are_written(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_BYTES", 1000)
    big = make_zip(tmp_path / "a.zip", [("a", "1"), ("big", bytes(100_000))])
    with pytest.raises(ArchiveError, match="unpacks to more than"):
        unpack(big, tmp_path / "out")
    assert not (tmp_path / "out/big").exists()


def test_hard_links_cannot_multiply_past_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_BYTES", 1000)
    links = [tar_member(f"l{n}", type=tarfile.LNKTYPE, linkname="f") for n in range(10)]
    tarball = make_tar(tmp_path / "a.tar.gz", tar_member("f", bytes(300)), *links)
    with pytest.raises(ArchiveError, match="unpacks to more than"):
        unpack(tarball, tmp_path / "out")


def test_too_many_members_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_MEMBERS", 3)
    with pytest.raises(ArchiveError, match="more than 3 members"):
        unpack(make_zip(tmp_path / "a.zip", [(f"f{n}", "") for n in range(4)]), tmp_path / "out")


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz", "a.tar.xz"])
@pytest.mark.parametrize("data", [b"", b"no archive at all" * 100])
def test_what_is_no_archive_is_damaged(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ArchiveError, match=f"{name}: is damaged"):
        unpack(tmp_path / name, tmp_path / "out")


@pytest.mark.parametrize("kind", ["zip", "tar.gz", "tar.xz"])
def test_a_cut_archive_is_damaged(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    data = os.urandom(50_000)
    if kind == "zip":
        make_zip(path, [("f", data)])
    else:
        make_tar(path, tar_member("f", data), mode=f"w:{kind[4:]}")
    path.write_bytes(path.read_bytes()[:30_000])
    with pytest.raises(ArchiveError, match="is damaged"):
        unpack(path, tmp_path / "out")


def test_a_flipped_bit_in_a_zip_is_damage(tmp_path):
    path = make_zip(tmp_path / "a.zip", [("f", os.urandom(1000))])
    data = bytearray(path.read_bytes())
    data[500] ^= 1
    path.write_bytes(data)
    with pytest.raises(ArchiveError, match="is damaged"):
        unpack(path, tmp_path / "out")


def test_an_unknown_kind_is_refused(tmp_path):
    (tmp_path / "a.rar").write_bytes(b"x")
    with pytest.raises(ArchiveError, match="no archive of a known kind"):
        unpack(tmp_path / "a.rar", tmp_path / "out")


def test_an_executable_that_is_not_there_is_told(tmp_path):
    wheel = make_zip(tmp_path / "a.whl", [("a/tool", "1")])
    with pytest.raises(ArchiveError, match="has no file 'bin/tool'"):
        unpack(wheel, tmp_path / "out", executables=("bin/tool",))


def test_strip_that_leaves_nothing_is_told(tmp_path):
    tarball = make_tar(tmp_path / "a.tar.gz", tar_member("top", b"1"))
    with pytest.raises(ArchiveError, match="no path left"):
        unpack(tarball, tmp_path / "out", strip=1)


def test_damage_names_changed_missing_and_added_paths(tmp_path):
    tarball = make_tar(
        tmp_path / "a.tar.gz",
        *(tar_member(f"d/{name}", b"data") for name in ("same", "changed", "missing", "mode")),
        tar_member("d/link", type=tarfile.SYMTYPE, linkname="same"),
    )
    out = tmp_path / "out"
    entries = unpack(tarball, out)
    assert archive.damage(out, entries) == []
    (out / "d/__pycache__").mkdir()
    (out / "d/__pycache__/x.pyc").write_text("")
    assert archive.damage(out, entries) == []
    (out / "d/changed").write_text("dat4")
    (out / "d/missing").unlink()
    (out / "d/mode").chmod(0o755)
    (out / "d/link").unlink()
    (out / "d/link").symlink_to("changed")
    (out / "added").write_text("")
    wanted = ["added", "d/changed", "d/link", "d/missing", "d/mode"]
    assert archive.damage(out, entries) == wanted


def tarball(files: dict[str, bytes]) -> bytes:
    """A .tar.xz of these files."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:xz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return content.getvalue()


def deb(path: Path, members: dict[str, bytes]) -> Path:
    """An ar archive of these members."""
    content = b"!<arch>\n"
    for name, data in members.items():
        content += f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode()
        content += data + b"\n" * (len(data) % 2)
    path.write_bytes(content)
    return path


def test_of_a_deb_only_the_folders_that_are_asked_for(tmp_path):
    data = tarball({"./usr/a/x.c": b"x", "./usr/ab/y.c": b"y", "./usr/a/z/w.c": b"w"})
    path = deb(tmp_path / "p.deb", {"debian-binary": b"2.0", "data.tar.xz": data})
    archive.unpack(path, tmp_path / "new", strip=2, only=("usr/a",))
    found = {item.relative_to(tmp_path / "new").as_posix() for item in tmp_path.glob("new/**/*.c")}
    assert found == {"x.c", "z/w.c"}


def test_a_tarball_inside_a_deb(tmp_path):
    inner = tarball({"top/keep/x.c": b"x", "top/drop/y.c": b"y"})
    data = tarball({"./usr/other.tar.xz": b"", "./usr/src.tar.xz": inner})
    path = deb(tmp_path / "p.deb", {"debian-binary": b"2.0\n", "data.tar.xz": data})
    entries = archive.unpack(
        path, tmp_path / "new", strip=1, inside="usr/src.tar.xz", only=("top/keep",)
    )
    assert list(entries) == ["keep/x.c"]
    with pytest.raises(archive.ArchiveError, match=r"has no archive 'usr/no\.tar\.xz' in it"):
        archive.unpack(path, tmp_path / "none", inside="usr/no.tar.xz")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"no ar\n", "is no ar archive"),
        (b"!<arch>\n", "has no data.tar"),
        (b"!<arch>\ndata.tar.xz", "is damaged"),
    ],
)
def test_a_deb_that_is_none(tmp_path, content, what):
    path = tmp_path / "p.deb"
    path.write_bytes(content)
    with pytest.raises(archive.ArchiveError, match=what):
        archive.unpack(path, tmp_path / "new")
