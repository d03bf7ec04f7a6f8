"""Mutated modules in both loaders: refused with a reason or run, and the same in both."""

import json
import os
import random
import re
import subprocess
import sys
from base64 import b64decode, b64encode

import pytest
from engine_v8 import in_one_process
from loader_cases import ROOT, assemble_all
from mutation import mutate
from test_loader import wasmtime_path

COUNT = 700
SEED = 20160301
PROGRAMS = [
    ["truncated.wasm", "tag.wasm"],
    ["tag-main.wasm", "tag.wasm"],
    ["data-main.wasm", "data.wasm"],
    ["needs-even.wasm"],
    ["weak.wasm", "weak-there.wasm"],
    ["hello.wasm", "kernel.wasm"],
    ["pointer-main.wasm", "pointer.wasm", "kernel.wasm"],
    ["who-main.wasm", "who-a.wasm", "who-b.wasm", "kernel.wasm"],
    ["relocs.wasm", "kernel.wasm"],
    ["old-dylink.wasm", "kernel.wasm"],
]
#: What an engine or a reader has its own words for; a reader may leave it to the engine.
OWN_WORDS = re.compile(rb"is corrupt at byte|cannot be compiled|cannot be instantiated")


def command_line(modules: list[str]) -> list[str]:
    return [f"--kernel={name}" if name == "kernel.wasm" else name for name in modules]


def in_wasmtime(jobs: list[dict], folder) -> list[tuple[int, bytes, bytes]]:
    """As engine_v8.in_one_process, by the Python loader."""
    path = f"{ROOT / 'src'}{os.pathsep}{wasmtime_path()}"
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "unit" / "loader_driver.py"], cwd=folder,
        input=json.dumps(jobs).encode(), capture_output=True, timeout=120,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    return [
        (result["status"], b64decode(result["stdout"]), b64decode(result["stderr"]))
        for result in json.loads(done.stdout)
    ]


def mutants(folder, count: int) -> list[tuple[dict, dict[str, bytes]]]:
    """Jobs for the drivers, each with one module mutated, and that module by its name."""
    source = random.Random(SEED)
    found = []
    for _ in range(count):
        modules = source.choice(PROGRAMS)
        name = source.choice(modules)
        mutant = mutate((folder / name).read_bytes(), source)
        files = {name: b64encode(mutant).decode()}
        found.append(({"argv": command_line(modules), "files": files}, {name: mutant}))
    return found


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
                assert b": trap: " in lines[-1], (job, stderr)
            else:
                assert lines == [], (job, stderr)


def test_the_same_in_both(runs):
    for job, v8, wasmtime in runs:
        assert v8[:2] == wasmtime[:2], (job, v8, wasmtime)
        said = v8[2].replace(b"wasm.js: ", b"loader: ")
        if not OWN_WORDS.search(v8[2] + wasmtime[2]):
            assert said == wasmtime[2], job


def test_the_mutants_are_worth_it(runs):
    """Enough of each kind of end, and of both phases, come about."""
    ends = [(status, stderr) for _, (status, _, stderr), _ in runs]
    assert sum(status not in (127, 134) for status, _ in ends) > COUNT / 20
    assert sum(status == 134 for status, _ in ends) > 2
    ours = [stderr for status, stderr in ends if status == 127 and not OWN_WORDS.search(stderr)]
    assert len(ours) > COUNT / 20
