"""Advisories: which releases they concern, and what is refused in their table."""

import pytest

from muslfall import ROOT
from muslfall.base.errors import MuslfallError
from muslfall.pins import advisories
from muslfall.pins.lkgr import load_lkgr
from muslfall.pins.release import COMPONENTS, Release
from muslfall.pins.series import load_series

TEXT = """[[advisory]]
id = "X-1"
component = "musl"
affected = [["1.2", "1.2.6"], ["2.0", ""]]
summary = "s"
source = "https://example.org/"
"""


def written(root, text=TEXT):
    (root / "toolchain").mkdir()
    (root / advisories.PATH).write_text(text)
    return root


def musl(version):
    return Release("musl", version, "apt", f"musl={version}", ())


@pytest.mark.parametrize(
    ("version", "concerned"),
    [
        ("1.1.24", False), ("1.2", True), ("1.2.0", True), ("1.2.5", True), ("1.2.6", False),
        ("1.2.10", False), ("2.0.1", True), ("3", True),
    ],
)  # fmt: skip
def test_which_versions_are_concerned(tmp_path, version, concerned):
    lines = advisories.of([musl(version)], written(tmp_path))
    assert lines == [f"musl {version}: X-1: s (https://example.org/)"] * concerned


def test_another_component_is_not_concerned(tmp_path):
    release = Release("wabt", "1.2.5", "pip", "wabt==1.2.5", ())
    assert advisories.of([release], written(tmp_path)) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('"musl"', '"glibc"'), "advisory X-1.component"),
        (('["2.0", ""]', '["2.0"]'), "must be two versions"),
        (('["2.0", ""]', '["", "1"]'), "must be two versions"),
        (('"s"', "1"), "advisory X-1.summary"),
        (("summary", "sumary"), "sumary"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, change, message):
    with pytest.raises(MuslfallError, match=message):
        advisories.load(written(tmp_path, TEXT.replace(*change)))


def test_what_is_committed_names_pinned_releases_and_files_of_the_port():
    known = advisories.load(ROOT)
    assert len(known) > 5
    for one in known:
        series = load_series(ROOT, one.component)
        assert any(one.concerns(release) for release in series.releases), one.id
        assert not one.mended or (ROOT / one.mended).is_file()
        assert one.source.startswith("https://")


def test_the_lkgr_has_no_hole_that_a_newer_pinned_release_mends():
    lkgr = load_lkgr(ROOT).releases
    for name in COMPONENTS:
        newest = load_series(ROOT, name).releases[-1]
        open_now = {line.split(": ")[1] for line in advisories.of([lkgr[name]], ROOT)}
        open_then = {line.split(": ")[1] for line in advisories.of([newest], ROOT)}
        assert open_now <= open_then, name
