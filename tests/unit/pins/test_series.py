"""Pins: the real ones are sound, and a malformed one names file, key and what is wrong."""

import re
import shutil

import pytest

from muslfall import ROOT
from muslfall.base.errors import MuslfallError, UsageError
from muslfall.pins import lkgr as pins_lkgr
from muslfall.pins import release as pins_release
from muslfall.pins import series as pins

SHA = "0123456789abcdef" * 4
GOOD = f"""
component = "wabt"
registry = "pip"
executables = ["bin/*"]

[tools]
wat2wasm = ["bin/wat2wasm", "--all"]

[quirks]
slow = true
flags = ["-a"]

[[release]]
version = "1.0.9"
requirement = "wabt==1.0.9"
[[release.file]]
platform = "linux-x86_64"
name = "wabt-1.0.9.whl"
sha256 = "{SHA}"
size = 10

[[release]]
version = "1.0.42"
requirement = "wabt==1.0.42"
quirks.flags = ["-b", "-c"]
[[release.file]]
platform = "any"
name = "wabt-1.0.42.whl"
sha256 = "{SHA}"
size = 11
url = "https://example.org/wabt"
"""


@pytest.fixture
def checkout(tmp_path):
    """A checkout with pins only: a copy of ours, but wabt's is GOOD."""
    shutil.copytree(ROOT / "toolchain", tmp_path / "toolchain")
    (tmp_path / "musl").mkdir()
    shutil.copy(ROOT / "musl" / "musl.toml", tmp_path / "musl" / "musl.toml")
    (tmp_path / "toolchain" / "wabt.toml").write_text(GOOD)
    return tmp_path


def read(checkout, text):
    (checkout / "toolchain" / "wabt.toml").write_text(text)
    return pins.load_series(checkout, "wabt")


def test_a_series_is_read_with_its_defaults(checkout):
    old, new = pins.load_series(checkout, "wabt").releases
    assert (old.version, new.version) == ("1.0.9", "1.0.42")
    assert old.tools == {"wat2wasm": ("bin/wat2wasm", "--all")}
    assert old.quirks == {"slow": True, "flags": ("-a",)}
    assert new.quirks == {"slow": True, "flags": ("-b", "-c")}
    assert (new.registry, new.executables, new.strip) == ("pip", ("bin/*",), 0)
    assert new.name == "wabt-1.0.42"
    file = pins_release.File("any", "wabt-1.0.42.whl", SHA, 11, "https://example.org/wabt")
    assert new.files == (file,)


def test_a_file_is_chosen_by_platform(checkout):
    old, new = pins.load_series(checkout, "wabt").releases
    assert old.file("linux-x86_64").size == 10
    assert new.file("macos-arm64").size == 11
    with pytest.raises(MuslfallError, match="wabt-1.0.9: no file for macos-arm64; .*linux-x86_64"):
        old.file("macos-arm64")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('registry = "pip"\n', "", "registry: is missing"),
        ('registry = "pip"', 'registry = "cargo"', "registry: 'cargo' is not one of pip, npm"),
        ('registry = "pip"', "registry = 1", "registry: must be a string, not 1"),
        ('component = "wabt"', 'component = "llvm"', "component: must be 'wabt', not 'llvm'"),
        ("slow = true", "slow = 1.5", "quirks.slow: must be a string, an integer"),
        ("[quirks]", "[quirk]", "quirk: unknown key"),
        ('"bin/wat2wasm", ', '"/bin/wat2wasm", ', "tools.wat2wasm: '/bin/wat2wasm' must be a rel"),
        ('"bin/wat2wasm", ', '"bin/../../x", ', "tools.wat2wasm: 'bin/../../x' must be a"),
        ('["bin/wat2wasm", "--all"]', "[]", "tools.wat2wasm: must be a command"),
        ('["bin/wat2wasm", "--all"]', '"a b"', "tools.wat2wasm: must be a list of strings"),
        ('["bin/*"]', '["../*"]', "executables: '../\\*' must be a relative path"),
        ('["bin/*"]', '["bin/*"]\nstrip = -1', "strip: must be at least 0, not -1"),
        ('version = "1.0.9"\n', "", r"release\[0\].version: is missing"),
        ('version = "1.0.9"', 'version = "1.0.42"', "release 1.0.42: stands there twice"),
        ('version = "1.0.9"', 'version = "1.1.0"', "release 1.0.42: is older than the release"),
        ('version = "1.0.9"', 'version = "v1"', "release v1.version: must be dotted numbers"),
        ('requirement = "wabt==1.0.9"', "", "release 1.0.9.requirement: is missing"),
        ('requirement = "wabt==1.0.9"', 'requirement = ""', "1.0.9.requirement: must not be empty"),
        ("size = 10", 'size = "10"', "file linux-x86_64.size: must be an integer, not '10'"),
        ("size = 10", "size = true", "file linux-x86_64.size: must be an integer, not True"),
        ("size = 10", "size = 0", "file linux-x86_64.size: must be at least 1, not 0"),
        ("size = 10", "size = 10\nmd5 = 'x'", "linux-x86_64.md5: unknown key; known are platform"),
        (f'"{SHA}"\nsize = 10', '"abc"\nsize = 10', "sha256: must be 64 lower-case hexadecimal"),
        (f'"{SHA}"\nsize = 10', f'"{SHA.upper()}"\nsize = 10', "sha256: must be 64 lower-case"),
        ('"wabt-1.0.9.whl"', '"/etc/passwd"', "name: '/etc/passwd' must be a plain file name"),
        ('"wabt-1.0.9.whl"', '".."', "name: '..' must be a plain file name"),
        ('"linux-x86_64"', '"linux-z80"', "platform: 'linux-z80' is not one of linux-x86_64"),
        ("https://example", "ftp://example", "url: 'ftp://example.org/wabt' must start with http"),
    ],
)
def test_what_is_wrong_is_named(checkout, old, new, message):
    assert old in GOOD
    with pytest.raises(MuslfallError, match=message) as caught:
        read(checkout, GOOD.replace(old, new, 1))
    assert "toolchain/wabt.toml: " in str(caught.value)


def test_two_files_for_one_platform(checkout):
    file = re.search(r"\[\[release.file\]\](.|\n)*?size = 10\n", GOOD)[0]
    with pytest.raises(MuslfallError, match="release 1.0.9.file: two files for linux-x86_64"):
        read(checkout, GOOD.replace(file, file + file, 1))


def test_all_problems_come_at_once(checkout):
    with pytest.raises(MuslfallError) as caught:
        read(checkout, GOOD.replace("size = 10", "size = 0").replace("slow = true", "x = [1]"))
    assert len(caught.value.problems) == 2
    assert "toolchain/wabt.toml is malformed" in str(caught.value)


def test_what_is_wrong_at_the_top_is_said_once(checkout):
    with pytest.raises(MuslfallError) as caught:
        read(checkout, GOOD.replace('["bin/*"]', '["/bin"]'))
    assert not caught.value.problems


def test_not_toml_names_the_line(checkout):
    with pytest.raises(MuslfallError, match="toolchain/wabt.toml: is not TOML: .*line 2"):
        read(checkout, '\ncomponent = wabt"\n')


def test_a_missing_file_is_named(checkout):
    (checkout / "toolchain" / "wabt.toml").unlink()
    with pytest.raises(MuslfallError, match="toolchain/wabt.toml: no such file"):
        pins_lkgr.resolve(checkout, {})


def test_a_swap_leaves_the_rest_at_lkgr():
    lkgr, swapped = pins_lkgr.load_lkgr(ROOT), pins_lkgr.resolve(ROOT, {"llvm": "18.1.6"})
    assert swapped.releases["llvm"].version == "18.1.6"
    assert swapped.number == lkgr.number
    same = [name for name in pins_release.COMPONENTS if name != "llvm"]
    assert all(swapped.releases[name] == lkgr.releases[name] for name in same)


@pytest.mark.parametrize(
    ("swap", "message"),
    [
        ({"llvm": "99"}, "llvm: no release '99'\n  try: one of: 13.0.1, 15.0.7"),
        ({"gcc": "14"}, "gcc: no such component\n  try: one of: llvm, v8"),
    ],
)
def test_a_wrong_swap_names_the_choices(swap, message):
    with pytest.raises(UsageError, match=message):
        pins_lkgr.resolve(ROOT, swap)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('wabt = "', 'wabt = "9', "components.wabt: 9.* is not a release in toolchain/wabt.toml"),
        ("wabt = ", "# ", "components.wabt: is missing"),
        ("build = 11", "build = 'one'", "build: must be an integer, not 'one'"),
        ("[components]", "[components]\ngcc = '1'", "components.gcc: unknown key"),
    ],
)
def test_a_malformed_lkgr(checkout, old, new, message):
    path = checkout / "toolchain" / "lkgr.toml"
    path.write_text(re.sub(re.escape(old), new, path.read_text(), count=1))
    with pytest.raises(MuslfallError, match=f"toolchain/lkgr.toml: {message}"):
        pins_lkgr.load_lkgr(checkout)


def test_the_nine_llvms_are_pinned_for_four_platforms():
    series = pins.load_series(ROOT, "llvm")
    versions = "13.0.1 15.0.7 16.0.6 17.0.6 18.1.6 19.1.7 20.1.2 21.1.0 22.1.8"
    assert series.versions() == versions.split()
    for release in series.releases:
        platforms = {file.platform for file in release.files}
        assert platforms == {"linux-x86_64", "linux-aarch64", "macos-arm64", "macos-x86_64"}
        assert {"clang", "wasm-ld", "ar", "zig"} <= set(release.tools)


def test_every_series_is_sound_and_no_pin_names_a_registry():
    hashes = []
    for component in pins_release.COMPONENTS:
        for release in pins.load_series(ROOT, component).releases:
            assert release.file("linux-x86_64").size > 1000
            hashes += [file.sha256 for file in release.files]
            assert all(file.url is None for file in release.files) or component == "musl"
    assert len(hashes) == len(set(hashes))
