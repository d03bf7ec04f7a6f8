"""Mirrored toolchains: their records, their names, and the pins whose quirks they have."""

from dataclasses import replace
from pathlib import Path

import pytest
from kit.mirrored_builds import RECORD

from muslfall import ROOT
from muslfall.base.errors import MuslfallError, UsageError
from muslfall.pins import mirrored, variant
from muslfall.pins import release as pins_release
from muslfall.pins import series as pins


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("MUSLFALL_STORE", str(tmp_path / "store"))
    monkeypatch.setattr(pins_release, "current_platform", lambda: "linux-x86_64")


@pytest.fixture
def series():
    return pins.load_series(ROOT, "llvm")


def keep(record, ref=None):
    mirrored.folder().mkdir(parents=True, exist_ok=True)
    mirrored.path(record.version).write_text(mirrored.text(record))
    if ref:
        (mirrored.folder() / f"{ref}.ref").write_text(f"{record.version}\n")


@pytest.mark.parametrize("word", ["mirror:7", "mirror-7-a1b2c3d4", "mirror:mirror-7-a1b2c3d4"])
def test_a_record_is_found_by_its_label_and_its_name(word):
    keep(RECORD)
    assert mirrored.is_mirrored(word)
    assert mirrored.find(Path("/nowhere"), word) == RECORD


def test_a_reference_is_what_was_fetched_under_it_last():
    newer = replace(RECORD, label="8")
    keep(RECORD, "lkgr")
    keep(newer, "lkgr")
    assert mirrored.find(Path("/nowhere"), "mirror:lkgr") == newer
    assert mirrored.find(Path("/nowhere"), "mirror:7") == RECORD


def test_what_was_not_fetched_is_told_with_what_was():
    keep(RECORD)
    with pytest.raises(UsageError, match=r"mirror:9: was not fetched \(fetched: 7\)\n  try: .*9$"):
        mirrored.find(Path("/nowhere"), "mirror:9")
    with pytest.raises(UsageError, match="mirror-9-a1b2c3d4: was not fetched"):
        mirrored.find(Path("/nowhere"), "mirror-9-a1b2c3d4")
    with pytest.raises(UsageError, match="was not fetched"):
        mirrored.find(Path("/nowhere"), "mirror:../7")


def test_a_label_of_two_mirrors_must_be_told_apart():
    keep(RECORD)
    keep(replace(RECORD, sha256="0" * 64))
    with pytest.raises(UsageError, match="llvm=mirror-7-00000000 or llvm=mirror-7-a1b2c3d4"):
        mirrored.find(Path("/nowhere"), "mirror:7")


def test_the_steps_of_a_build_find_the_record_in_the_checkout(tmp_path):
    (tmp_path / "out/pinned").mkdir(parents=True)
    place = tmp_path / "out/pinned/llvm-mirror-7-a1b2c3d4.json"
    place.write_text(mirrored.text(RECORD))
    assert mirrored.find(tmp_path, RECORD.version) == RECORD


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"tools": 1}'])
def test_a_damaged_record(text):
    keep(RECORD)
    mirrored.path(RECORD.version).write_text(text)
    with pytest.raises(MuslfallError, match="is no record of a mirrored toolchain"):
        mirrored.find(Path("/nowhere"), "mirror:7")


def test_a_record_under_another_ones_name():
    keep(RECORD)
    mirrored.path(RECORD.version).rename(mirrored.path("mirror-8-a1b2c3d4"))
    with pytest.raises(MuslfallError, match="is the record of mirror-7-a1b2c3d4"):
        mirrored.every()


@pytest.mark.parametrize(
    ("version", "pin"),
    [
        ("18.1.2", "18.1.6"),
        ("22.1.8", "22.1.8"),
        ("20.0.0", "20.1.2"),
        ("14.0.6", "13.0.1"),
        ("99.0.0", "22.1.8"),
        ("4.0.0", "13.0.1"),
    ],
)
def test_the_release_whose_quirks_count(series, version, pin):
    assert mirrored.nearest(series, version).version == pin
    release = replace(RECORD, llvm=version).release(series)
    same = ("assemble", "pic-target", "program", "setjmp", "unresolved")
    pinned = series.release(pin)
    assert [release.quirks[key] for key in same] == [pinned.quirks[key] for key in same]
    assert release.facts == {"llvm": version, "revision": "beef", "quirks-of": pin}


def test_a_variant_of_a_mirrored_toolchain():
    keep(RECORD)
    chosen = variant.choose(ROOT, {"llvm": "mirror:7", "musl": "1.2.3"})
    assert chosen.name == "llvm-mirror-7-a1b2c3d4_musl-1.2.3_O2"
    assert chosen.llvm == "18.1.2"
    assert chosen.tool("llvm", "ar") == ("out/pinned/llvm-mirror-7-a1b2c3d4/bin/llvm-ar",)
    assert variant.choose(ROOT, variant.parse_assignments(chosen.assignments())) == chosen
    assert not chosen.is_lkgr


def test_compiler_rt_is_the_archives_or_the_lkgrs():
    lkgr = variant.choose(ROOT, {})
    assert lkgr.compiler_rt[0].endswith(".zig") and lkgr.releases() == [
        *lkgr.build.releases.values()
    ]
    keep(RECORD)
    chosen = variant.choose(ROOT, {"llvm": "mirror:7"})
    assert (chosen.compiler_rt, chosen.zig) == (lkgr.compiler_rt, lkgr.zig)
    assert chosen.releases() == [*chosen.build.releases.values(), lkgr.release("llvm")]
    keep(replace(RECORD, builtins="sysroot/lib/libcompiler_rt.a"))
    chosen = variant.choose(ROOT, {"llvm": "mirror:7"})
    place = "out/pinned/llvm-mirror-7-a1b2c3d4/sysroot/lib/libcompiler_rt.a"
    assert chosen.compiler_rt == (place,)
    assert lkgr.release("llvm") not in chosen.releases()
