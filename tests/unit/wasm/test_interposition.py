"""Modules whose functions and data others may have instead."""

import pytest

from muslfall.wasm import interposition
from muslfall.wasm import module as wasm
from muslfall.wasm import writer as write
from muslfall.wasm.types import FunctionType, GlobalType

UNARY = FunctionType(("i32",), ("i32",))
CALL = bytes([0x20, 0, 0x10, 0])


def name_section(labels: dict[int, str]) -> bytes:
    names = write.vector(
        write.unsigned(index) + write.name(label) for index, label in labels.items()
    )
    return write.custom("name", b"\7" + write.sized(names))


def module(globals_: list[bytes], labels: dict[int, str]) -> wasm.Module:
    """f, and g, which calls it; globals; a name section."""
    memory = write.import_("env", "memory", "memory", write.memory_type(0))
    exports = [write.export(name, "function", i) for i, name in enumerate("fg")]
    exports += [write.export("d", "global", 1)] if globals_ else []
    return wasm.parse(
        write.HEADER
        + write.section(wasm.TYPE, [write.function_type(UNARY)])
        + write.section(wasm.IMPORT, [memory])
        + write.section(wasm.FUNCTION, [b"\0", b"\0"])
        + write.section(wasm.GLOBAL, globals_)
        + write.section(wasm.EXPORT, exports)
        + write.section(wasm.CODE, [write.body(bytes([0x20, 0])), write.body(CALL)])
        + name_section(labels)
    )


ADDRESS = write.global_type("i32", mutable=False) + bytes([0x41, 4, 0x0B])
LABELS = {0: "GOT.data.internal.d", 1: "d"}


@pytest.mark.parametrize("globals_", [[], [ADDRESS, ADDRESS]])
def test_an_opened_function_is_called_by_a_cell(globals_):
    before = module(globals_, LABELS)
    after = wasm.parse(interposition.opened(before, ["f"]))
    assert after.functions == (UNARY,) * 3
    assert (after.exports["f"].index, after.exports["g"].index) == (2, 1)
    cell = after.exports["GOT.func.f"]
    assert (cell.kind, cell.index) == ("global", len(globals_))
    assert after.globals[cell.index] == GlobalType("i32", mutable=True)
    assert [item.name for item in after.imported("table")] == [interposition.TABLE]
    body = write.body(bytes([0x20, 0, 0x23, len(globals_), 0x11, 0, 0]))
    assert body + write.body(CALL) + write.body(bytes([0x20, 0])) in after.data


def test_a_datum_gets_a_cell_where_its_address_is_in_a_global():
    before = module([ADDRESS, ADDRESS], LABELS)
    after = wasm.parse(interposition.with_cells(before, ("d", "f", "elsewhere")))
    assert after.globals == (GlobalType("i32", True), GlobalType("i32", False))
    assert after.exports["GOT.mem.d"].index == 0
    assert after.dynamic_list == ("d", "f")
    assert [section.name for section in after.sections][-2:] == ["dynamic-list", "name"]
    assert after.defined_globals[0].value == before.defined_globals[0].value


def test_a_module_with_a_table_of_its_own_is_not_opened():
    table = write.section(wasm.TABLE, [write.table_type(1)])
    whole = module([], {})
    assert interposition.can_open(whole)
    assert not interposition.can_open(wasm.parse(write.HEADER + table))
