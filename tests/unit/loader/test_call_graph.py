"""What calls what: read from what is dumped of a module, and in the file beside it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.loader_cases import assemble, dumped, wasm_tools

from muslfall.base.errors import MuslfallError
from muslfall.loader import call_graph
from muslfall.wasm import module as wasm
from muslfall.wasm import types as wasm_types

TEXT = r"""(module $named
  (import "env" "host" (func $host (param i32)))
  (import "env" "unused" (func))
  (type $none (func))
  (table 4 funcref)
  (elem (i32.const 1) $leaf)
  (global funcref (ref.func $leaf))
  (memory 1)
  (data (i32.const 0) "\n============== func 1 ====================\n")
  (data (i32.const 99) "\n  0x30 | 10 00    | call function_index:0\n")
  (func $caller (export "caller")
    call $leaf
    (block (loop (if (i32.const 1) (then call $leaf (call $host (i32.const 3))))))
    i32.const 1
    call_indirect (type $none))
  (func $leaf)
  (func $tail return_call $caller)
  (func $taker (drop (ref.func $leaf)))
  (func $indirect_tail i32.const 1 return_call_indirect (type $none))
)"""
CALLEES = [[], [], [3, 3, 0], [], [2], [3], []]


@pytest.fixture(scope="module")
def module(tmp_path_factory) -> wasm.Module:
    path = assemble(TEXT, tmp_path_factory.mktemp("calls") / "m.wasm")
    return wasm.parse(path.read_bytes(), str(path))


def test_calls_of_every_kind_are_read(module):
    found = call_graph.read(module, dumped(module))
    assert [[callee for callee, _ in each] for each in found] == CALLEES
    codes = {call: module.data[call[1] - 1] for each in found for call in each}
    assert sorted(codes.values()) == [0x10, 0x10, 0x10, 0x12, 0xD2]
    assert all(module.data[place] == callee for callee, place in codes)


def test_an_index_of_many_bytes_is_read(module):
    """As a linker leaves it, where wasm-tools needs a second line for its bytes."""
    (call,) = call_graph.read(module, dumped(module))[4]
    body = b"\4\0\x12\2\x0b"
    assert module.data.count(body) == 1 and module.data[call[1] - 1] == 0x12
    (section,) = (section for section in module.sections if section.id == wasm.CODE)
    assert section.size < 120
    start, end = section.offset, section.offset + section.size
    code = module.data[start:end].replace(body, b"\x08\0\x12\x82\x80\x80\x80\0\x0b")
    wide = wasm.parse(module.data[: start - 1] + bytes([len(code)]) + code + module.data[end:])
    assert [callee for callee, _ in call_graph.read(wide, dumped(wide))[4]] == [2]


def test_a_dump_of_another_module_is_an_error(module):
    with pytest.raises(MuslfallError, match="0 functions"):
        call_graph.read(module, "")
    with pytest.raises(MuslfallError, match="no call of function 3 at byte 9"):
        call_graph.read(module, "== func 2 ==\n 0x8 | 10 03       | call function_index:3")


def test_the_step_writes_what_a_loader_reads(module, tmp_path):
    target = tmp_path / "m.calls"
    assert call_graph.main([module.path, str(target), str(wasm_tools())]) == 0
    said = call_graph.load(target.read_bytes(), module)
    assert [list(said.of(function)) for function in range(7)] == call_graph.read(
        module, dumped(module)
    )
    assert [said.reached([i]) for i in range(7)] == [{0}, {1}, {0, 2, 3}, {3}, {0, 2, 3, 4},
                                                     {3, 5}, {6}]  # fmt: skip
    first = target.read_bytes()
    call_graph.main([module.path, str(target), str(wasm_tools())])
    assert target.read_bytes() == first


def content(module: wasm.Module) -> bytes:
    return call_graph.dump(module, [[(callee, 0) for callee in each] for each in CALLEES])


def test_the_file_is_of_these_bytes_alone(module):
    other = wasm.parse(module.data + b"\0\2\1x")
    assert (
        call_graph.load(content(module), module) and call_graph.load(content(module), other) is None
    )


def test_a_damaged_file_says_nothing(module):
    whole = content(module)
    for at in range(len(whole)):
        assert call_graph.load(whole[:at], module) is None
        changed = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
        assert call_graph.load(changed, module) is None
    assert call_graph.load(call_graph.dump(module, []), module) is None


@given(st.lists(st.sets(st.integers(0, 6)), min_size=7, max_size=7), st.sets(st.integers(0, 6)))
def test_what_is_reached_is_closed_and_no_more_than_that(callees, roots):
    module = wasm.parse(wasm_types.MAGIC + wasm_types.CORE_VERSION)
    module.functions = (wasm_types.FunctionType(),) * 7
    each = [[(callee, 0) for callee in some] for some in callees]
    found = call_graph.load(call_graph.dump(module, each), module).reached(roots)
    assert roots <= found
    assert all(callees[caller] <= found for caller in found)
    called = set().union(*(callees[caller] for caller in found)) if found else set()
    assert found == roots | (called & found)


def test_where_the_file_is():
    assert call_graph.path_for("a/b/musl.wasm") == "a/b/sysroot/share/muslfall/musl.calls"
    assert Path(call_graph.path_for("musl.wasm")) == Path("sysroot/share/muslfall/musl.calls")
