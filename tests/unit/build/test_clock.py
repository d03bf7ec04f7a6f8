"""Files that are dated in the future, and clocks that were set back."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from muslfall import ROOT
from muslfall.build import clock, ninja

YEAR = 365 * 86400
#: Writes build.ninja, as SConstruct does: a graph with a rule that writes it anew.
WRITER = f"""
import sys
sys.path.insert(0, {str(ROOT / "src")!r})
from pathlib import Path
from muslfall.build import clock
with open("runs", "a") as runs:
    runs.write("x")
Path("build.ninja").write_text('''
rule regenerate
 command = {sys.executable} writer.py
 generator = 1
build build.ninja: regenerate | source folder
build source folder: phony
rule copy
 command = cp $in $out
build made: copy part
''')
if not Path("unsettled").exists():
    clock.settle(Path("build.ninja"), ["source", "folder"])
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with a graph that was written just now."""
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    for name in ("source", "part", "folder/a"):
        Path(name).write_text("one")
    Path("writer.py").write_text(WRITER)
    write()
    return tmp_path


def write() -> None:
    subprocess.run([sys.executable, "writer.py"], check=True)


def date(name: str, seconds: float) -> None:
    """Date a file so many seconds from now."""
    os.utime(name, (time.time() + seconds,) * 2)


def run() -> tuple[int, int]:
    """Run Ninja as a build does: its status, and how often the graph was written."""
    inputs, file = ["source", "folder"], Path("build.ninja")
    Path("runs").write_text("")
    clock.mend(Path())
    if clock.is_ahead(file.stat().st_mtime) and clock.is_stale(file, inputs):
        write()
    done = subprocess.run([ninja.find(), "--quiet"], capture_output=True, timeout=60)
    return done.returncode, len(Path("runs").read_text())


@pytest.mark.parametrize("name", ["source", "folder"])
def test_an_input_of_the_future_is_written_for_once_and_named(project, name, capsys):
    date(name, YEAR)
    assert run() == (0, 1)
    assert run() == (0, 0)
    assert f"{name} is dated {time.localtime().tm_year + 1}-" in capsys.readouterr().err


@pytest.mark.slow
def test_without_it_ninja_gives_up(project):
    """The trap that `settle` avoids, or there is no need for it any more."""
    date("source", YEAR)
    Path("unsettled").touch()
    write()
    done = subprocess.run([ninja.find()], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "still dirty" in done.stdout + done.stderr


def test_until_then_content_decides(project):
    date("source", YEAR)
    run()
    Path("source").write_text("two")
    date("source", -60)
    assert run() == (0, 1)
    assert run() == (0, 0)
    date("folder", YEAR)
    run()
    Path("folder/b").touch()
    date("folder", YEAR)
    assert run()[1] > 0
    assert run() == (0, 0)


def test_a_date_that_is_mended_ends_it(project, capsys):
    date("source", YEAR)
    run()
    date("source", -60)
    capsys.readouterr()
    assert run() == (0, 0)
    assert capsys.readouterr().err == ""
    assert not clock.is_ahead(Path("build.ninja").stat().st_mtime)
    date("source", 1)
    assert run()[1] == 1


def test_an_input_that_is_gone_counts(project):
    date("source", YEAR)
    run()
    before = clock.digest(["source", "folder"])
    Path("source").unlink()
    assert clock.digest(["source", "folder"]) != before


def test_a_clock_that_was_set_back_builds_all_anew(project, capsys):
    """Everything was built in what is the future now, and then a source was edited."""
    assert run() == (0, 0)
    for name in ("build.ninja", ".ninja_log", "made"):
        date(name, YEAR)
    Path("part").write_text("edited")
    assert run()[0] == 0
    assert Path("made").read_text() == "edited"
    assert "the clock was set back, and all is built anew" in capsys.readouterr().err
    assert not any(clock.is_ahead(path.stat().st_mtime) for path in Path().iterdir())
    Path("part").write_text("again")
    assert run()[0] == 0 and Path("made").read_text() == "again"
    assert capsys.readouterr().err == ""


def test_a_little_ahead_is_not_the_future():
    assert not clock.is_ahead(time.time() + clock.SLACK / 2)
    assert clock.is_ahead(time.time() + clock.SLACK * 2)


def test_a_date_that_no_calendar_has_is_shown():
    assert clock.shown(1e18).endswith("s after 1970")
