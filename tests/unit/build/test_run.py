"""A build as the front door runs it: its lock, its link, its backends, and what it prints."""

import fcntl
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from muslfall import ROOT
from muslfall.base.errors import MuslfallError
from muslfall.build import ninja, summary
from muslfall.build import run as building
from muslfall.fetch import fetcher
from muslfall.pins import variant


@pytest.fixture
def lkgr(tmp_path, monkeypatch):
    """The LKGR's variant, in an empty checkout that has pins alone."""
    for name in ("toolchain", "musl"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    Path("out").mkdir()
    return variant.choose(Path(), {})


@pytest.fixture
def other(lkgr):
    return variant.choose(Path(), {"opt": "O0"})


@pytest.fixture
def calls(monkeypatch):
    """The commands that would be run; each succeeds."""
    made = []
    monkeypatch.setattr(subprocess, "call", lambda argv, **_: made.append(argv) or 0)
    monkeypatch.setattr(ninja, "run", lambda *words: made.append(["ninja", *words]) or 0)
    monkeypatch.setattr(building, "provide", lambda chosen: made.append(["provide", chosen.name]))
    return made


def test_two_variants_do_not_wait_for_each_other(lkgr, other):
    with building.lock(lkgr), building.lock(other):
        pass


def test_a_second_build_of_a_variant_waits_and_says_so(lkgr, capsys):
    with building.lock(lkgr):
        file = os.open(f"{lkgr.out}.lock", os.O_RDWR)
        with pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(file)
    held = os.open(f"{lkgr.out}.lock", os.O_RDWR)
    fcntl.flock(held, fcntl.LOCK_EX)
    threading.Timer(0.2, os.close, [held]).start()
    with building.lock(lkgr), pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(held)
    assert f"{lkgr.name}: another build or suite of it is" in capsys.readouterr().err


def test_only_the_lkgr_is_linked_as_such(lkgr, other):
    building.link_lkgr(other)
    assert not os.path.lexists("out/lkgr")
    building.link_lkgr(lkgr)
    assert os.readlink("out/lkgr") == lkgr.name
    before = os.lstat("out/lkgr").st_ino
    building.link_lkgr(lkgr)
    assert os.lstat("out/lkgr").st_ino == before


def test_a_moved_lkgr_moves_the_link(lkgr):
    os.symlink("elsewhere", "out/lkgr")
    building.link_lkgr(lkgr)
    assert os.readlink("out/lkgr") == lkgr.name
    assert sorted(os.listdir("out")) == ["lkgr"]


def test_the_graph_is_written_once(lkgr, calls):
    assert building.build(lkgr, ["-j3"], ["manifest"])
    scons, run = calls[1:]
    assert scons == [sys.executable, "-m", "SCons", "-Q", "-s", "--generate", *lkgr.assignments()]
    assert run == ["ninja", f"{lkgr.out}/build.ninja", ["-j3", "manifest"]]
    calls.clear()
    Path(lkgr.out).mkdir()
    Path(lkgr.out, "build.ninja").touch()
    assert building.build(lkgr, [])
    assert calls == [["provide", lkgr.name], ["ninja", f"{lkgr.out}/build.ninja", []]]


def test_a_graph_that_cannot_be_written_is_not_executed(lkgr, calls, monkeypatch):
    monkeypatch.setattr(subprocess, "call", lambda argv, **_: 2)
    assert not building.build(lkgr, [])
    assert [argv[0] for argv in calls] == ["provide"]


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["-j3"], ["-j3", "-s"]),
        (["-j3", "-v"], ["-j3"]),
        (["-j3", "-d", "explain"], ["-j3", "--debug=explain", "-s"]),
        ([], [f"-j{len(os.sched_getaffinity(0))}", "-s"]),
    ],
)
def test_scons_gets_ninjas_flags_in_its_own_words(lkgr, calls, flags, words):
    chosen = variant.choose(Path(), {"backend": "scons"})
    assert building.build(chosen, flags, ["manifest"])
    argv = calls[-1]
    assert argv[:4] == [sys.executable, "-m", "SCons", "-Q"]
    assert argv[4 : 4 + len(words)] == words
    assert argv[4 + len(words) :] == [*chosen.assignments(), "backend=scons", "manifest"]


def test_what_is_there_is_not_fetched(lkgr, monkeypatch):
    def ensure(*_, **__):
        raise MuslfallError("fetched")

    monkeypatch.setattr(fetcher, "ensure", ensure)
    for name in lkgr.build.releases:
        Path(lkgr.pinned(name)).mkdir(parents=True)
    building.provide(lkgr)
    Path(lkgr.pinned("musl")).rmdir()
    with pytest.raises(MuslfallError, match="fetched"):
        building.provide(lkgr)


def report(verdict="pass", rejected=()):
    problem = None if verdict == "pass" else "wrote b'x', not b'y', in line 1"
    result = {"verdict": verdict, "problem": problem, "stdout": "hello, musl\n"}
    return {
        "files": {"included": 1348, "rejected": len(rejected)},
        "rejected": {
            key: {"stage": "compile", "reason": "error", "diagnostic": "no"} for key in rejected
        },
        "artifacts": {"reassemble": {"size": 657026}},
        "programs": {"hello": {"hosts": {"d8": result, "wasmtime": {**result}}}},
    }


def summarized(chosen, made, capsys):
    Path(chosen.out).mkdir(parents=True, exist_ok=True)
    Path(chosen.out, "report.json").write_text(json.dumps(made))
    code = summary.summarize(chosen)
    return code, capsys.readouterr().out


def test_the_summary_shows_what_hello_printed(lkgr, capsys):
    code, said = summarized(lkgr, report(), capsys)
    assert code == 0
    assert "out/lkgr/musl.wasm: 657,026 bytes of 1348 files\n" in said
    assert "hello: as expected in V8 and in wasmtime\n" in said
    assert "  hello, musl\n" in said


def test_a_program_that_fails_fails_the_command(other, capsys):
    code, said = summarized(other, report("fail"), capsys)
    assert code == 1
    assert "hello on d8: wrote b'x', not b'y', in line 1\n" in said


def test_rejections_are_counted_or_named(other, capsys):
    code, said = summarized(other, report(rejected=["src/a.c"]), capsys)
    assert code == 0
    assert f"1 rejected (see {other.out}/manifest.toml)" in said
    assert "src/a.c: compile: no" in said
    _, said = summarized(other, report(rejected=[f"src/{n}.c" for n in range(9)]), capsys)
    assert "9 files rejected at stage compile" in said


def test_suites_share_the_lock_and_no_build_runs_beside_them(lkgr):
    with building.lock(lkgr, shared=True), building.lock(lkgr, shared=True):
        file = os.open(f"{lkgr.out}.lock", os.O_RDWR)
        with pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(file)


ORPHAN = """
import sys
from pathlib import Path
from muslfall.build import ninja, run as building
class Variant:
    libc_name, libc_out = "v", "out/v"
with building.lock(Variant):
    ninja.run("build.ninja", [])
"""


def test_the_commands_of_a_build_that_was_killed_still_hold_its_lock(tmp_path):
    """A second build must not run beside what the first one left running."""
    (tmp_path / "build.ninja").write_text(
        "rule r\n command = touch started; while [ ! -e go ]; do sleep 0.02; done\nbuild done: r\n"
    )
    front = subprocess.Popen([sys.executable, "-I", "-c", ORPHAN], cwd=tmp_path)
    wait_until((tmp_path / "started").exists)
    front.kill()
    front.wait()
    with open(tmp_path / "out/v.lock", "w") as file:
        with pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        (tmp_path / "go").touch()

        def is_free():
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        wait_until(is_free)


def wait_until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
