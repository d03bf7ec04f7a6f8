"""What calls what: read from a module's text, and in the file beside it."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loader_cases import assemble, wasm_tools

from muslfall import calls, wasm
from muslfall.errors import MuslfallError

TEXT = """(module $named
  (import "env" "host" (func $host (param i32)))
  (import "env" "unused" (func))
  (type $none (func))
  (table 4 funcref)
  (elem (i32.const 1) $leaf)
  (data $d "(func (;9;) call 9")
  (memory 1)
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


def printed(data: bytes) -> str:
    done = subprocess.run([wasm_tools(), "print", "-"], input=data, capture_output=True, check=True)
    return done.stdout.decode()


def test_calls_of_every_kind_are_read(module):
    assert calls.read(module, printed(calls.without_names(module))) == CALLEES


def test_a_text_of_another_module_is_an_error(module):
    with pytest.raises(MuslfallError, match="0 functions"):
        calls.read(module, "(module)\n")


def test_the_step_writes_what_a_loader_reads(module, tmp_path):
    target = tmp_path / "m.calls"
    assert calls.main([module.path, str(target), str(wasm_tools())]) == 0
    said = calls.load(target.read_bytes(), module)
    assert [said.reached([i]) for i in range(7)] == [{0}, {1}, {0, 2, 3}, {3}, {0, 2, 3, 4},
                                                     {3, 5}, {6}]  # fmt: skip
    assert said.reached([]) == set()
    first = target.read_bytes()
    calls.main([module.path, str(target), str(wasm_tools())])
    assert target.read_bytes() == first


def test_the_file_is_of_these_bytes_alone(module):
    content = calls.dump(module, CALLEES)
    other = wasm.parse(module.data + b"\0\2\1x")
    assert calls.load(content, module) and calls.load(content, other) is None


def test_a_damaged_file_says_nothing(module):
    content = calls.dump(module, CALLEES)
    for at in range(len(content)):
        assert calls.load(content[:at], module) is None
        changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        assert calls.load(changed, module) is None
    assert calls.load(calls.dump(module, []), module) is None


@given(st.lists(st.sets(st.integers(0, 6)), min_size=7, max_size=7), st.sets(st.integers(0, 6)))
def test_what_is_reached_is_closed_and_no_more_than_that(callees, roots):
    module = wasm.parse(wasm.MAGIC + wasm.CORE_VERSION)
    module.functions = (wasm.FunctionType(),) * 7
    said = calls.load(calls.dump(module, callees), module)
    found = said.reached(roots)
    assert roots <= found
    assert all(callees[caller] <= found for caller in found)
    callers = set().union(*(callees[caller] for caller in found)) if found else set()
    assert found == roots | (callers & found)


def test_where_the_file_is():
    assert calls.path_for("a/b/musl.wasm") == "a/b/sysroot/share/muslfall/musl.calls"
    assert Path(calls.path_for("musl.wasm")) == Path("sysroot/share/muslfall/musl.calls")
