"""Ninja's output, thinned out where there is no terminal."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from muslfall import ROOT
from muslfall.base.errors import MuslfallError
from muslfall.build import ninja


def thin(lines, seconds=1.0):
    """What is left of `lines`, read `seconds` apart."""
    ticks = iter(range(1000))
    return list(ninja.thin(lines, lambda: next(ticks) * seconds, interval=5.0))


def test_one_line_of_progress_every_few_seconds():
    lines = [f"[{n}/100] compile x\n" for n in range(1, 101)]
    shown = thin(lines)
    assert shown[-1] == lines[-1]
    assert 15 <= len(shown) <= 25
    assert all(line in lines for line in shown)


def test_a_quick_build_shows_only_its_last_line():
    assert thin([f"[{n}/9] compile x\n" for n in range(1, 10)], 0.01) == ["[9/9] compile x\n"]


def test_whatever_is_no_progress_is_shown():
    lines = ["[1/9] compile a\n", "FAILED: a\n", "a.c:1:2: error: no\n", "  [1/2] quoted\n",
             "ninja: build stopped: subcommand failed.\n", "\n"]  # fmt: skip
    assert thin(lines, 0.01) == lines[1:]


def test_ninja_is_found_beside_the_interpreter(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(MuslfallError, match="there is no ninja"):
        ninja.find()
    for folder in (tmp_path / "bin", tmp_path):
        folder.mkdir(exist_ok=True)
        (folder / "ninja").touch(mode=0o755)
        assert ninja.find() == str(folder / "ninja")


BUILD = """
rule say
  command = printf 'caf\\303\\251 \\377' && exit $status
build a: say
  status = 0
build b: say
  status = 3
"""


@pytest.fixture
def ninja_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("build.ninja").write_text(BUILD)
    return "build.ninja"


@pytest.mark.parametrize(("target", "fails"), [("a", False), ("b", True)])
def test_its_status_and_every_byte_that_it_says(ninja_file, target, fails):
    """Also bytes that are no UTF-8, and to a terminal that has only ASCII."""
    call = f"ninja.run({ninja_file!r}, {[target]})"
    code = f"import sys; from muslfall.build import ninja; sys.exit({call})"
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, timeout=60)
    assert (done.returncode != 0) is fails
    assert b"Traceback" not in done.stderr, done.stderr
    assert "café ".encode() + b"\xff" in done.stdout


def test_status_of_the_environment_does_not_hide_progress(ninja_file, monkeypatch, capfd):
    monkeypatch.setenv("NINJA_STATUS", "%p ")
    assert ninja.run(ninja_file, ["a"]) == 0
    assert "[1/1] " in capfd.readouterr().out
