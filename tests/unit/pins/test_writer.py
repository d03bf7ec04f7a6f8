"""The writer of pins: a new release in its place, and not a byte of the rest changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muslfall import ROOT
from muslfall.base import tables
from muslfall.base.errors import MuslfallError
from muslfall.pins import release as pins_release
from muslfall.pins import series as pins
from muslfall.pins import writer as pin_writer
from muslfall.pins.release import File

HEX = "a" * 64
FILE = File("any", "x-9.tar.gz", HEX, 5, "https://example.org/x-9.tar.gz")
COMPONENTS = pins_release.COMPONENTS


def text_of(component):
    return pins.series_path(ROOT, component).read_text(encoding="utf-8")


def block(version, lines=(), files=(FILE,), **facts):
    return pin_writer.block(version, "x", lines, facts, files)


def add(text, release, component="musl"):
    return pin_writer.add(text, release, "musl/musl.toml", component)


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_newer_release_is_the_last(component):
    text = text_of(component)
    added = add(text, block("9999.0"), component)
    assert added == text.rstrip("\n") + "\n\n" + block("9999.0")


@pytest.mark.parametrize("component", COMPONENTS)
def test_an_older_release_is_the_first(component):
    text = text_of(component)
    before, releases = pin_writer.split(text)
    assert add(text, block("0.1"), component) == before + block("0.1") + "\n" + "".join(releases)


def test_one_in_between():
    series = pins.SeriesReader("x", "musl").read(
        tables.toml_module().loads(add(text_of("musl"), block("1.2.4", suite="bookworm")))
    )
    assert series.versions() == ["1.2.3", "1.2.4", "1.2.5", "1.2.6"]
    new = series.release("1.2.4")
    assert (new.files, new.requirement) == ((FILE,), "x")
    assert (new.facts["suite"], new.registry, new.strip) == ("bookworm", "apt", 1)


@given(st.permutations(["1.2.4", "1.2.10", "0.9", "2", "1.2.5.1"]))
def test_the_order_in_which_they_are_added_does_not_matter(order):
    text = text_of("musl")
    for version in order:
        text = add(text, block(version))
    versions = pins.SeriesReader("x", "musl").read(tables.toml_module().loads(text)).versions()
    assert versions == ["0.9", "1.2.3", "1.2.4", "1.2.5", "1.2.5.1", "1.2.6", "1.2.10", "2"]


def test_what_is_there_is_not_added():
    with pytest.raises(MuslfallError, match="musl/musl.toml: has release 1.2.5 already"):
        add(text_of("musl"), block("1.2.5"))


def test_what_would_be_no_series_is_not_added():
    bad = File("any", "x.tar.gz", "short", 5)
    with pytest.raises(MuslfallError, match="64 lower-case"):
        add(text_of("musl"), block("9", files=[bad]))


def test_quirks_are_taken_over_and_facts_are_not():
    newest = """[[release]]
version = "1"
requirement = "x"
quirks.setjmp = []
strip = 2
facts.zig = "1"

[[release.file]]
platform = "any"
"""
    assert pin_writer.inherited(newest) == ["quirks.setjmp = []", "strip = 2"]


def test_a_release_as_text():
    assert (
        block("9", ["strip = 2"], zig='a "b"', a="c")
        == f"""[[release]]
version = "9"
requirement = "x"
strip = 2
facts.a = "c"
facts.zig = "a \\"b\\""

[[release.file]]
platform = "any"
name = "x-9.tar.gz"
sha256 = "{HEX}"
size = 5
url = "https://example.org/x-9.tar.gz"
"""
    )
