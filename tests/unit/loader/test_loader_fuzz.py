"""Mutated modules in both loaders: refused with a reason or run, and the same in both."""

import json
import os
import re
import subprocess
import sys
from base64 import b64decode, b64encode

import pytest
from kit.engine_v8 import in_one_process
from kit.loader_cases import ROOT, assemble, assemble_all, wasmtime_path
from kit.mutation import mutants, sections

from muslfall.wasm import writer as write

COUNT = 700
#: What an engine or a reader has its own words for; a reader may leave it to the engine.
OWN_WORDS = re.compile(rb"is corrupt at byte|cannot be compiled|cannot be instantiated")

#: A line of a stack, of which engines tell more or less, or the hint behind it.
STACK = re.compile(rb"(wasm\.js|loader): (  |hint: )")


def in_wasmtime(jobs: list[dict], folder) -> list[tuple[int, bytes, bytes]]:
    """As engine_v8.in_one_process, by the Python loader."""
    path = f"{ROOT / 'src'}{os.pathsep}{wasmtime_path()}"
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "kit" / "loader_driver.py"],
        cwd=folder,
        input=json.dumps(jobs).encode(),
        capture_output=True,
        timeout=120,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": path},
    )
    assert done.returncode == 0, done.stderr.decode()
    return [
        (result["status"], b64decode(result["stdout"]), b64decode(result["stderr"]))
        for result in json.loads(done.stdout)
    ]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """(the job, result in V8, result in wasmtime) of each mutant."""
    folder = assemble_all(tmp_path_factory.mktemp("fuzz"))
    jobs = [job for job, _ in mutants(folder, COUNT)]
    results = in_one_process(jobs, folder), in_wasmtime(jobs, folder)
    return list(zip(jobs, *results, strict=True))


def test_a_reason_or_a_run(runs):
    for job, *results in runs:
        for status, stdout, stderr in results:
            lines = stderr.splitlines()
            assert all(line.startswith((b"wasm.js: ", b"loader: ")) for line in lines), job
            assert b"internal error" not in stderr, (job, stderr)
            if status == 127 and lines:  # nothing of a program runs that is not linked
                assert stdout == b"", job
            elif status == 134 and lines:
                said = [line for line in lines if not STACK.match(line)]
                assert b": trap: " in said[-1], (job, stderr)
            else:
                assert lines == [], (job, stderr)


def test_the_same_in_both(runs):
    for job, v8, wasmtime in runs:
        assert v8[:2] == wasmtime[:2], (job, v8, wasmtime)
        said = without_stack(v8[2].replace(b"wasm.js: ", b"loader: "))
        if not OWN_WORDS.search(v8[2] + wasmtime[2]):
            assert said == without_stack(wasmtime[2]), job


def without_stack(stderr: bytes) -> list[bytes]:
    return [line for line in stderr.splitlines() if not STACK.match(line)]


def test_the_mutants_are_worth_it(runs):
    """Enough of each kind of end, and of both phases, come about."""
    ends = [(status, stderr) for _, (status, _, stderr), _ in runs]
    assert sum(status not in (127, 134) for status, _ in ends) > COUNT / 20
    assert sum(status == 134 for status, _ in ends) > 2
    ours = [stderr for status, stderr in ends if status == 127 and not OWN_WORDS.search(stderr)]
    assert len(ours) > COUNT / 20


# A byte changed, anywhere


def test_a_changed_byte_anywhere_in_a_module(tmp_path):
    """Also in the bodies of its functions, none of which has a loop."""
    folder = assemble_all(tmp_path)
    whole = (folder / "truncated.wasm").read_bytes()
    changed = [
        whole[:at] + bytes([whole[at] ^ flip]) + whole[at + 1 :]
        for at in range(len(whole))
        for flip in (1, 0xFF)
    ]
    jobs = [
        {"argv": ["truncated.wasm"], "files": {"truncated.wasm": b64encode(one).decode()}}
        for one in changed
    ]
    results = in_one_process(jobs, folder), in_wasmtime(jobs, folder)
    found = list(zip(jobs, *results, strict=True))
    assert len(found) > 600
    test_a_reason_or_a_run(found)
    test_the_same_in_both(found)


# Huge parts

MOST = write.unsigned(0xFFFFFFFF)
#: Sections that promise more than there is: id and content.
PROMISES = {
    "types": (1, MOST),
    "imports": (2, MOST),
    "functions": (3, MOST),
    "globals": (6, MOST),
    "exports": (7, MOST),
    "element segments": (9, MOST),
    "elements": (9, b"\1\0\x41\0\x0b" + MOST),
    "expressions": (9, b"\1\4\x41\0\x0b" + MOST),
    "data segments": (11, MOST),
    "data": (11, b"\1\0\x41\0\x0b" + MOST),
    "a name": (7, b"\1" + MOST),
    "a section": (11, None),
}


def promise(data: bytes, number: int, content: bytes | None) -> bytes:
    """The module with a section that promises more than there is, in that section's place."""
    bogus = bytes([number]) + (MOST if content is None else write.sized(content))
    parts = [part for part in sections(data) if part[0] != number]
    place = next((i for i, part in enumerate(parts) if part[0] > number), len(parts))
    return data[:8] + b"".join([*parts[:place], bogus, *parts[place:]])


def test_parts_that_promise_more_than_there_is(tmp_path):
    folder = assemble_all(tmp_path)
    whole = (folder / "return-7.wasm").read_bytes()
    jobs = [
        {"argv": ["p.wasm"], "files": {"p.wasm": b64encode(promise(whole, *part)).decode()}}
        for part in PROMISES.values()
    ]
    for results in (in_one_process(jobs, folder), in_wasmtime(jobs, folder)):
        for name, (status, stdout, stderr) in zip(PROMISES, results, strict=True):
            assert (status, stdout) == (127, b""), name
            assert re.match(rb"(wasm\.js|loader): p\.wasm: (is corrupt|cannot be comp)", stderr), (
                name
            )


ENTRIES = 20_000  # with 300,000 wasmtime alone takes more than a minute
HUGE = """(module
  (@dylink.0 (mem-info (memory {size} 4) (table {entries} 0)))
  (import "env" "memory" (memory 1))
  (import "env" "__indirect_function_table" (table 1 funcref))
  (import "env" "__memory_base" (global $memory i32))
  (import "env" "__table_base" (global $table i32))
  (type $f (func (result i32)))
  (func $first (result i32) (i32.const 1))
  (func $last (result i32) (i32.const 42))
  (elem (global.get $table) func {first} $last)
  (data (global.get $memory) "{data}!")
  (func (export "main") (result i32)
    (i32.add
      (call_indirect (type $f) (i32.add (global.get $table) (i32.const {entry})))
      (i32.load8_u (i32.add (global.get $memory) (i32.const {byte}))))))
"""


def test_segments_that_are_huge(tmp_path):
    """20,000 table entries, and 8 MiB of data, all there."""
    size = 8 << 20
    text = HUGE.format(
        size=size,
        entries=ENTRIES,
        first="$first " * (ENTRIES - 1),
        data="x" * (size - 1),
        entry=ENTRIES - 1,
        byte=size - 1,
    )
    assemble(text, tmp_path / "huge.wasm")
    for run in (in_one_process, in_wasmtime):
        assert run([{"argv": ["huge.wasm"]}], tmp_path) == [(42 + ord("!"), b"", b"")]


def test_segments_beyond_what_was_asked_for(tmp_path):
    """One entry more than the table has, and one byte more than the memory: no program runs."""
    for name, entries, size in (("entries", 1, 16), ("bytes", 8, 1)):
        text = HUGE.format(
            size=size, entries=entries, first="$first " * 7, data="x" * 200_000, entry=0, byte=0
        )
        assemble(text, tmp_path / f"{name}.wasm")
    jobs = [{"argv": [f"{name}.wasm"]} for name in ("entries", "bytes")]
    v8, wasmtime = in_one_process(jobs, tmp_path), in_wasmtime(jobs, tmp_path)
    assert [run[:2] for run in v8] == [run[:2] for run in wasmtime] == [(134, b"")] * 2
    for run in (v8, wasmtime):
        assert b"trap: out of bounds table access" in run[0][2]
        assert b"trap: out of bounds memory access" in run[1][2]
