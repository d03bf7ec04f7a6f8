"""The loader for wasmtime: every fixture, and what it does as a process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from loader_cases import ROOT, assemble, assemble_all, cases, truncations

from muslfall import loader
from muslfall.errors import UsageError


def wasmtime_path() -> Path:
    """wasmtime's Python package: $MUSLFALL_WASMTIME, else the pinned one, fetched if need be."""
    if named := os.environ.get("MUSLFALL_WASMTIME"):
        return Path(named)
    from muslfall import fetch, pins

    release = pins.load_lkgr(ROOT).releases["wasmtime"]
    pinned = ROOT / "out" / "pinned" / f"wasmtime-{release.version}"
    return pinned if pinned.exists() else fetch.ensure([release])["wasmtime"]


@pytest.fixture(scope="module")
def wasmtime():
    """wasmtime, importable as the loader imports it."""
    path = str(wasmtime_path())
    sys.path.insert(0, path)
    yield path
    sys.path.remove(path)


@pytest.fixture(scope="module")
def fixtures(tmp_path_factory):
    return assemble_all(tmp_path_factory.mktemp("loader"))


@pytest.fixture
def load(wasmtime, fixtures, monkeypatch, capfdbinary):
    """Run the loader in the folder of the fixtures; gives status, stdout and stderr."""
    monkeypatch.chdir(fixtures)

    def run(*argv: str) -> tuple[int, bytes, bytes]:
        status = loader.main(argv)
        return status, *capfdbinary.readouterr()

    return run


def as_process(wasmtime, folder, *argv, **options) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{wasmtime}"}
    command = [sys.executable, "-m", "muslfall.loader", *argv]
    options = {"capture_output": True, **options}
    return subprocess.run(command, cwd=folder, env=environment, **options)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_fixture(case, load):
    assert case.problems(*load(*case.argv), loader.LOADER) == []


def test_no_truncated_module_is_loaded(load, fixtures):
    for data in truncations(fixtures):
        (fixtures / "cut.wasm").write_bytes(data)
        status, stdout, stderr = load("cut.wasm")
        assert (status, stdout) == (loader.NOT_LOADED, b"")
        assert stderr.startswith(b"loader: cut.wasm: ")


def test_as_a_process(wasmtime, fixtures):
    done = as_process(wasmtime, fixtures, "hello.wasm")
    assert (done.returncode, done.stdout, done.stderr) == (3, b"hello\n", b"")


def test_stats(load):
    status, stdout, stderr = load("--stats", "hello.wasm")
    stats = json.loads(stderr)
    assert (status, stdout) == (3, b"hello\n")
    assert sorted(stats) == ["link_ms", "load_ms", "memory_bytes", "run_ms"]
    assert stats["memory_bytes"] % 65536 == 0
    assert all(value > 0 for value in stats.values())


def test_stats_after_a_trap(load):
    status, _, stderr = load("--stats", "trap-unreachable.wasm")
    reason, stats = stderr.splitlines()
    assert (status, reason) == (134, b"loader: trap: unreachable")
    assert json.loads(stats)["run_ms"] > 0


def test_output_that_nobody_reads(wasmtime, fixtures):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        done = as_process(
            wasmtime, fixtures, "hello.wasm", capture_output=False, stdout=closed,
            stderr=subprocess.PIPE,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (3, b"")


SPIN = """(module
  (@dylink.0 (mem-info (memory 0 0) (table 0 0)))
  (import "env" "memory" (memory 1))
  (import "env" "say" (func $say (param i32)))
  (func (export "main") (call $say (i32.const 33)) (loop $forever (br $forever))))"""


def test_interrupt_ends_the_program(wasmtime, fixtures):
    import signal

    assemble(SPIN, fixtures / "spin.wasm")
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{wasmtime}"}
    command = [sys.executable, "-m", "muslfall.loader", "--kernel=kernel.wasm", "spin.wasm"]
    with subprocess.Popen(
        command, cwd=fixtures, env=environment, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.read(1) == b"!"
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == -signal.SIGINT


def test_without_wasmtime(fixtures):
    done = as_process(os.devnull, fixtures, "hello.wasm")
    assert done.returncode == 127
    assert done.stderr.startswith(b"loader: wasmtime's Python package is not on PYTHONPATH")


def test_problems_are_found_without_wasmtime(fixtures):
    done = as_process(os.devnull, fixtures, "no-main.wasm")
    assert (done.returncode, done.stderr) == (127, b"loader: no-main.wasm: exports no main\n")


def test_the_command_line(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").mkdir()
    options = loader.parse(
        ["--dir=/tmp", "a.wasm", "--dir=a::/b", "b.wasm", "--env=A=b=c", "--env=E=",
         "--kernel=k.wasm", "--strict", "--stats", "--", "-x", "--", "y"]
    )  # fmt: skip
    assert options.paths == ["a.wasm", "b.wasm"]
    assert options.arguments == ["-x", "--", "y"]
    assert options.folders == [("/tmp", "/tmp"), ("a", "/b")]
    assert options.environment == [("A", "b=c"), ("E", "")]
    assert (options.kernel, options.strict, options.stats) == ("k.wasm", True, True)


def test_a_leading_dash_dash_is_skipped():
    options = loader.parse(["--", "--strict", "a.wasm", "--", "b"])
    assert (options.paths, options.arguments, options.strict) == (["a.wasm"], ["b"], True)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "no main module"),
        (["--strict", "--", "a.wasm"], "no main module"),
        (["--frob", "a.wasm"], "unknown option --frob"),
        (["-x=1", "a.wasm"], "unknown option -x"),
        (["--strict=1", "a.wasm"], "unknown option --strict"),
        (["--dir", "a.wasm"], "expected --dir=HOST"),
        (["--env=A", "a.wasm"], "expected --env=NAME=VALUE"),
        (["--env==b", "a.wasm"], "expected --env=NAME=VALUE"),
        (["--kernel=", "a.wasm"], "expected --kernel=PATH"),
        (["a.wasm", "--", "\udcff"], "is not UTF-8"),
    ],
)
def test_usage_errors(argv, message, capfd):
    with pytest.raises(UsageError, match=message):
        loader.parse(argv)
    assert loader.main(argv) == 2
    assert capfd.readouterr().err.startswith("loader: ")
