"""Trials: what a program did, held against what it should do."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from muslfall import ROOT
from muslfall.hosts import command as host
from muslfall.hosts import engines as hosts_engines
from muslfall.hosts import trial
from muslfall.hosts.expectation import ProgramTest
from muslfall.hosts.trial import Outcome, first_difference, judge

TEST = ProgramTest(Path("p/a.c"), status=3, stdout=b"one\ntwo\n")
RIGHT = Outcome(3, b"one\ntwo\n", b"noise\n")


@pytest.mark.parametrize(
    ("outcome", "problem"),
    [
        (RIGHT, None),
        (Outcome(None, b"one\n", b""), f"still ran after {trial.TIMEOUT} s"),
        (Outcome(0, RIGHT.stdout, b""), "exit status 0, not 3"),
        (Outcome(134, b"", b"a\nlast words\n"), "exit status 134, not 3: last words"),
        (Outcome(134, b"", b"\xff\n"), "exit status 134, not 3: \ufffd"),
        (Outcome(3, b"one\n2\n", b""), "wrote b'2', not b'two', in line 2"),
        (Outcome(-11, b"", b""), "exit status -11, not 3"),
    ],
)
def test_judge(outcome, problem):
    assert judge(TEST, outcome) == problem


@pytest.mark.parametrize(
    ("got", "wanted", "said"),
    [
        (b"a\nb\n", b"a\nc\n", "b'b', not b'c', in line 2"),
        (b"a\n", b"a\nc\n", "None, not b'c', in line 2"),
        (b"a\nb\n", b"a\n", "b'b', not None, in line 2"),
        (b"", b"a\n", "None, not b'a', in line 1"),
        (b"a", b"a\n", "another end of the last line"),
        (b"\xff\n", b"\xfe\n", "b'\\xff', not b'\\xfe', in line 1"),
    ],
)
def test_the_first_difference(got, wanted, said):
    assert first_difference(got, wanted) == said


def test_the_record_is_whole_and_nothing_in_it_varies():
    made = trial.record(TEST, "d8", RIGHT)
    assert made == {
        "program": "a", "host": "d8", "verdict": "pass", "problem": None, "status": 3,
        "stdout": "one\ntwo\n", "stderr": "noise\n",
    }  # fmt: skip
    assert trial.record(TEST, "d8", Outcome(0, b"\xff", b""))["verdict"] == "fail"


def test_what_the_loader_is_told():
    test = ProgramTest(Path("p/a.c"), ("x", ""), {"A": "b=c"}, dirs={"/data": "data", "/": "."})
    assert trial.options(test) == host.Options(
        dirs=("p/data::/data", "p::/"), env=("A=b=c",), arguments=("x", "")
    )


def command(code):
    return host.Command([sys.executable, "-c", code], {})


def test_run_feeds_and_captures():
    code = "import sys; print(input()); print('e', file=sys.stderr); sys.exit(7)"
    assert trial.run(command(code), "in\nmore") == Outcome(7, b"in\n", b"e\n")


def test_a_program_that_hangs_is_ended():
    code = "import time; print('begun', flush=True); time.sleep(60)"
    outcome = trial.run(command(code), "", timeout=1)
    assert outcome == Outcome(None, b"begun\n", b"")


def test_the_stage_writes_the_result_even_of_a_failure(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.c").touch()
    Path("a.out").write_text("hello\n")
    asked = []

    def fake(*words):
        asked.append(words)
        return command("print('bye')")

    monkeypatch.setattr(host, "command", fake)
    argv = ["--test=a.c", "--host=d8", "--out=out", "--node=n", "--node-flag=--f",
            "--wasmtime=w", "a.wasm", "a.json"]  # fmt: skip
    assert trial.main(argv) == 0
    ((name, engines, program, libraries, _),) = asked
    assert (name, program, libraries) == ("d8", Path("a.wasm"), [Path("out/musl.wasm")])
    assert engines == hosts_engines.Engines(Path("n"), Path("w"), Path("out/wasm.js"), ("--f",))
    text = Path("a.json").read_text()
    made = json.loads(text)
    assert made["problem"] == "wrote b'bye', not b'hello', in line 1"
    assert list(made) == sorted(made)


def test_a_host_that_is_not_there_is_one_line(tmp_path):
    (tmp_path / "a.c").touch()
    argv = ["--test=a.c", "--host=d8", "--out=out", "--node=no/node", "--wasmtime=w", "a", "a.json"]
    done = subprocess.run(
        [sys.executable, "-m", "muslfall.hosts.trial", *argv],
        cwd=tmp_path,
        timeout=60,
        env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr == "muslfall: error: no/node: No such file or directory\n"
    assert not (tmp_path / "a.json").exists()
