"""Programs that are kept: built once under one key, and again when anything is not what it was."""

from pathlib import Path

import pytest

from muslfall.suites import kept as suite_kept
from muslfall.suites.build import Built, Compiler
from muslfall.suites.kept import KeptCompiler
from muslfall.suites.suite import Case

KEY = {"muslfall": "a", "artifacts": {"musl.wasm": "b"}}
CASES = [Case(name, (Path(f"{name}.c"),)) for name in ("good", "bad", "dir/good")]


@pytest.fixture
def compile_all(tmp_path, monkeypatch):
    """Runs a suite's compiler on CASES; returns what it built and what it said."""
    built = []

    def really(self, case, opt):
        built.append(case.name)
        path = self.folder / f"{case.name}.wasm"
        path.parent.mkdir(parents=True, exist_ok=True)
        if case.name == "bad":
            return Built("compile", "error: no", 1.5, path)
        path.write_text(case.name)
        return Built("", "", 1.5, path)

    def start(self, variant, folder):
        self.folder = folder

    monkeypatch.setattr(Compiler, "__init__", start)
    monkeypatch.setattr(Compiler, "build", really)

    def run(key=KEY):
        built.clear()
        compiler = KeptCompiler(None, tmp_path, key)
        results = [compiler.build(case, "O2") for case in CASES]
        compiler.keep()
        return list(built), [(one.stage, one.said, one.program.name) for one in results]

    return run


def test_under_the_same_key_nothing_is_built_again(compile_all):
    everything, results = compile_all()
    assert everything == [case.name for case in CASES]
    assert compile_all() == ([], results)
    assert compile_all() == ([], results)


@pytest.mark.parametrize("key", [{**KEY, "muslfall": "b"}, {**KEY, "artifacts": {}}])
def test_under_another_key_all_is(compile_all, key):
    compile_all()
    assert compile_all(key)[0] == [case.name for case in CASES]


def test_without_a_key_nothing_is_kept(compile_all):
    compile_all(None)
    assert compile_all()[0] == [case.name for case in CASES]
    assert compile_all(None)[0] == [case.name for case in CASES]


@pytest.mark.parametrize("spoil", [lambda p: p.write_text("other"), lambda p: p.unlink()])
def test_a_program_that_is_not_what_it_was_is_built(compile_all, tmp_path, spoil):
    compile_all()
    spoil(tmp_path / "dir/good.wasm")
    assert compile_all()[0] == ["dir/good"]
    assert compile_all()[0] == []


def test_a_run_that_was_killed_leaves_nothing_to_be_believed(compile_all, tmp_path):
    compile_all()
    (tmp_path / suite_kept.NAME).unlink()
    assert compile_all()[0] == [case.name for case in CASES]
