"""The loader for wasmtime: every fixture, and what it does as a process."""

import gc
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from kit.loader_cases import ROOT, SPIN, assemble, assemble_all, cases, truncations, wasmtime_path

from muslfall.base.errors import UsageError
from muslfall.hosts import command as host
from muslfall.hosts import engines as hosts_engines
from muslfall.loader import cache as compiled
from muslfall.loader import main as loader
from muslfall.wasm import module as wasm


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


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A folder for what is compiled."""
    return tmp_path_factory.mktemp("store")


@pytest.fixture
def load(wasmtime, fixtures, store, monkeypatch, capfdbinary):
    """Run the loader in the folder of the fixtures; gives status, stdout and stderr."""
    monkeypatch.chdir(fixtures)
    monkeypatch.setenv("MUSLFALL_STORE", str(store))

    def run(*argv: str) -> tuple[int, bytes, bytes]:
        status = loader.main(argv)
        return status, *capfdbinary.readouterr()

    return run


def as_process(wasmtime, folder, *argv, **options) -> subprocess.CompletedProcess:
    options = {"capture_output": True, "env": environment(wasmtime), **options}
    command = [sys.executable, "-m", "muslfall.loader.main", *argv]
    return subprocess.run(command, cwd=folder, **options)


def environment(wasmtime, **more: str) -> dict[str, str]:
    """No home, and so no cache, unless more names one."""
    path = f"{ROOT / 'src'}{os.pathsep}{wasmtime}"
    return {"PATH": os.environ["PATH"], "PYTHONPATH": path, **more}


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
    assert sorted(stats) == ["link_ms", "load_ms", "memory_bytes", "run_ms", "syscalls", "trap"]
    assert stats["memory_bytes"] % 65536 == 0
    assert (stats.pop("syscalls"), stats.pop("trap")) == ({"syscall_64": 1}, None)
    assert all(value > 0 for value in stats.values())


def test_stats_of_a_program_that_does_not_load(load):
    status, _, stderr = load("--stats", "nothing.wasm")
    stats = json.loads(stderr.splitlines()[-1])
    assert (status, stats["link_ms"], stats["run_ms"]) == (127, None, None)
    assert stats["load_ms"] > 0


def test_stats_after_a_trap(load):
    status, _, stderr = load("--stats", "trap-unreachable.wasm")
    reason, *_, line = stderr.splitlines()
    assert (status, reason) == (134, b"loader: trap: unreachable")
    stats = json.loads(line)
    assert stats["run_ms"] > 0
    assert stats["trap"]["reason"] == "unreachable" and stats["trap"]["left_out"] == 0
    assert stats["trap"]["frames"][-1]["function"] == "main"


@pytest.mark.parametrize(
    "argv",
    [
        ["hello.wasm"],
        ["missing.wasm", "--", "call"],
        ["--trace", "hello.wasm"],
        ["trap-unreachable.wasm"],
        ["no-main.wasm"],
    ],
)
def test_nothing_of_a_program_is_left(load, argv):
    """Or else it is taken apart at the end of this process, which crashed."""
    from wasmtime import _func

    load("hello.wasm")
    gc.collect()
    before = len(_func.FUNCTIONS.handles)
    load(*argv)
    gc.collect()
    assert len(_func.FUNCTIONS.handles) == before == 0


def test_output_that_nobody_reads(wasmtime, fixtures):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        done = as_process(
            wasmtime,
            fixtures,
            "hello.wasm",
            capture_output=False,
            stdout=closed,
            stderr=subprocess.PIPE,
        )
    assert (done.returncode, done.stderr) == (3, b"")


def test_interrupt_ends_the_program(wasmtime, fixtures):
    import signal

    assemble(SPIN, fixtures / "spin.wasm")
    command = [sys.executable, "-m", "muslfall.loader.main", "--kernel=kernel.wasm", "spin.wasm"]
    with subprocess.Popen(
        command, cwd=fixtures, env=environment(wasmtime), stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.read(1) == b"!"
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == -signal.SIGINT


# The cache of compiled modules


@pytest.fixture
def kept(load, tmp_path, monkeypatch):
    """The folder of an empty cache."""
    monkeypatch.setenv("MUSLFALL_STORE", str(tmp_path))
    return tmp_path / "compiled"


def module(path: Path) -> wasm.Module:
    return wasm.parse(path.read_bytes())


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_compiled_modules_are_kept(load, kept):
    assert load("hello.wasm") == (3, b"hello\n", b"")
    first = contents(kept)
    assert len(first) == 2  # the program and the kernel
    assert load("hello.wasm") == (3, b"hello\n", b"")
    assert contents(kept) == first


def test_what_was_compiled_is_what_runs(load, kept, fixtures):
    from muslfall.loader.cache import Cache, make_key
    from muslfall.loader.engines.wasmtime import Compiler, identity

    compiler = Compiler(cache=Cache(kept))
    key = make_key(module(fixtures / "return-7.wasm").digest, identity())
    other = compiler.compile(module(fixtures / "own-exit.wasm"))
    compiler.cache.write(key, bytes(other.serialize()))
    assert load("return-7.wasm")[0] == 5
    assert load("--no-cache", "return-7.wasm")[0] == 7


def test_without_a_cache_nothing_is_written(load, kept, wasmtime, fixtures):
    assert load("--no-cache", "return-7.wasm")[0] == 7
    assert not kept.exists()


def test_an_environment_without_a_home_has_no_cache(wasmtime, fixtures, monkeypatch):
    for name in ("HOME", "XDG_CACHE_HOME", "MUSLFALL_STORE"):
        monkeypatch.delenv(name, raising=False)
    assert loader.open_cache(loader.Options()) is None
    monkeypatch.setenv("HOME", "/home/user")
    assert loader.open_cache(loader.Options()).folder.name == "compiled"


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: content[:-1],
        lambda content: b"\x7fELG" + content[4:],
        lambda content: content[:-100] + bytes(100),
    ],
    ids=["empty", "half", "cut", "foreign", "zeroed"],
)
def test_damaged_files_are_compiled_again(load, kept, damage):
    load("hello.wasm")
    whole = contents(kept)
    for name, content in whole.items():
        (kept / name).write_bytes(damage(content))
    assert load("hello.wasm") == (3, b"hello\n", b"")
    assert contents(kept).keys() == whole.keys()
    assert all(content[:4] == b"\x7fELF" for content in contents(kept).values())
    assert all(compiled.whole(key, io.BytesIO(content)) for key, content in contents(kept).items())


def test_code_that_the_engine_refuses_is_compiled_again(load, kept, fixtures):
    from muslfall.loader.cache import Cache, make_key
    from muslfall.loader.engines.wasmtime import identity

    cache = Cache(kept)
    key = make_key(module(fixtures / "return-7.wasm").digest, identity())
    cache.write(key, b"no code of any engine")
    assert load("return-7.wasm") == (7, b"", b"")
    assert len(cache.read(key)) > 1000


@pytest.mark.parametrize("way", ["mapped", "copied"])
def test_code_is_mapped_or_copied(load, kept, monkeypatch, way):
    from muslfall.loader.engines.wasmtime import Compiler

    load("hello.wasm")
    unused = Compiler.copied if way == "mapped" else Compiler.compile_and_cache
    monkeypatch.setattr(Compiler, unused.__name__, None)
    if way == "copied":  # where there is no /proc, or nothing in the file system may be executed
        monkeypatch.setattr(compiled.Kept, "path", lambda kept: "/nowhere")
    assert load("hello.wasm") == (3, b"hello\n", b"")


def test_a_store_that_cannot_be_written(load, tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("MUSLFALL_STORE", str(tmp_path / "file"))
    assert load("hello.wasm") == (3, b"hello\n", b"")


def test_processes_at_once(wasmtime, fixtures, tmp_path):
    command = [sys.executable, "-m", "muslfall.loader.main", "hello.wasm"]
    places = {"cwd": fixtures, "env": environment(wasmtime, MUSLFALL_STORE=str(tmp_path))}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    processes = [subprocess.Popen(command, **places, **streams) for _ in range(4)]
    for process in processes:
        assert (*process.communicate(timeout=60), process.returncode) == (b"hello\n", b"", 3)
    assert len(contents(tmp_path / "compiled")) == 2


def test_a_start_from_the_cache_imports_no_more_than_it_needs(fixtures, tmp_path, monkeypatch):
    """Each of these takes a fiftieth of the time of such a start, or more."""
    monkeypatch.setenv("MUSLFALL_STORE", str(tmp_path))
    engines = hosts_engines.Engines(Path("no-node"), wasmtime_path())
    command = host.command("wasmtime", engines, fixtures / "hello.wasm", [], host.Options())

    def imported(*words: str) -> set[str]:
        done = subprocess.run(
            [sys.executable, "-X", "importtime", *words],
            env=command.env,
            capture_output=True,
            text=True,
        )
        return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}

    imported(*command.argv[1:])
    ours = imported(*command.argv[1:])
    assert {"wasmtime", "muslfall.loader.main", "muslfall.loader.machine"} <= ours
    assert (ours - imported("-S", "-c", "import wasmtime")) & {
        "dataclasses", "hashlib", "inspect", "json", "runpy", "signal", "site", "subprocess",
        "muslfall.loader.call_graph", "muslfall.loader.glue", "muslfall.loader.reachable",
        "muslfall.loader.trace",
    } == set()  # fmt: skip


def test_nothing_is_written_in_the_tree_of_wasmtime(wasmtime, fixtures, tmp_path, monkeypatch):
    shutil.copytree(
        wasmtime, tmp_path / "tree", ignore=lambda _, names: {"__pycache__"} & set(names)
    )
    (tmp_path / "store").mkdir()
    monkeypatch.setenv("MUSLFALL_STORE", str(tmp_path / "store"))
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    engines = hosts_engines.Engines(Path("no-node"), tmp_path / "tree")
    command = host.command("wasmtime", engines, fixtures / "hello.wasm", [], host.Options())
    assert subprocess.run(command.argv, env=command.env).returncode == 3
    assert list((tmp_path / "tree").rglob("__pycache__")) == []
    assert sorted(os.listdir(tmp_path / "store")) == ["compiled", "pycache"]
    assert list((tmp_path / "store" / "pycache").rglob("_bindings*.pyc"))


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
         "--kernel=k.wasm", "--strict", "--stats", "--no-cache", "--trace",
         "--", "-x", "--", "y"]
    )  # fmt: skip
    assert options.paths == ["a.wasm", "b.wasm"]
    assert options.arguments == ["-x", "--", "y"]
    assert options.folders == [("/tmp", "/tmp"), ("a", "/b")]
    assert options.environment == [("A", "b=c"), ("E", "")]
    assert (options.kernel, options.strict, options.stats) == ("k.wasm", True, True)
    assert options.no_cache and options.trace


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
