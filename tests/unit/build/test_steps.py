"""Every step of a build, `python -m muslfall…`, given what is missing, a folder or garbage."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from muslfall import ROOT
from muslfall.base.errors import MuslfallError
from muslfall.build import report

#: Where steps are started from: SCons' tools, shell scripts, and our own modules.
STARTED = re.compile(r"(?:PYTHON_STEP |\"-m\",\s+\"|\" -m |direct = \")(muslfall\.[\w.]+)")
PLACES = ("site_scons/site_tools/*.py", "src/muslfall/build/stages/*.sh", "src/muslfall/*/*.py")

#: Module to its words; IN stands for what is damaged, OUT for what it would write.
WORDS = {
    "muslfall.build.assemble_loader": ["IN", "OUT"],
    "muslfall.build.report": ["llvm=1", "--report", "OUT", "--results", "IN"],
    "muslfall.diff.twice": ["opt=O9", "--", "-j1"],
    "muslfall.hosts.chromium": ["--dir=IN", "IN"],
    "muslfall.hosts.trial": [
        "--test=IN", "--host=d8", "--out=OUT.d", "--node=IN", "--wasmtime=IN", "IN", "OUT",
    ],
    "muslfall.libc.direct_syscalls": ["IN", "OUT", "OUT.h", "OUT.d"],
    "muslfall.libc.manifest": ["--musl=IN", "--objects=IN", "OUT", "OUT.list"],
    "muslfall.libc.prototypes": ["IN", "OUT"],
    "muslfall.libc.rejection": ["OUT", "compile", "1", "IN"],
    "muslfall.libc.syscalls": ["IN", "OUT"],
    "muslfall.loader.batch": ["IN"],
    "muslfall.loader.call_graph": ["IN", "OUT", "IN"],
    "muslfall.wasm.localize": ["IN", "OUT"],
    "muslfall.wasm.order": ["IN"],
    "muslfall.waterfall.step": ["build", "--result=OUT", "llvm=1"],
}  # fmt: skip
#: Those that take any number of words.
ANY_NUMBER = ("muslfall.hosts.chromium", "muslfall.loader.batch", "muslfall.loader.call_graph")
DAMAGES = ("missing", "a folder", "garbage", "empty")


def run(module: str, words: list[str], folder: Path, home: Path) -> subprocess.CompletedProcess:
    """A step's end, run in `folder` as the build runs it."""
    return subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin", "HOME": str(home)},
        input="",
        capture_output=True,
        text=True,
        timeout=120,
    )


def damaged(folder: Path, damage: str) -> Path:
    """A path at which there is what `damage` says."""
    path = folder / "given.o"
    if damage == "a folder":
        path.mkdir()
    elif damage == "garbage":
        path.write_bytes(b"\x80 garbage = \xff\n")
    elif damage == "empty":
        path.write_bytes(b"")
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


def test_every_step_is_tried_here():
    files = [path for place in PLACES for path in ROOT.glob(place)]
    found = {name for path in files for name in STARTED.findall(path.read_text(encoding="utf-8"))}
    assert found == WORDS.keys() and len(found) > 10


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("module", sorted(WORDS))
def test_a_step_that_cannot_be_done_says_so_and_leaves_nothing(tmp_path, home, module, damage):
    given = damaged(tmp_path, damage)
    before = sorted(tmp_path.rglob("*"))
    words = [word.replace("IN", str(given)).replace("OUT", "made") for word in WORDS[module]]
    done = run(module, words, tmp_path, home)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode in (1, 2, 127) and done.stderr.strip(), done
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("module", sorted(WORDS))
def test_a_step_with_wrong_words_shows_its_usage(tmp_path, home, module):
    wrong = [[], ["--no-such-option"]]
    if module not in ANY_NUMBER:
        wrong.append(list("1234567"))
    for words in wrong:
        done = run(module, words, tmp_path, home)
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == 2 and done.stderr.strip(), (words, done)
        assert list(tmp_path.iterdir()) == []


def test_a_result_that_is_none_is_named(tmp_path):
    for text in ("", "[]", "{}", '{"program": []}', "\x00"):
        (tmp_path / "hello.d8.json").write_text(text)
        with pytest.raises(MuslfallError, match="hello.d8.json: is no result of a trial"):
            report.results([tmp_path / "hello.d8.json"])
