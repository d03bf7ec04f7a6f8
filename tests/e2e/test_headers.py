"""Every header's program prints in V8 and in wasmtime what the same C prints natively on Linux.

tests/headers/NAME.c is one program, NAME.out its output as gcc and glibc have it: how, says
test_same_natively. A fact that does not hold is a line that ends in `: NO`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from muslfall import ROOT

SOURCES = sorted((ROOT / "tests/headers").glob("*.c"))
FLAGS = ("-w", "-std=gnu11", "-D_GNU_SOURCE")
GCC = shutil.which("gcc")
#: Programs that must not run natively, and why; their .out is what is right here.
OWN = {"absent": "forks, and expects what Linux has to be missing"}

each_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)


@pytest.fixture(scope="session")
def programs(lkgr: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Path, str]:
    """Each source's wasm, in tests/headers' name; compiled side by side, errors as text."""
    folder = tmp_path_factory.mktemp("headers")

    def compile_one(source: Path) -> str:
        wasm = folder / f"{source.stem}.wasm"
        command = [lkgr / "bin/musl-clang", *FLAGS, source, "-o", wasm]
        done = subprocess.run(command, capture_output=True, text=True)
        return str(wasm) if done.returncode == 0 else done.stderr

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(SOURCES, pool.map(compile_one, SOURCES), strict=True))


def expected(source: Path) -> str:
    return source.with_suffix(".out").read_text()


@each_source
@pytest.mark.parametrize("host", ["d8", "wasmtime", "wasmtime --no-cache"])
def test_same_on_each_host(source, host, programs):
    """Without a cache, wasmtime has of the libc only what the program reaches."""
    wasm = programs[source]
    assert wasm.endswith(".wasm"), wasm
    command = [ROOT / "muslfall", "run", wasm, "--host", *host.split()]
    done = subprocess.run(
        command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60
    )
    assert done.stdout == expected(source)
    assert done.returncode == 0, done.stderr


@each_source
def test_every_fact_holds(source):
    lines = expected(source).splitlines()
    assert lines and [line for line in lines if line.endswith(": NO")] == []


@pytest.mark.skipif(not GCC, reason="no gcc")
@each_source
def test_same_natively(source, tmp_path):
    if source.stem in OWN:
        pytest.skip(OWN[source.stem])
    program = tmp_path / source.stem
    compiled = subprocess.run(
        [GCC, *FLAGS, source, "-o", program, "-lm", "-lcrypt", "-lpthread"],
        capture_output=True,
        text=True,
    )
    if "crypt" in compiled.stderr and compiled.returncode:
        pytest.skip("no libcrypt to compare with")
    assert compiled.returncode == 0, compiled.stderr
    done = subprocess.run(
        [program],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"]},
        timeout=60,
    )
    assert (done.stdout, done.returncode) == (expected(source), 0)
