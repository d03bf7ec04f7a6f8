"""Where a program was: the same lines of a stack in both loaders, of real programs."""

import os
import shutil
import subprocess
import sys

import pytest
from kit.engine_v8 import WASM_JS, run
from kit.loader_cases import ROOT, wasmtime_path

from muslfall.loader.stack import demangled

LKGR = ROOT / "out" / "lkgr"
SOURCE = """#include <assert.h>
#include <stdlib.h>
#include <string.h>

__attribute__((noinline)) static int end(char **how)
{
\tif (!strcmp(*how, "trap"))
\t\treturn *(volatile int *)-16;
\tif (!strcmp(*how, "exit"))
\t\texit(134);
\tif (!strcmp(*how, "abort"))
\t\tabort();
\tassert(!"how");
\treturn 0;
}

static int compare(const void *a, const void *b)
{
\treturn end(*(char ***)a);
}

int main(int argc, char **argv)
{
\tchar **ways[] = {argv + 1, argv + 1};
\tqsort(ways, 2, sizeof *ways, compare);
\treturn 0;
}
"""
pytestmark = pytest.mark.skipif(not LKGR.exists(), reason="./muslfall build makes the libc")


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """A program with lines of source, dynamic and static, and both stripped."""
    folder = tmp_path_factory.mktemp("stack")
    (folder / "end.c").write_text(SOURCE, encoding="utf-8")
    for name, flags in (("dynamic", []), ("static", ["--static"])):
        clang = [LKGR / "bin" / "musl-clang", *flags, "-g", "-O1", "end.c"]
        subprocess.run([*clang, "-o", f"{name}.wasm"], cwd=folder, check=True)
        (folder / "bare").mkdir(exist_ok=True)
        subprocess.run([*clang, "-s", "-o", f"bare/{name}.wasm"], cwd=folder, check=True)
    for name in ("musl.wasm", "kernel.wasm"):
        shutil.copyfile(LKGR / name, folder / name)
        shutil.copyfile(LKGR / name, folder / "bare" / name)
    return folder


def in_v8(folder, *words: str) -> list[str]:
    done = run(WASM_JS, *words, cwd=folder)
    assert (done.returncode, done.stdout) == (134, b"")
    return done.stderr.decode().replace("wasm.js: ", "LOADER: ").splitlines()


def in_wasmtime(folder, *words: str) -> list[str]:
    path = f"{ROOT / 'src'}{os.pathsep}{wasmtime_path()}"
    done = subprocess.run(
        [sys.executable, "-m", "muslfall.loader.main", *words],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": path},
        capture_output=True,
    )
    assert (done.returncode, done.stdout) == (134, b"")
    return done.stderr.decode().replace("loader: ", "LOADER: ").splitlines()


def both(folder, *words: str) -> list[str]:
    lines = in_v8(folder, *words)
    assert in_wasmtime(folder, *words) == lines
    return lines


def places(lines: list[str]) -> list[str]:
    """The function of each frame, and its line where that is known."""
    frames = [line.split()[2:] for line in lines if line.startswith("LOADER:   at ")]
    return [" ".join([name, *line]) for name, _, *line in frames]


@pytest.mark.parametrize("name", ["dynamic.wasm", "static.wasm"])
@pytest.mark.parametrize(
    ("how", "first", "frames"),
    [
        ("trap", "LOADER: trap: out of bounds memory access", ["end end.c:8"]),
        ("abort", "LOADER: aborted", ["abort", "end end.c:12"]),
        ("assert", "LOADER: aborted", ["abort", "__assert_fail", "end end.c:13"]),
    ],
)
def test_where_it_was(programs, name, how, first, frames):
    lines = both(programs, name, "--", how)
    lines = [line for line in lines if line.startswith("LOADER: ")]
    assert lines[0] == first
    found = places(lines)
    assert found[: len(frames)] == frames
    rest = found[len(frames) :]
    assert rest[0].startswith("compare end.c:19") and "qsort" in rest[1]
    assert any(place.endswith(" end.c:25") for place in rest)
    assert not any(line.startswith("LOADER: hint") for line in lines)


@pytest.mark.parametrize("name", ["dynamic.wasm", "static.wasm"])
def test_a_status_of_its_own_is_no_abort(programs, name):
    assert both(programs, name, "--", "exit") == []


@pytest.mark.parametrize("name", ["dynamic.wasm", "static.wasm"])
def test_a_stripped_program_and_its_twin(programs, name, tmp_path):
    bare, twin = programs / "bare", programs / "bare" / f"{name}.debug"
    lines = both(bare, name, "--", "trap")
    assert lines[-1].startswith(f"LOADER: hint: {name} is stripped; ") and "end.c" not in str(lines)
    shutil.copyfile(programs / name, tmp_path / twin.name)
    wanted = both(programs, name, "--", "trap")
    told = both(bare, f"--debug={tmp_path}", name, "--", "trap")
    assert places(told) == places(wanted) and "end.c:8" in told[1]
    shutil.copyfile(programs / name, twin)
    try:
        assert both(bare, name, "--", "trap") == told
        twin.write_bytes((programs / "musl.wasm").read_bytes())  # of other code: no twin
        assert both(bare, name, "--", "trap") == lines
    finally:
        twin.unlink()


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("main", "main"),
        ("_Z3fooi", "foo"),
        ("_ZN3foo3barEv", "foo::bar"),
        ("_ZN4core9panicking5panic17h0123456789abcdefE", "core::panicking::panic"),
        ("_ZN3fooIiE3barEv", "_ZN3fooIiE3barEv"),
        ("_ZN99fooE", "_ZN99fooE"),
        ("_Z9foo", "_Z9foo"),
    ],
)
def test_demangled(name, plain):
    assert demangled(name) == plain
