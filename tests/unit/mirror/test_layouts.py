"""Layouts: from a reference to an archive, by the files that each mirror has."""

import json

import pytest

from muslfall.base.errors import MuslfallError, UsageError
from muslfall.mirror import layouts
from muslfall.mirror.layouts import Archive, Emscripten, Muslfall, Waterfall

SHA = "5" * 64
HASH, OLD = "1234567890" * 4, "abcdefabcd" * 4
TAGS = {
    "aliases": {"latest": "3.1.50", "latest-sdk": "latest", "latest-arm64-linux": "3.1.33"},
    "releases": {"3.1.50": HASH, "3.1.33": OLD, "3.1.30-asserts": OLD},
}


def locate(layout, ref, **files):
    """The archive, and the paths that were asked for; files by path, JSON or bytes."""
    asked = []

    def read(paths):
        asked.append(paths)
        data = next(files[path] for path in paths if path in files)
        return data if isinstance(data, bytes) else json.dumps(data).encode()

    return layouts.locate(layout.locate(ref), read), asked


@pytest.fixture
def ours():
    pin = {"build": 7, "sha256": SHA, "size": 10}
    return {
        "linux-x86_64/lkgr.json": {"build": 7, "repositories": {}},
        "linux-x86_64/latest.json": {"build": 7},
        "linux-x86_64/7/wasm-binaries.json": pin,
    }


@pytest.mark.parametrize("ref", ["lkgr", "latest", "7"])
def test_ours_pins_its_archive(ours, ref):
    found, asked = locate(Muslfall("linux-x86_64"), ref, **ours)
    path = "linux-x86_64/7/wasm-binaries.tar.xz"
    assert found == Archive("7", (path,), "wasm-install", SHA, 10)
    assert len(asked) == (1 if ref == "7" else 2)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("build", 8, "is about build 8, not 7"),
        ("sha256", "5", "no sha256 and size"),
        ("sha256", None, "no sha256 and size"),
        ("size", 0, "no sha256 and size"),
        ("size", "10", "no sha256 and size"),
    ],
)
def test_a_pin_that_is_none(ours, key, value, message):
    ours["linux-x86_64/7/wasm-binaries.json"][key] = value
    with pytest.raises(MuslfallError, match=message):
        locate(Muslfall("linux-x86_64"), "7", **ours)


@pytest.mark.parametrize("build", ["7", 7])
def test_the_waterfall_wrote_its_number_as_a_string(build):
    lkgr = {"build": build, "scheduler": "llvm", "repositories": {"llvm": {"hash": "0"}}}
    found, _ = locate(Waterfall("linux-x86_64"), "lkgr", **{"linux/lkgr.json": lkgr})
    names = ("linux/7/wasm-binaries.tbz2", "linux/7/wasm-binaries-7.tbz2")
    assert found == Archive("7", names, "wasm-install")
    assert locate(Waterfall("macos-x86_64"), "9")[0].paths[0] == "mac/9/wasm-binaries.tbz2"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<!DOCTYPE html>\n<p>log in", r"linux/lkgr.json: is not JSON; it starts with '<!DOCTYPE"),
        (b"\xff\xfe", "is not JSON"),
        (b"", "is not JSON; it starts with ''"),
        (b"[1]", "is JSON, but no object"),
        (b"{}", "its build is None, which is no number"),
        (b'{"build": "../7"}', "its build is '../7', which is no number"),
        (b'{"build": true}', "which is no number"),
    ],
)
def test_an_lkgr_that_is_none(data, message):
    with pytest.raises(MuslfallError, match=message):
        locate(Waterfall("linux-x86_64"), "lkgr", **{"linux/lkgr.json": data})


@pytest.mark.parametrize(
    ("ref", "label", "commit"),
    [
        ("3.1.50", "3.1.50", HASH),
        ("latest", "3.1.50", HASH),
        ("latest-sdk", "3.1.50", HASH),
        ("3.1.30-asserts", "3.1.30-asserts", OLD),
        (OLD, OLD[:12], OLD),
    ],
)
def test_emscriptens_tags(ref, label, commit):
    tags = {"emscripten-releases-tags.json": TAGS}
    found, asked = locate(Emscripten("linux-x86_64"), ref, **tags)
    stem = f"linux/{commit}/wasm-binaries"
    assert found == Archive(label, (f"{stem}.tar.xz", f"{stem}.tbz2"), "install")
    assert len(asked) == (ref != OLD)


def test_emscriptens_older_tags_had_another_name_and_form():
    tags = {"latest": "1.39.9", "releases": {"1.39.9": HASH}}
    found, _ = locate(Emscripten("macos-x86_64"), "latest", **{Emscripten.TAGS[1]: tags})
    assert (found.label, found.paths[0]) == ("1.39.9", f"mac/{HASH}/wasm-binaries.tar.xz")


def test_arm_has_another_name_and_on_linux_another_latest():
    tags = {"emscripten-releases-tags.json": TAGS}
    found, _ = locate(Emscripten("linux-aarch64"), "latest", **tags)
    assert found.paths[0] == f"linux/{OLD}/wasm-binaries-arm64.tar.xz"
    found, _ = locate(Emscripten("macos-arm64"), "latest", **tags)
    assert found.paths[1] == f"mac/{HASH}/wasm-binaries-arm64.tbz2"


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"releases": {"x": "short"}},
        {"aliases": {"x": "y", "y": "x"}, "releases": {"z": HASH}},
        {"releases": {"../x": HASH}, "aliases": {"x": "../x"}},
    ],
)
def test_tags_without_the_version(tags):
    with pytest.raises(UsageError, match="x: is no version in the tags"):
        locate(Emscripten("linux-x86_64"), "x", **{Emscripten.TAGS[0]: tags})


@pytest.mark.parametrize(("layout", "ref"), [(Muslfall, "3.1"), (Waterfall, "latest")])
def test_a_reference_of_another_layout(layout, ref):
    with pytest.raises(UsageError, match=f"{ref}: is no build's number"):
        locate(layout("linux-x86_64"), ref)


def test_a_platform_that_a_layout_never_had():
    with pytest.raises(MuslfallError, match="layout waterfall: has nothing for macos-arm64"):
        Waterfall("macos-arm64")
