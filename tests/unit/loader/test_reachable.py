"""A module without what a program does not reach does what the whole module does."""

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kit.every_section import everything
from kit.loader_cases import assemble, dumped, wasmtime_path

from muslfall.loader import call_graph, program, reachable, resolution
from muslfall.loader import main as loader
from muslfall.wasm import module as wasm
from muslfall.wasm import types as wasm_types
from muslfall.wasm import writer as write
from muslfall.wasm.types import FunctionType

COUNT = 8
I32 = FunctionType((), ("i32",))
CONST, CALL, ADD, INDIRECT = 0x41, 0x10, 0x6A, 0x11


@pytest.fixture(scope="module", autouse=True)
def wasmtime():
    path = str(wasmtime_path())
    sys.path.insert(0, path)
    yield
    sys.path.remove(path)


@st.composite
def graphs(draw):
    """Callees of each of COUNT functions, later ones only; exports; entries of the table."""
    callees = [
        draw(st.sets(st.integers(i + 1, COUNT - 1))) if i + 1 < COUNT else set()
        for i in range(COUNT)
    ]
    some = st.sets(st.integers(0, COUNT - 1), min_size=1)
    return callees, draw(some), draw(some)


def build(callees, exported, entries) -> bytes:
    """Functions that return a sum of 2^their number and what their callees return; call: of the
    table's entry."""
    bodies = [
        bytes([CONST])
        + write.signed(1 << i)
        + b"".join(bytes([CALL]) + write.unsigned(callee) + bytes([ADD]) for callee in sorted(each))
        for i, each in enumerate(callees)
    ]
    bodies.append(bytes([0x20, 0, INDIRECT, 0, 0]))
    kinds = [I32, FunctionType(("i32",), ("i32",))]
    exports = [write.export(f"f{i}", "function", i) for i in sorted(exported)]
    exports += [write.export("call", "function", COUNT), write.export("memory", "memory", 0)]
    names = write.vector(write.unsigned(i) + write.name(f"n{i}") for i in range(COUNT + 1))
    return (
        write.HEADER
        + write.section(wasm.TYPE, map(write.function_type, kinds))
        + write.section(wasm.IMPORT, [write.import_("e", "t", "table", write.table_type(0))])
        + write.section(wasm.FUNCTION, [b"\0"] * COUNT + [b"\1"])
        + write.section(wasm.MEMORY, [write.memory_type(1)])
        + write.section(wasm.EXPORT, exports)
        + write.section(
            wasm.ELEMENT, [b"\0\x41\0\x0b" + write.vector(map(write.unsigned, sorted(entries)))]
        )
        + write.section(wasm.CODE, map(write.body, bodies))
        + write.custom("name", b"\1" + write.sized(names))
    )


def run(data: bytes, names, entries) -> tuple[list, list]:
    """What the exports `names`, and every entry of the table, return."""
    import wasmtime

    store = wasmtime.Store()
    table = wasmtime.Table(
        store, wasmtime.TableType(wasmtime.ValType.funcref(), wasmtime.Limits(COUNT, None)), None
    )
    module = wasmtime.Module(store.engine, data)
    exports = wasmtime.Instance(store, module, [table]).exports(store)
    return (
        [exports[name](store) for name in names],
        [exports["call"](store, place) for place in range(len(entries))],
    )


def known(module: wasm.Module) -> call_graph.Calls:
    """What calls what in the module."""
    return call_graph.load(content(module), module)


def content(module: wasm.Module) -> bytes:
    return call_graph.dump(module, call_graph.read(module, dumped(module)))


def named(module: wasm.Module) -> dict[str, wasm_types.FunctionType]:
    return {name: module.functions[i] for i, name in module.names.functions.items()}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(graphs(), st.data())
def test_the_same_results_by_any_part_of_the_exports(graph, data):
    callees, exported, entries = graph
    names = {f"f{i}" for i in data.draw(st.sets(st.sampled_from(sorted(exported))))}
    whole = build(*graph)
    module = wasm.parse(whole)
    said = known(module)
    assert reachable.is_plain(module)
    reduced = reachable.Reduction(module, said, names | {"call"}).module()
    assert run(reduced, sorted(names), entries) == run(whole, sorted(names), entries)
    again = wasm.parse(reduced)
    assert set(again.exports) == names | {"call", "memory"}
    kept = said.reached([COUNT, *(int(name[1:]) for name in names), *entries])
    assert named(again) == {f"n{i}": module.functions[i] for i in kept}
    assert len(again.functions) == len(kept)


def without_elements(data: bytes) -> wasm.Module:
    """The module without its element segments: they are of every kind."""
    sections = wasm.parse(data).sections
    (place,) = (place for place, section in enumerate(sections) if section.id == wasm.ELEMENT)
    ends = [section.offset + section.size for section in sections]
    return wasm.parse(data[: ends[place - 1]] + data[ends[place] :])


def test_what_does_not_name_functions_stays():
    """Imports, types, tags, globals, data, other custom sections, names of what else has one."""
    module = without_elements(everything())
    said = call_graph.Calls([0] * (len(module.functions) + 1), [], [])
    again = wasm.parse(reachable.Reduction(module, said, set()).module())
    assert (again.imports, again.types, again.tags, again.globals, again.dylink) == (
        module.imports,
        module.types,
        module.tags,
        module.globals,
        module.dylink,
    )
    assert again.names.module == module.names.module
    assert (again.producers, again.symbols) == (module.producers, module.symbols)


MAIN = """(module
  (@dylink.0 (needed "lib.wasm"))
  (import "env" "memory" (memory 0))
  (import "env" "asked" (func $asked (result i32)))
  (import "GOT.func" "pointed" (global (mut i32)))
  (import "env" "__indirect_function_table" (table 0 funcref))
  (func (export "main") (result i32)
    (i32.add (call $asked) (call_indirect (result i32) (global.get 0)))))"""
LIBRARY = """(module
  (@dylink.0 (mem-info (memory 0 0) (table 0 0)))
  (func $deep (result i32) i32.const 3)
  (func $asked (export "asked") (result i32) call $deep)
  (func $pointed (export "pointed") (result i32) i32.const 4)
  (func $unasked (export "unasked") (result i32) i32.const 9)
  (func $ctors (export "__wasm_call_ctors"))
  {more})"""


@pytest.fixture
def linked(tmp_path):
    """A program of two modules, linked; the library's calls are beside it. more: text in it."""

    def make(more: str = "") -> resolution.Resolved:
        main = assemble(MAIN, tmp_path / "main.wasm")
        path = assemble(LIBRARY.replace("{more}", more), tmp_path / "lib.wasm")
        keep_calls(path)
        return resolution.resolve(program.read([str(main)], None, read))

    return make


def keep_calls(path: Path) -> None:
    """Write the file beside a module."""
    target = Path(call_graph.path_for(str(path)))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content(wasm.parse(path.read_bytes())))


def found(plan: resolution.Resolved, place: int) -> bytes | None:
    return reachable.find(plan.program.units[place], resolution.asked(plan, place), read)


def read(path) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def test_what_a_program_asks_for(linked):
    plan = linked()
    assert {"asked", "pointed", "__wasm_call_ctors", "exit"} <= resolution.asked(plan, 1)
    assert "unasked" not in resolution.asked(plan, 1)
    reduced = wasm.parse(found(plan, 1))
    assert list(reduced.exports) == ["asked", "pointed", "__wasm_call_ctors"]
    assert set(reduced.names.functions.values()) == {"deep", "asked", "pointed", "ctors"}


def test_the_start_function_is_reached(linked):
    reduced = wasm.parse(found(linked("(func $first nop) (start $first)"), 1))
    assert reduced.names.functions[reduced.start] == "first"


@pytest.mark.parametrize(
    "more",
    [
        "(table 1 funcref)",
        "(table 1 funcref (ref.func 3))",
        "(global funcref (ref.func 3))",
        "(elem declare func 3)",
        "(elem func 3)",
        "(elem declare funcref (ref.func 3))",
    ],
)
def test_where_a_table_is_filled_in_another_way_all_is_compiled(linked, more):
    assert found(linked(more), 1) is None


def test_a_module_with_a_wrong_name_section_is_compiled_whole(linked, tmp_path):
    plan = linked()
    path = tmp_path / "lib.wasm"
    path.write_bytes(path.read_bytes().replace(b"\4name", b"\4none") + b"\0\7\4name\1\x64")
    keep_calls(path)
    plan = resolution.resolve(program.read([plan.program.units[0].path], None, read))
    assert found(plan, 1) is None


def test_without_the_file_all_is_compiled(linked, tmp_path):
    plan = linked()
    assert found(plan, 0) is None
    with open(call_graph.path_for(plan.program.units[1].path), "r+b") as file:
        file.truncate(9)
    assert found(plan, 1) is None


@pytest.fixture
def compiled_parts(linked, tmp_path, monkeypatch):
    """Runs the program; gives its status, and the sizes of what the engine compiled of lib.wasm."""
    from muslfall.loader.engines import wasmtime as compiler

    linked()
    monkeypatch.setenv("MUSLFALL_STORE", str(tmp_path / "store"))
    made = []
    module = compiler.Module

    class Watched(module):
        def __init__(self, engine, data):
            made.append(data)
            super().__init__(engine, data)

    monkeypatch.setattr(compiler, "Module", Watched)

    def start(*options: str) -> tuple[int, list[str]]:
        made.clear()
        status = loader.main([*options, str(tmp_path / "main.wasm")])
        whole = read(tmp_path / "lib.wasm")
        names = [wasm.parse(data).exports for data in made]
        kinds = [
            "whole" if data.startswith(whole) else "part"
            for data, exports in zip(made, names, strict=True)
            if "asked" in exports
        ]
        return status, kinds

    return start


def test_without_a_cache_only_a_part_is_compiled(compiled_parts):
    assert [compiled_parts("--no-cache") for _ in range(3)] == [(7, ["part"])] * 3


def test_the_first_program_has_a_part_compiled_and_the_second_all(compiled_parts, tmp_path):
    assert compiled_parts() == (7, ["part"])
    assert compiled_parts() == (7, [])
    assemble(MAIN.replace('"pointed"', '"asked"'), tmp_path / "main.wasm")
    assert compiled_parts() == (6, ["whole"])
    assert compiled_parts() == (6, [])
    assemble(MAIN, tmp_path / "main.wasm")
    assert compiled_parts() == (7, [])


def test_what_was_kept_of_a_part_is_what_runs(compiled_parts, tmp_path):
    """Whatever is beside the library now, and before all of it, which takes longer to read."""
    assert compiled_parts() == (7, ["part"])
    Path(call_graph.path_for(str(tmp_path / "lib.wasm"))).unlink()
    assert compiled_parts() == (7, [])
    sizes = {path.stat().st_size: path for path in (tmp_path / "store" / "compiled").iterdir()}
    sizes[max(sizes)].unlink()
    assert compiled_parts() == (7, ["whole"])


def test_a_library_that_is_invalid_is_refused_though_what_is_reached_is_not(
    compiled_parts, tmp_path, capfd
):
    data = read(tmp_path / "lib.wasm")
    wrong = data.replace(b"\0\x41\x09\x0b", b"\0\1\1\x0b")  # unasked returns nothing
    assert wrong != data
    (tmp_path / "lib.wasm").write_bytes(wrong)
    keep_calls(tmp_path / "lib.wasm")
    status, _ = compiled_parts("--no-cache")
    assert status == 127
    assert "loader: lib.wasm: cannot be compiled: " in capfd.readouterr().err
