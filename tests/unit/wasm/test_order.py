"""Tests of the order of custom sections."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muslfall.wasm import module as wasm
from muslfall.wasm import order as section_order
from muslfall.wasm import writer as wasm_writer

HEADER = b"\0asm\1\0\0\0"


def module(*names: str) -> bytes:
    return HEADER + b"".join(wasm_writer.custom(name, name.encode()) for name in names)


def names(data: bytes) -> list[str]:
    return [section.name for section in wasm.parse(data).sections]


def test_as_wasm_tools_writes_it():
    data = module("other", "target_features", "producers", "name")
    assert names(section_order.reorder(data)) == ["other", *section_order.LAST]


@given(st.permutations(["a", "b", "name", "producers", "target_features"]))
def test_content_moves_with_its_section_and_the_rest_keeps_its_order(order):
    made = section_order.reorder(module(*order))
    kept = [name for name in order if name in "ab"]
    assert made == module(*kept, *section_order.LAST)
    assert section_order.reorder(made) == made


def test_core_sections_stay_where_they_are():
    types = b"\x01\x01\x00"  # a type section of no types
    data = HEADER + wasm_writer.custom("name", b"\0\0") + types + wasm_writer.custom("x", b"")
    made = section_order.reorder(data)
    assert [(s.id, s.name) for s in wasm.parse(made).sections] == [(1, None), (0, "x"), (0, "name")]


def test_in_place(tmp_path):
    path = tmp_path / "m.wasm"
    path.write_bytes(module("producers", "name"))
    assert section_order.main([str(path)]) == 0
    assert path.read_bytes() == module("name", "producers")
    assert [p.name for p in tmp_path.iterdir()] == ["m.wasm"]


def test_no_module():
    with pytest.raises(wasm.WasmError):
        section_order.reorder(b"not a module")
