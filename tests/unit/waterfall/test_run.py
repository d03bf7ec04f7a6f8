"""The run of a build: its steps' processes are made up here, and killed where it hurts."""

import fcntl
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from muslfall import ROOT
from muslfall.pins import lkgr as pins_lkgr
from muslfall.pins import release
from muslfall.waterfall import log as waterfall_log
from muslfall.waterfall import record, step
from muslfall.waterfall import run as waterfall_run
from muslfall.waterfall.plan import Wanted
from muslfall.waterfall.record import HostResult, Repository, Step
from muslfall.waterfall.run import NoResult

RAN = {name: HostResult("pass", None, {"pass": 1}) for name in ("d8", "wasmtime")}
FAILS = HostResult("fail", "hello: exit status 1", {"fail": 1}, ("hello",))


class Steps:
    """Stands for the processes of the steps. results: what each says; ran: which did, and where."""

    def __init__(self, results):
        self.results = results
        self.ran = []
        self.stop_at = None
        self.head = None

    def run(self, run, name, hosts, file):
        if name == self.stop_at:
            raise KeyboardInterrupt
        self.ran.append((name, hosts))
        found = self.results.get(name, Step(name, "pass", None, RAN if name == "hello" else {}))
        if found.hosts:
            found = Step(name, found.status, found.said, {h: found.hosts[h] for h in hosts})
        names = (*release.COMPONENTS, "muslfall")
        more = {"repositories": {n: asdict(Repository(self.head)) for n in names}}
        file.with_suffix(".log").write_text(f"[1/2] compile x\n{os.getcwd()}/x: {name} said it\n")
        file.write_text(json.dumps({"step": asdict(found), **(more if name == "fetch" else {})}))


@pytest.fixture
def steps(tmp_path, monkeypatch):
    """A checkout with two suites, in which no step does anything."""
    for name in ("toolchain", "musl"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "suites").mkdir()
    for name in ("first", "second"):
        (tmp_path / f"suites/{name}.tests.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    made = Steps({})
    monkeypatch.setattr(waterfall_run.BuildRun, "run", lambda run, *words: made.run(run, *words))
    return made


@pytest.fixture
def lkgr():
    return pins_lkgr.read_lkgr(ROOT)[1]


def make(versions, number=3, records=()):
    with waterfall_run.lock() as held:
        run = waterfall_run.BuildRun(number, Wanted("llvm", versions), held, 2, [].append, records)
        return run.make()


def test_a_green_build_is_recorded(steps, lkgr, tmp_path):
    made = make(lkgr)
    assert [one.name for one in made.steps] == [*step.FIRST, "first", "second"]
    assert made.status == "pass"
    assert record.load_all(tmp_path) == [made]
    assert sorted(os.listdir("waterfall/3")) == ["build.json"]
    assert made.components["musl"].sha256 in (ROOT / "musl/musl.toml").read_text()


def test_a_red_build_names_its_first_failing_step_and_keeps_its_log(steps, lkgr, tmp_path):
    steps.results["check"] = Step("check", "fail", f"{tmp_path}/a.c: was included")
    steps.results["first"] = Step("first", "fail", "x", {**RAN, "d8": FAILS})
    made = make(lkgr)
    assert made.failed == record.Failure("check", None, "./a.c: was included", "check.log")
    assert sorted(os.listdir("waterfall/3")) == ["build.json", "check.log"]
    assert Path("waterfall/3/check.log").read_text() == "./x: check said it\n"
    assert str(tmp_path) not in Path("waterfall/3/build.json").read_text()


def test_without_a_libc_nothing_runs(steps, lkgr):
    steps.results["build"] = Step("build", "fail", "a command failed")
    made = make(lkgr)
    assert [name for name, _ in steps.ran] == ["fetch", "build"]
    assert {one.said for one in made.steps[2:]} == {"build failed"}


def test_a_suite_runs_where_hello_does(steps, lkgr):
    steps.results["hello"] = Step("hello", "fail", "d8: no", {**RAN, "d8": FAILS})
    steps.results["first"] = Step("first", "pass", None, RAN)
    made = make(lkgr)
    assert dict(steps.ran)["first"] == ("wasmtime",)
    first = made.step("first")
    assert first.status == "pass" and first.hosts["d8"].status == "skipped"
    assert made.failed.host == "d8"


def test_another_program_that_fails_is_no_reason_to_run_no_suite(steps, lkgr):
    text = HostResult("fail", "text: no", {"fail": 1}, ("text",))
    steps.results["hello"] = Step("hello", "fail", "no", {"d8": text, "wasmtime": text})
    make(lkgr)
    assert dict(steps.ran)["first"] == ("d8", "wasmtime")


def test_where_hello_fails_everywhere_no_suite_runs(steps, lkgr):
    steps.results["hello"] = Step("hello", "fail", "no", {"d8": FAILS, "wasmtime": FAILS})
    made = make(lkgr)
    assert made.step("second").said == "hello runs on no host"


@pytest.mark.parametrize("stop_at", [*step.FIRST, "first", "second"])
def test_a_run_that_was_killed_goes_on_where_it_stopped(steps, lkgr, stop_at, tmp_path):
    steps.stop_at = stop_at
    with pytest.raises(KeyboardInterrupt):
        make(lkgr)
    assert record.load_all(tmp_path) == []
    steps.stop_at = None
    made = make(lkgr)
    names = [name for name, _ in steps.ran]
    assert names == [one.name for one in made.steps]
    undisturbed = make(lkgr, number=4)
    assert made.steps == undisturbed.steps


def test_what_was_left_by_other_releases_is_not_taken_up(steps, lkgr):
    steps.stop_at = "check"
    with pytest.raises(KeyboardInterrupt):
        make(lkgr)
    steps.stop_at, steps.ran = None, []
    make({**lkgr, "musl": "1.2.3"})
    assert steps.ran[0][0] == "fetch"


def test_what_was_left_by_another_muslfall_is_not_taken_up(steps, lkgr, monkeypatch):
    steps.stop_at = "check"
    with pytest.raises(KeyboardInterrupt):
        make(lkgr)
    steps.stop_at, steps.ran = None, []
    monkeypatch.setattr(waterfall_run.revision, "own", lambda root: Repository(hash="b" * 40))
    make(lkgr)
    assert steps.ran[0][0] == "fetch"


HEAD = "c" * 40


def test_a_suite_is_not_run_again_where_it_could_not_differ(steps, lkgr):
    steps.head = HEAD
    steps.results["first"] = Step("first", "pass", None, RAN)
    steps.results["second"] = Step("second", "fail", "d8: no", {**RAN, "d8": FAILS})
    one = make(lkgr, 3)
    steps.ran = []
    other = make({**lkgr, "wasmtime": "49.0.0"}, 4, [one])
    assert dict(steps.ran)["first"] == ("wasmtime",)
    assert {host: found.of for host, found in other.step("first").hosts.items()} == {
        "d8": 3,
        "wasmtime": None,
    }
    assert other.failed == one.failed
    steps.ran = []
    same = make(lkgr, 5, [one, other])
    assert [name for name, _ in steps.ran] == list(step.FIRST)
    assert same.status == one.status
    assert "build 3" in Path("waterfall/5/second.log").read_text()


# --- the process of a step ----------------------------------------------------------------------


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """A checkout with a script in the place of muslfall.waterfall.step: runs it with a text."""
    monkeypatch.chdir(tmp_path)
    package = tmp_path / "src/muslfall/waterfall"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").write_text("")
    monkeypatch.setattr(waterfall_run.sys, "executable", sys.executable)

    def run(text):
        (package / "step.py").write_text(f"import sys, os\nresult = sys.argv[-2]\n{text}\n")
        with waterfall_run.lock() as held:
            one = waterfall_run.BuildRun(3, Wanted("llvm", {"llvm": "1"}), held, 2, print)
            one.folder.mkdir(parents=True, exist_ok=True)
            file = one.folder / "hello.json"
            one.run("hello", (), file)
            return json.loads(file.read_text())

    return run


RESULT = "open(sys.argv[sys.argv.index('--result') + 1], 'w').write("
FAILED = f"""{RESULT}'{{"step": {{"status": "fail"}}}}')"""


def test_a_step_writes_its_result_and_its_log(fake, tmp_path):
    assert fake(f"print('said')\n{FAILED}") == {"step": {"status": "fail"}}
    assert (tmp_path / "out/waterfall/3/hello.log").read_text() == "said\n"


@pytest.mark.parametrize("text", ["sys.exit('no network')", "os.kill(os.getpid(), 9)", "pass"])
def test_a_step_that_comes_to_no_result_is_an_error_and_no_red_build(fake, text):
    with pytest.raises(NoResult) as caught:
        fake(text)
    assert caught.value.step == "hello"
    assert "build 3: hello: came to no result" in str(caught.value)


def test_a_full_disk_is_no_red_build(fake, tmp_path):
    with pytest.raises(NoResult, match="the disk is full"):
        fake(f"print('clang: {os.strerror(28)}')\n{FAILED}")
    assert not (tmp_path / "out/waterfall/3/hello.json").exists()


def test_a_second_run_waits_and_says_so(tmp_path):
    (tmp_path / "out/waterfall").mkdir(parents=True)
    code = "from muslfall.waterfall import run\nwith run.lock(): print('mine')"
    with open(tmp_path / "out/waterfall.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        )
        assert "another run of the waterfall is under way; waiting" in process.stderr.readline()
        time.sleep(0.1)
        assert process.poll() is None
    assert process.communicate(timeout=60)[0] == "mine\n"


# --- words --------------------------------------------------------------------------------------


def test_a_log_is_kept_without_what_went_well_and_without_its_middle():
    lines = [f"line {n}" for n in range(10)]
    log = "[1/3] compile x\n" + "\n".join(lines)
    assert waterfall_log.trimmed(log, (6, 6)).splitlines() == lines
    assert waterfall_log.trimmed(log, (2, 3)).splitlines() == [
        "line 0",
        "line 1",
        "… 5 lines left out …",
        "line 7",
        "line 8",
        "line 9",
    ]


def test_folders_of_the_machine_are_not_kept(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MUSLFALL_STORE", str(tmp_path / "store"))
    text = waterfall_log.scrubbed(f"{tmp_path}/store/x {tmp_path}/out/y /tmp/of/a/program")
    assert text == "$STORE/x ./out/y /tmp/of/a/program"


def test_a_home_that_is_the_root_renames_nothing(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/")
    assert waterfall_log.scrubbed("/a/b") == "/a/b"


def test_what_was_left_by_an_edited_muslfall_is_not_taken_up(steps, lkgr, monkeypatch):
    steps.stop_at = "check"
    with pytest.raises(KeyboardInterrupt):
        make(lkgr)
    steps.stop_at, steps.ran = None, []
    monkeypatch.setattr(waterfall_run.revision, "edits", lambda root: "other")
    make(lkgr)
    assert steps.ran[0][0] == "fetch"
