"""The waterfall, end to end: one real build, killed in the middle and taken up, and what it left.

The variation is small: another wasmtime, in a clone that has what is built already, and one suite.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from muslfall import ROOT
from muslfall.base.files import digest
from muslfall.diff import twice
from muslfall.pins import lkgr as pins_lkgr
from muslfall.pins import variant
from muslfall.waterfall import record

#: Whole builds, or many.
pytestmark = pytest.mark.timeout(3600)

VERSION = "49.0.0"
WORDS = ("waterfall", "build", f"wasmtime={VERSION}")
TIMEOUT = 300


class Clone:
    """A clone of the checkout, and commands in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def start(self, *words: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "muslfall", *words],
            cwd=self.folder,
            text=True,
            env=os.environ | {"PYTHONPATH": "src"},
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def run(self, *words: str, status: int = 0) -> str:
        process = self.start(*words)
        said = process.communicate(timeout=TIMEOUT)[0]
        assert process.returncode == status, said
        return said

    def kill_at(self, line: str, *words: str) -> str:
        """Run a command, and kill -9 it and all that it started when it says a line."""
        process = self.start(*words)
        said = ""
        for text in process.stdout:
            said += text
            if line in text:
                break
        assert process.poll() is None, said
        os.killpg(process.pid, signal.SIGKILL)
        return said + process.communicate()[0]


@pytest.fixture(scope="module")
def clone(tmp_path_factory, lkgr) -> Clone:
    folder = tmp_path_factory.mktemp("waterfall") / "checkout"
    twice.twin(ROOT, folder, variant.choose(ROOT, {}).out)
    for path in folder.glob("suites/gcc-torture*"):
        path.unlink()
    for path in folder.glob("waterfall/*/*"):
        path.unlink()
    return Clone(folder)


@pytest.fixture(scope="module")
def made(clone) -> tuple[record.Record, str, str]:
    """The record of the build, and what its two runs said: the one that was killed, the other."""
    killed = clone.kill_at("tcc …", *WORDS)
    assert record.numbers(clone.folder) == []
    said = clone.run(*WORDS)
    (one,) = record.load_all(clone.folder)
    return one, killed, said


def test_a_run_that_was_killed_goes_on_where_it_stopped(made):
    _, killed, said = made
    for name in ("fetch", "build", "check", "hello"):
        assert f"{name} …" in killed and f"{name}: pass" in killed
        assert f"{name} …" not in said and f"{name}: pass" in said
    assert "tcc …" in said


def test_the_record_says_what_was_built_and_what_came_of_it(made, lkgr):
    one = made[0]
    versions = pins_lkgr.read_lkgr(ROOT)[1]
    assert one.versions() == {**versions, "wasmtime": VERSION}
    assert (one.scheduler, one.status, one.failed) == ("forced", "pass", None)
    assert [step.name for step in one.steps] == ["fetch", "build", "check", "hello", "tcc"]
    hosts = one.step("tcc").hosts
    assert hosts["d8"].counts == hosts["wasmtime"].counts and hosts["d8"].counts["pass"] > 80
    assert one.repositories["wasmtime"].subject == f"wasmtime {VERSION}"
    assert "clang version" in one.repositories["llvm"].subject


def test_its_libc_is_the_lkgrs_byte_for_byte(made, lkgr):
    artifacts = made[0].artifacts
    assert len(artifacts) > 10
    for name in ("musl.wasm", "musl.wast", "kernel.wasm", "programs/hello.wasm"):
        assert artifacts[name].sha256 == digest(lkgr / name)


def test_it_is_not_built_again(made, clone):
    said = clone.run(*WORDS)
    assert said == "1 of 1 builds are recorded already; --again makes them again\n"


def test_the_list_and_the_page_have_it(made, clone):
    lines = clone.run("waterfall").splitlines()
    assert lines[1].split()[:3] == [str(made[0].build), "wasmtime", VERSION]
    clone.run("waterfall", "page", "page.html")
    text = (clone.folder / "page.html").read_text()
    assert f'id="build-{made[0].build}"' in text and f"wasmtime {VERSION}" in text


def test_the_lkgr_does_not_go_back_to_it(made, clone):
    before = (clone.folder / "toolchain/lkgr.toml").read_bytes()
    assert "the LKGR stays at build" in clone.run("waterfall", "roll", "--apply")
    assert (clone.folder / "toolchain/lkgr.toml").read_bytes() == before


def test_words_that_mean_no_build_are_refused(clone):
    assert "no release '1'" in clone.run("waterfall", "build", "wasmtime=1", status=2)
    assert "no such build" in clone.run("waterfall", "build", "999", status=2)
    assert "either" in clone.run("waterfall", "build", "1", "--series", "v8", status=2)
