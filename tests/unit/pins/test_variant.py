"""Variants: their names, what is refused, and what they ask of the pins."""

import re
import shutil

import pytest

from muslfall import ROOT
from muslfall.base.errors import UsageError
from muslfall.pins import lkgr, variant
from muslfall.pins import series as pins

LKGR = {name: release.version for name, release in lkgr.load_lkgr(ROOT).releases.items()}
LLVM, MUSL = LKGR["llvm"], LKGR["musl"]


def choose(*words):
    return variant.choose(ROOT, variant.parse_assignments(words))


@pytest.mark.parametrize(
    ("words", "name", "is_lkgr"),
    [
        ([], f"llvm-{LLVM}_musl-{MUSL}_O2", True),
        ([f"llvm={LLVM}"], f"llvm-{LLVM}_musl-{MUSL}_O2", True),
        (["backend=scons"], f"llvm-{LLVM}_musl-{MUSL}_O2", True),
        (["opt=O0"], f"llvm-{LLVM}_musl-{MUSL}_O0", False),
        (["llvm=18.1.6"], f"llvm-18.1.6_musl-{MUSL}_O2", False),
        (["musl=1.2.3", "llvm=13.0.1", "opt=Os"], "llvm-13.0.1_musl-1.2.3_Os", False),
        (["wasmtime=46.0.1"], f"llvm-{LLVM}_wasmtime-46.0.1_musl-{MUSL}_O2", False),
    ],
)
def test_name(words, name, is_lkgr):
    chosen = choose(*words)
    assert (chosen.name, chosen.is_lkgr) == (name, is_lkgr)
    assert chosen.out == f"out/{name}"


def test_the_order_of_the_words_does_not_matter():
    words = ["opt=O0", "llvm=18.1.6", "musl=1.2.3"]
    assert choose(*words) == choose(*reversed(words))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["llvm"], r"^llvm: expected NAME=VALUE\n  try: names: llvm, v8, .*opt, backend$"),
        (["llvm="], "^llvm=: expected NAME=VALUE"),
        (["=18.1.6"], r"no such variable\n  try: one of: llvm, v8, "),
        (["lvm=18.1.6"], r"^lvm: no such variable\n  try: one of: llvm, "),
        (["llvm=99"], r"(?s)^llvm: no release '99'.*try: one of: 13\.0\.1, .*, 22\.1\.8$"),
        (["opt=2"], r"^opt: no such value '2'\n  try: one of: O0, O1, O2, O3, Os, Oz$"),
        (["backend=make"], r"^backend: no such value 'make'\n  try: one of: ninja, scons$"),
        (["opt=O1", "opt=O1"], "^opt: given twice"),
        (["wasm-tools=1.262.0", "wasm_tools=1.262.0"], "^wasm-tools: given twice"),
    ],
)
def test_what_is_refused(words, message):
    with pytest.raises(UsageError) as error:
        choose(*words)
    assert re.search(message, str(error.value))


def test_an_underscore_is_a_hyphen():
    assert variant.parse_assignments(["wasm_tools=1"]) == {"wasm-tools": "1"}


def test_a_value_may_hold_an_equals_sign():
    assert variant.parse_assignments(["llvm=a=b"]) == {"llvm": "a=b"}


def test_paths():
    chosen = choose("llvm=18.1.6")
    assert chosen.manifest == f"manifests/llvm-18.1.6_musl-{MUSL}_O2.toml"
    assert chosen.pinned("llvm") == "out/pinned/llvm-18.1.6"
    assert chosen.tool("llvm", "wasm-ld") == ("out/pinned/llvm-18.1.6/ziglang/zig", "wasm-ld")


def test_only_what_decides_which_files_compile_names_the_manifest():
    assert choose("wasmtime=46.0.1").manifest == choose().manifest
    assert choose("opt=O0").manifest != choose().manifest
    assert choose("llvm=18.1.6").toolchain() == {"llvm": "18.1.6", "musl": MUSL, "opt": "O2"}


def test_the_assignments_mean_the_same_variant():
    for words in ([], ["llvm=18.1.6", "opt=O0", "wasmtime=46.0.1"]):
        chosen = choose(*words)
        assert choose(*chosen.assignments()) == chosen


def test_a_moved_lkgr_keeps_the_folder_of_what_is_not_in_its_name(tmp_path):
    """A build.ninja writes itself anew by these words; in another folder, Ninja would loop."""
    shutil.copytree(ROOT / "toolchain", tmp_path / "toolchain")
    shutil.copytree(ROOT / "musl", tmp_path / "musl")
    before = variant.choose(tmp_path, {})
    path = tmp_path / "toolchain/lkgr.toml"
    older = pins.load_series(ROOT, "wasmtime").versions()[0]
    text = path.read_text().replace(f'wasmtime = "{LKGR["wasmtime"]}"', f'wasmtime = "{older}"')
    path.write_text(text.replace(f'llvm = "{LLVM}"', 'llvm = "18.1.6"'))
    after = variant.choose(tmp_path, variant.parse_assignments(before.assignments()))
    assert after.name == before.name
    assert after.release("wasmtime").version == older


def test_every_variable_is_explained_and_has_a_default():
    assert list(variant.VARIABLES) == list(variant.defaults(ROOT))
    assert choose(*(f"{k}={v}" for k, v in variant.defaults(ROOT).items())).is_lkgr


@pytest.mark.parametrize(
    ("words", "libc"),
    [
        ([], f"llvm-{LLVM}_musl-{MUSL}_O2"),
        (["wasmtime=46.0.1"], f"llvm-{LLVM}_musl-{MUSL}_O2"),
        (["v8=22.20.0", "opt=O0"], f"llvm-{LLVM}_musl-{MUSL}_O0"),
        (["v8=22.20.0", "llvm=18.1.6"], f"llvm-18.1.6_musl-{MUSL}_O2"),
    ],
)
def test_what_is_no_input_of_a_libc_shares_it(words, libc):
    chosen = choose(*words)
    assert chosen.libc_out == f"out/{libc}"
    of_libc = variant.of_libc(ROOT, chosen)
    assert (of_libc.name, of_libc.libc_name) == (libc, libc)
    assert (chosen.name == libc) == (of_libc == chosen)
