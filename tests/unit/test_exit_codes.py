"""Exit codes of every command: 0 for help, 2 for bad usage, 1 for failure; never a traceback."""

import os
import subprocess
import sys

import pytest

from muslfall import ROOT, cli

#: Command lines that ask for what there is not: what fails, and is no error of usage.
FAILURES = [
    ["trust", "list", "NOWHERE"],
    ["trust", "status", "NOWHERE"],
    ["trust", "list", "http://127.0.0.1:9", "--root", "NOWHERE/root.json"],
    ["run", "--host=wasmtime", "--libc=NOWHERE/musl.wasm", "NOWHERE/x.wasm"],
]
USAGE = [
    ["build", "nonsense"],
    ["build", "llvm=9999"],
    ["build", "opt=O9"],
    ["fetch", "llvm=9999"],
    ["fetch", "--mirror", "file:///x", "1"],
    ["fetch", "x=1"],
    ["software", "no-such-package"],
    ["waterfall", "no-such-action"],
    ["mirror", "no-such-action"],
    ["trust", "no-such-action"],
    ["mirror", "verify", "NOWHERE"],
    ["no-such-command"],
    [],
]


def run(tmp_path, words):
    words = [word.replace("NOWHERE", str(tmp_path / "nowhere")) for word in words]
    env = {**os.environ, "MUSLFALL_STORE": str(tmp_path / "store")}
    argv = [sys.executable, "-I", "-m", "muslfall", *words]
    return subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)


def check(done, code):
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr and (done.stderr or code == 0)


@pytest.mark.parametrize("words", USAGE, ids=" ".join)
def test_bad_usage_is_2(tmp_path, words):
    check(run(tmp_path, words), 2)


@pytest.mark.parametrize("words", FAILURES, ids=" ".join)
def test_failure_is_1(tmp_path, words):
    check(run(tmp_path, words), 127 if words[0] == "run" else 1)


@pytest.mark.parametrize("name", cli.command_names())
def test_help_is_0(tmp_path, name):
    check(run(tmp_path, [name, "--help"]), 0)


@pytest.mark.parametrize("name", [n for n in cli.command_names() if n not in ("test", "run")])
def test_an_option_that_is_not_known_is_2(tmp_path, name):
    check(run(tmp_path, [name, "--no-such-option"]), 2)
