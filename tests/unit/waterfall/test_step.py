"""The steps of a build: what becomes of what programs, suites and manifests did."""

import json
from pathlib import Path

import pytest

from muslfall import ROOT
from muslfall.libc import manifest
from muslfall.libc.manifest import Exclusion, Manifest
from muslfall.pins import lkgr as pins_lkgr
from muslfall.pins import variant
from muslfall.suites.verdict import Result
from muslfall.waterfall import log, step
from muslfall.waterfall.record import HostResult


def work(root=ROOT, hosts=("d8", "wasmtime"), **swaps):
    versions = {**pins_lkgr.read_lkgr(root)[1], **swaps}
    return step.Work(pins_lkgr.resolve(root, versions), step.libc_variant(root, versions), hosts, 1)


def test_builds_that_differ_in_their_engines_have_one_libc():
    base = work().libc
    assert work(v8="20.18.0").libc == base
    assert work(wasmtime="46.0.1").libc == base
    assert work(llvm="18.1.6").libc != base
    assert work(musl="1.2.3").libc != base


def test_but_each_its_own_engines():
    lkgr = pins_lkgr.load_lkgr(ROOT).releases
    engines = work(v8="20.18.0").engines()
    assert "v8-20.18.0" in str(engines.node)
    assert engines.wasmtime.name == lkgr["wasmtime"].name
    assert engines.loader == Path(work().libc.out, "wasm.js").absolute()


def test_a_host_on_which_each_program_is_right():
    assert step.host_result({"a": None, "b": None}) == HostResult(
        "pass", None, {"pass": 2, "fail": 0}
    )


def test_a_host_on_which_one_is_wrong():
    assert step.host_result({"a": None, "c": "hung", "b": "exit status 1"}) == HostResult(
        "fail", "c: hung", {"pass": 1, "fail": 2}, ("b", "c")
    )


def test_a_step_on_hosts_fails_where_one_does():
    bad = step.host_result({"a": "hung"})
    found = step.on_hosts("hello", {"wasmtime": bad, "d8": step.host_result({"a": None})})["step"]
    assert (found["status"], found["said"]) == ("fail", "wasmtime: a: hung")


def test_a_suite_of_which_everything_was_expected():
    assert step.suite_result({"pass": 3, "known failure": 1}, []).status == "pass"


def test_a_suite_with_an_unexpected_result_names_the_tests():
    bad = [Result(test, "d8", "O2", "fail", "run", 1, "abort") for test in ("z", "a")]
    bad += [Result("k", "d8", "O2", "unexpected pass", reason="LLVM 13 cannot")]
    found = step.suite_result({"fail": 2, "unexpected pass": 1}, bad)
    assert found.unexpected == ("a", "k", "z")
    assert found.said == "z at -O2 on d8: fail (run, exit status 1): abort (and 2 more)"


def test_how_far_a_suite_is_stays_in_no_log(capsys):
    counting = step.Counting(120)
    for _ in range(120):
        counting.done([])
    said = capsys.readouterr().out
    assert said.splitlines() == ["[50/120] tests", "[100/120] tests"]
    assert log.trimmed(said) == ""


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (
            "FAILED: out/x.o\nenv -i clang -Werror x.c\nx.c:1:1: error: no such thing\n"
            "ninja: stopped",
            "x.c:1:1: error: no such thing",
        ),
        ("wasm-ld: error: undefined symbol: f\n", "wasm-ld: error: undefined symbol: f"),
        ("", ""),
    ],
)
def test_the_line_that_says_what_is_wrong(said, line):
    assert step.diagnostic(said) == line


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with pins; what is built in it is made up."""
    for name in ("toolchain", "musl"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "manifests").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path, **excluded):
    path.parent.mkdir(parents=True, exist_ok=True)
    toolchain = variant.choose(Path(), {}).toolchain()
    why = {f"{name}.c": Exclusion("compile", "error", said) for name, said in excluded.items()}
    path.write_text(manifest.dump(Manifest(toolchain, ("in.c",), (), why)))


def test_check_passes_when_nothing_differs(checkout):
    it = work(checkout)
    write(it.out / "manifest.toml")
    write(Path(it.libc.manifest))
    assert step.check(it)["step"]["status"] == "pass"


def test_check_says_what_differs(checkout):
    it = work(checkout)
    write(it.out / "manifest.toml", a="no such thing", b="none either")
    write(Path(it.libc.manifest))
    found = step.check(it)["step"]
    assert found["status"] == "fail"
    assert found["said"].startswith("a.c: was not there, is excluded (compile: error): no such")
    assert found["said"].endswith("(and 1 more)")


def test_a_manifest_that_nobody_committed_is_a_failure(checkout):
    it = work(checkout)
    write(it.out / "manifest.toml")
    found = step.check(it)["step"]
    assert found["status"] == "fail"
    assert found["said"] == f"{it.libc.manifest}: no such manifest"


def test_the_artifacts_are_all_there_and_of_the_bytes(checkout):
    it = work(checkout)
    files = [*step.report.ARTIFACTS.values(), "sysroot/include/a.h", "obj/a.o"]
    for name in files:
        (it.out / name).parent.mkdir(parents=True, exist_ok=True)
        (it.out / name).write_text(name)
    (it.out / "obj/objects.list").write_text(f"a.c {it.out}/obj/a.o\n")
    before = step.artifacts(it.out)
    assert set(before) == {*step.report.ARTIFACTS.values(), "objects", "sysroot/include"}
    assert before["sysroot/include"]["size"] == 1
    for name in files:
        (it.out / name).write_text("other")
    after = step.artifacts(it.out)
    assert [name for name in before if before[name]["sha256"] == after[name]["sha256"]] == []


def test_the_process_writes_its_result(checkout, capsys):
    it = work(checkout)
    write(it.out / "manifest.toml")
    write(Path(it.libc.manifest))
    (checkout / "suites").mkdir()
    file = checkout / "check.json"
    assert step.main(["check", "v8=20.18.0", "--result", str(file)]) == 0
    assert json.loads(file.read_text())["step"]["name"] == "check"
    assert "as committed" in capsys.readouterr().out
