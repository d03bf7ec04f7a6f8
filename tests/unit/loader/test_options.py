"""LOADER.md's table of options is that of both loaders."""

import re

import pytest

from muslfall import ROOT
from muslfall.base.errors import UsageError
from muslfall.loader import main

#: An option of the table, the form of its value, and what it means.
ROW = re.compile(r"^\| `(--[a-z-]+)(?:=(\S+))?` \| (.+) \|$", re.MULTILINE)
#: A line of the usage of wasm.js.
USAGE = re.compile(r"^  (--[a-z-]+)(?:=(\S+))?  +\S", re.MULTILINE)
#: An option among the words of a program.
WORD = re.compile(r"""["'](--[a-z][a-z-]*)["']""")
ALONE = "`wasm.js` alone: "

ROWS = ROW.findall((ROOT / "arch/wasm32/LOADER.md").read_text(encoding="utf-8"))
TABLE = {name: form for name, form, _ in ROWS}
SHARED = {name: form for name, form, meaning in ROWS if not meaning.startswith(ALONE)}
WASM_JS = (ROOT / "arch/wasm32/loader/command_line.mjs").read_text(encoding="utf-8")


def test_the_table_names_each_once():
    assert len(ROWS) == len(TABLE) > len(SHARED) > 6


def test_the_loader_for_wasmtime_knows_them():
    source = (ROOT / "src/muslfall/loader/main.py").read_text(encoding="utf-8")
    assert set(WORD.findall(source)) == SHARED.keys()
    assert {name: form for name, form in SHARED.items() if form} == main.FORMS


def test_wasm_js_knows_them():
    assert set(WORD.findall(WASM_JS)) == TABLE.keys()
    assert dict(USAGE.findall(WASM_JS)) == {k: v for k, v in TABLE.items() if k != "--help"}


@pytest.mark.parametrize("name", sorted(name for name, form in SHARED.items() if not form))
def test_what_takes_no_value_is_taken(name):
    assert getattr(main.parse([name, "m.wasm"]), name.removeprefix("--").replace("-", "_")) is True


@pytest.mark.parametrize("name", sorted(TABLE.keys() - SHARED.keys()))
def test_what_wasm_js_has_alone_is_unknown_to_the_other(name):
    with pytest.raises(UsageError, match=f"unknown option {name}"):
        main.parse([f"{name}={TABLE[name]}" if TABLE[name] else name, "m.wasm"])
