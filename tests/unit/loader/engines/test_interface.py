"""The engines' interface: one that only notes what it is asked for can load a program."""

import inspect
import os
import subprocess
import sys
from pathlib import Path

from kit.loader_cases import assemble, wasmtime_path

from muslfall import ROOT
from muslfall.loader import machine, program, resolution
from muslfall.loader.engines.interface import Engine

METHODS = [name for name, _ in inspect.getmembers(Engine, inspect.isfunction)]
TEXT = """(module (@dylink.0 (mem-info (memory 8 2)))
  (import "env" "memory" (memory 1))
  (import "env" "__memory_base" (global i32))
  (func (export "main") (result i32) i32.const 7))"""


class Fake(Engine):
    """Handles are words; the program's main answers 7."""

    def __init__(self):
        self.instances = {}
        self.written = {}
        self.entries = 0

    def compile(self, module, part=None):
        return ("code", module.path)

    def instantiate(self, name, code, given=(), tags=None, wasi=False):
        self.instances[name] = (code, {(m, n): handle for m, n, handle in given}, wasi)

    def export(self, instance, name):
        assert instance in self.instances
        return (instance, name)

    def call(self, function, *arguments):
        return {("0", "main"): 7}[function]

    def memory(self, pages, limit):
        return bytearray(pages << 16)

    def read(self, memory, address, size):
        return bytes(memory[address : address + size])

    def write(self, memory, address, content):
        memory[address : address + len(content)] = content

    def table(self, size):
        return [None] * size

    def table_size(self, table):
        return len(table)

    def grow_table(self, table, count):
        table += [None] * count

    def cell(self, value, mutable):
        return {"value": value, "mutable": mutable}


def loaded(tmp_path, engine):
    path = tmp_path / "main.wasm"
    text = tmp_path / "main.wat"
    text.write_text(TEXT)
    assemble(text, path)
    source = program.read([str(path)], None, lambda name: Path(name).read_bytes())
    plan = resolution.resolve(source)
    made = machine.Machine(source, print, engine)
    codes = made.compile_all()
    space, layout = made.allocate(plan, codes, ["name"], ["A=b"])
    return made, plan, codes, space, layout


def test_a_program_runs_in_an_engine_that_is_not_wasmtime(tmp_path):
    engine = Fake()
    made, plan, codes, space, layout = loaded(tmp_path, engine)
    loading = machine.Loading(made, plan, codes, space, layout)
    loading.link()
    assert made.start(loading) == 7
    code, given, wasi = engine.instances["0"]
    assert code == ("code", str(tmp_path / "main.wasm")) and not wasi
    base = {"value": layout.memory_bases[0], "mutable": False}
    assert given == {("env", "memory"): space.memory, ("env", "__memory_base"): base}
    assert loading.word(space.block) == 1  # argc


def test_the_phases_can_be_gone_through_again(tmp_path):
    """As for a module that is loaded later: what the first load has stays as it is."""
    made, plan, codes, space, layout = loaded(tmp_path, Fake())
    machine.Loading(made, plan, codes, space, layout).link()
    again = made.lay_out(plan, space, {0: 4096})
    machine.Loading(made, plan, codes, space, again, number=1).link()
    assert again.memory_bases == {0: 4096} != layout.memory_bases
    assert made.engine.instances["0"][1]["env", "__memory_base"]["value"] == 4096


def test_wasmtime_implements_all_of_it():
    code = "from muslfall.loader.engines.wasmtime import Wasmtime; print(*vars(Wasmtime))"
    path = os.pathsep.join([str(ROOT / "src"), str(wasmtime_path())])
    said = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": path}, stdout=subprocess.PIPE, check=True
    )
    assert set(METHODS) <= set(said.stdout.decode().split()) and len(METHODS) > 15
