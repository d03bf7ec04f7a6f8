"""The run of a package: what is a failure, where things go, what a command line sees."""

import json
import threading
import time

import pytest

from muslfall.base.errors import MuslfallError
from muslfall.pins.release import File, Release
from muslfall.software import report as software_report
from muslfall.software import run as software_run
from muslfall.software.recipe import Check, Program, Recipe


def release(name):
    return Release(name, "1", "apt", name, (File("any", f"{name}.tar.gz", "0" * 64, 1),))


@pytest.fixture
def package(tmp_path):
    """Makes a recipe out of command lines, and runs it."""
    for name in ("demo", "more"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "text").write_text(f"{name}\n")
    (tmp_path / "own").mkdir()
    (tmp_path / "own/ours").write_text("ours\n")
    plan = software_run.SoftwareSetup(tmp_path / "out", ("d8", "wasmtime"), "the-cc --static")
    found = {"demo": tmp_path / "demo", "more": tmp_path / "more"}

    def run(*build: str, tests=()):
        recipe = Recipe(
            "demo", (release("demo"), release("more")), tmp_path / "own", build, tests=tuple(tests)
        )
        return software_run.run([recipe], plan, found)

    return run


def problems(results):
    return [(item.test, item.host) for item in results if item.problem]


def test_sources_are_laid_out(package, tmp_path):
    results = package("cat text more/text recipe/ours > all")
    assert problems(results) == []
    assert (tmp_path / "out/software/demo/build/all").read_text() == "demo\nmore\nours\n"


def test_a_failed_build_is_the_one_result(package):
    results = package(
        "echo one", "echo no rule to make it >&2; exit 3", "echo two", tests=[Check("t", "true")]
    )
    assert problems(results) == [("build", "")] and len(results) == 1
    assert "exit status 3" in results[0].problem and "no rule to make it" in results[0].problem


def test_each_host_has_a_copy_of_the_build(package):
    line = "[ ! -e made ] && touch made && cat text && echo $MUSL_RUN_FLAGS >&2"
    results = package("echo built > text", tests=[Check("t", line, b"built\n")])
    assert problems(results) == []
    assert [(item.test, item.host) for item in results] == [
        ("build", ""),
        ("t", "d8"),
        ("t", "wasmtime"),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("echo as expected", None),
        ("echo something else", "-as expected\n+something else"),
        ("printf 'as expected'", "end of the last line"),
        ("echo as expected; exit 1", "exit status 1"),
        ("echo as expected; kill -9 $$", "signal 9"),
        ("nosuch-command", "exit status 127"),
    ],
)
def test_status_and_output_count(package, line, said):
    results = package(tests=[Check("t", line, b"as expected\n")])
    for result in results[1:]:
        assert result.problem is None if said is None else said in result.problem


def test_only_one_host_fails(package):
    results = package(tests=[Check("t", "[ $MUSL_RUN_FLAGS = --host=d8 ]")])
    assert problems(results) == [("t", "wasmtime")]


def test_a_hang_is_a_failure_and_is_ended(package, tmp_path, monkeypatch):
    monkeypatch.setattr(software_run, "TIMEOUT", 0.3)
    results = package(tests=[Check("t", "(sleep 2; touch ../late) & sleep 60")])
    assert problems(results) == [("t", "d8"), ("t", "wasmtime")]
    assert "ran for more than" in results[1].problem
    time.sleep(2)
    assert not (tmp_path / "out/software/demo/late").exists()


def test_what_a_command_line_sees(package, monkeypatch):
    monkeypatch.setenv("CFLAGS", "-march=native")
    line = 'echo "$CC,$AR,$RANLIB,$TARGET,$JOBS,${CFLAGS-unset},$LC_ALL,${PATH%%:*}"'
    results = package(tests=[Check("t", line, b"?")])
    got = results[1].problem.splitlines()[-1]
    assert got.startswith(
        "+the-cc --static,musl-ar,musl-ranlib,wasm32-unknown-linux-musl,1,unset,C,"
    )
    assert got.endswith("/out/bin")


def test_closing_ends_what_runs(tmp_path):
    lines = software_run.Lines()
    statuses = []

    def run():
        with open(tmp_path / "log", "wb") as log:
            statuses.append(lines.run("sleep 60", tmp_path, {}, log, log))

    thread = threading.Thread(target=run)
    thread.start()
    until = time.monotonic() + 10
    while not lines.processes and time.monotonic() < until:
        time.sleep(0.01)
    lines.close()
    thread.join(10)
    assert statuses == [-9]
    run()
    assert statuses[1] != 0


def test_a_second_run_waits_and_says_so(tmp_path):
    said, order = [], []

    def second():
        with software_run.lock(tmp_path, lambda: said.append("waiting")):
            order.append("second")

    with software_run.lock(tmp_path, lambda: said.append("no")):
        thread = threading.Thread(target=second)
        thread.start()
        until = time.monotonic() + 10
        while not said and time.monotonic() < until:
            time.sleep(0.01)
        order.append("first")
    thread.join(10)
    assert (said, order) == (["waiting"], ["first", "second"])


def test_a_missing_tool_is_an_error():
    recipe = Recipe("demo", (), None, (), needs=("sh", "nosuch-tool"))
    with pytest.raises(MuslfallError, match="nosuch-tool: not installed") as raised:
        software_run.check_needs([recipe])
    assert "demo" in str(raised.value)


def test_a_program_by_any_compiler(tmp_path):
    (tmp_path / "a.c").write_text("a\n")
    program = Program(("*.c",), flags=("-q",))
    script = tmp_path / "cc"
    script.write_text('#!/bin/sh\n[ "$1" = -q ] && cat "$2" > "$5"; echo "$3" >> "$5"\n')
    script.chmod(0o755)
    output = tmp_path / "prog"
    software_run.compile_program(program, tmp_path, [str(script)], output, ["-lm"])
    assert output.read_text() == "a\n-lm\n"
    with pytest.raises(MuslfallError, match="prog"):
        software_run.compile_program(program, tmp_path, ["false"], output)


def test_the_report(tmp_path, capsys):
    results = [
        software_run.Result("demo", "build", "", None, 1.0),
        software_run.Result("demo", "one", "d8", None, 0.25),
        software_run.Result("demo", "one", "wasmtime", "exit status 1\nlast words", 0.5),
        software_run.Result("other", "build", "", "no", 1.0),
    ]
    software_report.show(results, ("d8", "wasmtime"))
    assert capsys.readouterr().out.splitlines() == [
        "package  test       d8     wasmtime",
        "demo     one        0.2 s  FAILED",
        "other    not built",
    ]
    software_report.Progress().done(results[:3])
    assert capsys.readouterr().err.splitlines() == [
        "demo: built in 1.0 s, 2 tests, 1 failed",
        "demo: one on wasmtime: failed",
        "  exit status 1",
        "  last words",
    ]
    software_report.write(tmp_path, results)
    lines = (tmp_path / "demo.json").read_text().splitlines()
    assert [json.loads(line)["test"] for line in lines] == ["build", "one", "one"]
