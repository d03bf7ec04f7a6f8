"""The test command: which tests it gives to pytest."""

import signal
from types import SimpleNamespace

from kit import counts

from muslfall.commands import test as test_command
from muslfall.commands.test import pytest_argv


def folders(tmp_path, *args, fast=False):
    for name in ("unit", "e2e"):
        (tmp_path / "tests" / name).mkdir(parents=True, exist_ok=True)
    argv = pytest_argv(fast, list(args), tmp_path)
    return [word.removeprefix(f"{tmp_path}/") for word in argv[5:] if word.startswith("/")][1:]


def test_fast_tests_come_first(tmp_path):
    assert folders(tmp_path) == ["tests/unit", "tests/e2e"]


def test_fast_leaves_out_what_is_slow(tmp_path):
    assert folders(tmp_path, fast=True) == ["tests/unit"]
    assert "not slow and not network" in pytest_argv(True, [], tmp_path)


def test_options_of_pytest_go_through(tmp_path):
    assert folders(tmp_path, "-k", "pins", "-x") == ["tests/unit", "tests/e2e"]
    assert pytest_argv(False, ["-k", "pins"], tmp_path)[6:8] == ["-k", "pins"]


def test_a_path_stands_for_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folders(tmp_path)
    (tmp_path / "tests/unit/test_a.py").write_text("")
    assert folders(tmp_path, "tests/unit/test_a.py::test_b") == []
    assert folders(tmp_path, "-k", "tests") == ["tests/unit", "tests/e2e"]


def test_nightly_tries_more_mutated_inputs(monkeypatch):
    seen = []
    monkeypatch.setattr(test_command.subprocess, "call", lambda argv, env: seen.append(env) or 0)
    for nightly in (True, False):
        args = SimpleNamespace(fast=True, nightly=nightly, rest=[])
        assert test_command.run(args) == 0
    assert seen[0][counts.NIGHTLY] == "1" and seen[1] is None
    monkeypatch.setenv(counts.NIGHTLY, "1")
    assert counts.count(7) == 70


def test_an_interrupt_reaches_what_tests_start_in_the_background_too():
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
