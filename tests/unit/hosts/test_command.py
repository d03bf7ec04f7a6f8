"""The hosts' commands."""

import os
import sys
from pathlib import Path

import pytest

from muslfall import ROOT
from muslfall.base import stacks
from muslfall.base.errors import UsageError
from muslfall.hosts import command as host
from muslfall.hosts import engines as hosts_engines
from muslfall.pins import series as pins

ENGINES = hosts_engines.Engines(Path("v8/node"), Path("wasmtime"), Path("wasm.js"))
OPTIONS = host.Options(
    dirs=("a::/b",),
    env=("A=b",),
    arguments=("x", "--strict"),
    kernel=Path("k.wasm"),
    strict=True,
    stats=True,
    no_cache=True,
    trace=True,
)
WORDS = ["--dir=a::/b", "--env=A=b", "--kernel=k.wasm", "--strict", "--stats", "--no-cache",
         "--trace"]  # fmt: skip


def test_d8():
    command = host.command("d8", ENGINES, Path("p.wasm"), ["l.wasm"], OPTIONS)
    assert command.argv == [
        "v8/node", "--no-warnings", *stacks.v8_flags(), "wasm.js", "--", *WORDS,
        "p.wasm", "l.wasm", "--", "x",
        "--strict",
    ]  # fmt: skip


def test_where_node_keeps_what_it_compiles(tmp_path, monkeypatch):
    monkeypatch.setenv("MUSLFALL_STORE", str(tmp_path))
    monkeypatch.setenv("NODE_COMPILE_CACHE", "/elsewhere")
    assert host.node_environment()["NODE_COMPILE_CACHE"] == str(tmp_path / "node")
    for name in ("HOME", "XDG_CACHE_HOME", "MUSLFALL_STORE"):
        monkeypatch.delenv(name, raising=False)
    assert "NODE_COMPILE_CACHE" not in host.node_environment()


def test_the_flags_of_a_v8():
    engines = hosts_engines.Engines(Path("n"), Path("w"), Path("wasm.js"), ("--flag",))
    argv = host.command("d8", engines, "p.wasm", [], host.Options()).argv
    assert argv[: argv.index("wasm.js")] == ["n", "--no-warnings", *stacks.v8_flags(), "--flag"]
    releases = pins.load_series(ROOT, "v8").releases
    flags = {release.version: release.words("flags") for release in releases}
    assert flags["22.11.0"] == ("--experimental-wasm-exnref",)
    assert flags["24.19.0"] == ()


def test_chromium():
    command = host.command("chromium", ENGINES, "p.wasm", ["l.wasm"], OPTIONS)
    words = [*WORDS, "p.wasm", "l.wasm", "--", "x", "--strict"]
    assert command.argv == [sys.executable, "-m", "muslfall.hosts.chromium", "wasm.js", *words]
    assert command.env["PYTHONPATH"] == str(ROOT / "src")


def test_wasmtime():
    command = host.command("wasmtime", ENGINES, "p.wasm", ["l.wasm"], OPTIONS)
    words = [*WORDS, "p.wasm", "l.wasm", "--", "x", "--strict"]
    assert command.argv == [sys.executable, *host.LOADER_FLAGS, *words]
    assert command.env["PYTHONPATH"].split(os.pathsep) == [str(ROOT / "src"), "wasmtime"]


def test_no_arguments_no_separator():
    command = host.command("wasmtime", ENGINES, "p.wasm", [], host.Options())
    assert command.argv[-2:] == [host.LOADER_FLAGS[-1], "p.wasm"]


def test_a_module_is_never_taken_for_an_option():
    assert host.command("d8", ENGINES, "-p.wasm", [], host.Options()).argv[-1] == "./-p.wasm"


def test_what_would_change_a_host_does_not_reach_it(monkeypatch):
    monkeypatch.setenv("NODE_OPTIONS", "--frob")
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("HOME", "/home")
    for name in hosts_engines.HOSTS:
        env = host.command(name, ENGINES, "p.wasm", [], host.Options()).env
        assert env["HOME"] == "/home"
        assert env["PYTHONDONTWRITEBYTECODE"] == "1"
        assert not {"NODE_OPTIONS", "PYTHONHOME"} & env.keys(), name


def test_where_python_keeps_what_it_compiles(tmp_path, monkeypatch):
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    assert host.cache_environment(None) == {"PYTHONDONTWRITEBYTECODE": "1"}
    assert host.cache_environment(tmp_path) == {
        "MUSLFALL_STORE": str(tmp_path),
        "PYTHONPYCACHEPREFIX": f"{tmp_path}/pycache",
    }
    absent = tmp_path / "absent"
    assert host.cache_environment(absent) == {
        "MUSLFALL_STORE": str(absent),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def test_no_such_host():
    with pytest.raises(UsageError, match="d8, wasmtime"):
        host.command("chrome", ENGINES, "p.wasm", [], host.Options())
