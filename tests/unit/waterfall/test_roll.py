"""The roll: what it proposes, as text, as a diff that git takes, and by file of musl."""

import subprocess

import pytest
from kit.records import made

from muslfall import ROOT
from muslfall.base.errors import MuslfallError
from muslfall.libc import manifest
from muslfall.libc.manifest import Exclusion, Manifest
from muslfall.pins import lkgr as pins_lkgr
from muslfall.waterfall import roll, step

LKGR = """# The last known good build.
build = 1

[components]  # one line each
llvm = "22.1.8"
v8 = "24.19.0"   # the node that carries it
wasmtime = "50.0.1"
wasm-tools = "1.262.0"
wabt = "1.0.42"
musl = "1.2.5"
"""


@pytest.fixture
def checkout(tmp_path):
    """A checkout with today's pins, and two manifests that are made up."""
    (tmp_path / "toolchain").mkdir()
    for path in ROOT.glob("toolchain/*.toml"):
        (tmp_path / "toolchain" / path.name).symlink_to(path)
    (tmp_path / roll.LKGR).unlink()
    (tmp_path / roll.LKGR).write_text(LKGR)
    (tmp_path / "musl").symlink_to(ROOT / "musl")
    (tmp_path / "manifests").mkdir()
    return tmp_path


def versions(**swaps):
    lkgr = {"llvm": "22.1.8", "v8": "24.19.0", "wasmtime": "50.0.1", "wasm-tools": "1.262.0",
            "wabt": "1.0.42", "musl": "1.2.5"}  # fmt: skip
    return {**lkgr, **swaps}


def write_manifest(checkout, one, included=("same.c",), **excluded):
    variant = step.libc_variant(checkout, one)
    why = {f"{key}.c": Exclusion(*value) for key, value in excluded.items()}
    file = checkout / variant.manifest
    file.write_text(manifest.dump(Manifest(variant.toolchain(), included, (), why)))


def propose(checkout, **swaps):
    return roll.propose(checkout, made(9, swaps=versions(**swaps)))


def test_comments_and_order_stay(checkout):
    write_manifest(checkout, versions())
    after = propose(checkout, v8="22.20.0").after
    assert after == LKGR.replace("build = 1", "build = 9").replace("24.19.0", "22.20.0")


def test_git_takes_all_of_it(checkout):
    write_manifest(checkout, versions())
    write_manifest(checkout, versions(musl="1.2.6"), ("same.c", "new.c"))
    proposed = propose(checkout, musl="1.2.6")
    done = subprocess.run(["git", "apply"], input=proposed.text(), text=True, cwd=checkout)
    assert done.returncode == 0
    assert (checkout / roll.LKGR).read_text() == proposed.after
    assert pins_lkgr.read_lkgr(checkout) == (9, versions(musl="1.2.6"))


def test_it_says_what_became_of_each_file(checkout):
    asm, cc = ("assemble", "error", "no such"), ("compile", "crash", "it fell over")
    left = ("port", "left-out", "why")
    write_manifest(checkout, versions(), ("a.c", "gone.c", "same.c"), b=cc, c=cc, d=left)
    after = {"a": asm, "c": asm, "d": left, "e": cc}
    write_manifest(checkout, versions(llvm="21.1.0"), ("b.c", "new.c", "same.c"), **after)
    files = propose(checkout, llvm="21.1.0").files
    assert {fate: [line.partition(":")[0] for line in lines] for fate, lines in files.items()} == {
        "became buildable": ["b.c"],
        "stopped being buildable": ["a.c"],
        "fails otherwise": ["c.c"],
        "is new, and is built": ["new.c"],
        "is new, and is not built": ["e.c"],
        "is gone": ["gone.c"],
    }
    text = propose(checkout, llvm="21.1.0").text()
    assert "a.c: was included, is excluded (assemble: error): no such" in text
    assert text.startswith("Roll the LKGR to build 9: llvm 22.1.8 -> 21.1.0\n")


def test_engines_change_no_file(checkout):
    write_manifest(checkout, versions())
    assert "No file of musl became buildable" in propose(checkout, wasmtime="49.0.0").text()


def test_a_manifest_that_is_not_there_is_named(checkout):
    write_manifest(checkout, versions())
    with pytest.raises(MuslfallError, match="musl-1.2.6_O2.toml: no such manifest"):
        propose(checkout, musl="1.2.6")


@pytest.mark.parametrize("text", [LKGR.replace("v8 = ", "v9 = "), LKGR + 'v8 = "1"\n'])
def test_a_key_that_is_not_there_once_is_named(text):
    with pytest.raises(MuslfallError, match=r"toolchain/lkgr.toml: has \d lines v8 = …, not one"):
        roll.rewrite(text, 2, versions())


def test_todays_file_can_be_rolled():
    text = (ROOT / roll.LKGR).read_text()
    number, lkgr = pins_lkgr.read_lkgr(ROOT)
    assert roll.rewrite(text, number, lkgr) == text
    assert roll.rewrite(text, number + 1, lkgr) != text
