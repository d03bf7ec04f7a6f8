"""The port's twins of musl's files, by programs in tests/twins."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from muslfall import ROOT
from muslfall.pins import lkgr as pins_lkgr

SOURCES = sorted((ROOT / "tests/twins").glob("*.c"))
#: No call is to be anything but a call of the libc: clang knows these functions, and so do headers.
FLAGS = ("-O1", "-w", "-fno-builtin", "-D__NO_LIBC_INLINES")


@pytest.fixture(scope="session")
def programs(lkgr: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The programs, by name."""
    folder = tmp_path_factory.mktemp("twins")
    musl = ROOT / "out/pinned" / pins_lkgr.load_lkgr(ROOT).releases["musl"].name / "src"
    generic = [f"-iquote{musl}", f"-iquote{musl}/internal"]

    def compile_one(source: Path) -> Path:
        wasm = folder / f"{source.stem}.wasm"
        argv = [lkgr / "bin/musl-clang", *FLAGS, *generic, source, "-o", wasm]
        subprocess.run(argv, check=True)
        return wasm

    with ThreadPoolExecutor(2) as pool:
        return {wasm.stem: wasm for wasm in pool.map(compile_one, SOURCES)}


def run(wasm: Path, host: str, *arguments: str) -> subprocess.CompletedProcess:
    command = [ROOT / "muslfall", "run", wasm, "--host", host, "--", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("host", ["d8", "wasmtime"])
@pytest.mark.parametrize("name", [source.stem for source in SOURCES])
def test_as_it_should_be(name, host, programs):
    done = run(programs[name], host)
    assert done.stdout == "as it should be\n", done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize("how", ["exhaust", "other"])
def test_memory_that_is_kept_is_not_lost(how, programs):
    assert run(programs["malloc"], "d8", how).stdout == "as it should be\n"


@pytest.mark.parametrize("what", ["", "aligned-", "large-", "large-aligned-"])
@pytest.mark.parametrize("how", ["free", "usable", "realloc"])
def test_a_block_that_is_not_in_use_is_found_out(how, what, programs):
    done = run(programs["malloc"], "d8", what + how)
    assert done.returncode == 134, done.stdout
    assert "trap: unreachable" in done.stderr


def test_a_byte_written_past_the_block_before_is_found_out(programs):
    done = run(programs["malloc"], "d8", "overrun")
    assert done.returncode == 134, done.stdout
    assert "trap: unreachable" in done.stderr
