"""What a program exports, and which of a library's names are open."""

import pytest

from muslfall.base.errors import MuslfallError
from muslfall.driver import interposition
from muslfall.wasm.module import Module
from muslfall.wasm.types import Export

NAMES = ("f", "main", "__wasm_call_ctors", "g")


def library(dynamic_list=None) -> Module:
    exports = {name: Export(name, "function", i) for i, name in enumerate(NAMES)}
    return Module(b"", exports=exports, dynamic_list=dynamic_list)


def test_a_library_takes_what_it_defines_but_for_what_is_every_modules_own():
    assert interposition.defined(library()) == {"f", "g"}
    assert interposition.defined(library(("g", "elsewhere"))) == {"g"}
    assert interposition.defined(library(())) == set()


def test_a_libc_without_a_list_has_no_names(tmp_path):
    assert interposition.libc_names(tmp_path / "none") == set()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{ global: foo*; local: *; };", "foo foobar"),
        ("V1 { foo; }; V2 { global: bar; local: f*; } V1;", "foo bar other"),
        ("{ local: bar; };", "foo foobar other"),
        ("# comment\n{ global: bar; /* foo; */ local: *; };", "bar"),
        ('{ extern; global: "foo"; local:*; };', "foo"),
    ],
)
def test_a_version_script_leaves_names_to_others(tmp_path, text, shown):
    (tmp_path / "a.map").write_text(text)
    rule = interposition.patterns(tmp_path / "a.map")
    names = ("foo", "foobar", "bar", "other")
    assert [name for name in names if interposition.is_global(name, rule)] == shown.split()


def test_what_is_no_version_script(tmp_path):
    (tmp_path / "a.map").write_text("hello")
    with pytest.raises(MuslfallError, match="is no version script"):
        interposition.patterns(tmp_path / "a.map")
    with pytest.raises(MuslfallError, match="cannot be read"):
        interposition.patterns(tmp_path / "none")
