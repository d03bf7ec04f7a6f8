"""Suites: what a folder says of its tests, what is known of them, verdicts, and the report."""

import io
import json
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest

from muslfall import ROOT, cli
from muslfall.base.errors import MuslfallError, UsageError
from muslfall.commands import suite as suite_command
from muslfall.hosts import batch, trial
from muslfall.suites import build as suite_build
from muslfall.suites import junit, suite, workers
from muslfall.suites import report as suite_report
from muslfall.suites import run as suite_run
from muslfall.suites import verdict as suites_verdict
from muslfall.suites.build import Built
from muslfall.suites.suite import Case, Known, Suite
from muslfall.suites.verdict import Result


@pytest.fixture
def folder(tmp_path):
    """A function that writes files, by path, and gives the folder."""

    def write(**files: str) -> Path:
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        return tmp_path

    return write


def read(folder: Path, opt: str = "O2") -> Suite:
    return suite.read("own", folder, folder / suite.TESTS, folder / suite.KNOWN, opt)


def test_a_folder_without_any_description(folder):
    found = read(folder(b_c="", a_c="", a_out="text\n", notes_txt=""))
    assert [case.name for case in found.cases] == ["a", "b"]
    assert [case.expected for case in found.cases] == [b"text\n", None]
    assert found.cases[0].status == 0 and found.known == ()


def test_flags_of_suite_folder_directives_and_test_in_their_order(folder):
    place = folder(
        suite_toml='flags = ["-w"]\ndirectives = true\n[folder.sub]\nflags = ["-g"]\n'
        '[test."sub/x"]\nflags = ["-DX"]\n',
        sub__x_c='/* { dg-options "-fwrapv" } */',
        sub__x_x='lappend additional_flags "-fno-gcse"\n',
    )
    (case,) = read(place).cases
    assert (case.name, case.flags) == ("sub/x", ("-w", "-g", "-fwrapv", "-fno-gcse", "-DX"))


def test_directives_count_only_where_the_suite_says_so(folder):
    place = folder(x_c="/* { dg-require-effective-target trampolines } */")
    assert read(place).cases[0].absent == ""
    (place / "suite.toml").write_text("directives = true\n")
    assert "nested functions" in read(place).cases[0].absent


def test_a_test_of_several_files(folder):
    place = folder(
        main_c="",
        part_c="",
        data_txt="",
        main_toml='sources = ["part.c"]\nfiles = ["data.txt"]\nargs = ["a"]\nstatus = 3\n'
        'stdin = "in"\nenv = { A = "b" }\ndirs = { "/d" = "." }\n',
    )
    (case,) = read(place).cases
    assert case.sources == (place / "main.c", place / "part.c")
    assert (case.files, case.args, case.status) == ((place / "data.txt",), ("a",), 3)
    assert (case.stdin, case.env, case.dirs) == ("in", {"A": "b"}, {"/d": place})


@pytest.mark.parametrize(
    ("files", "what"),
    [
        ({"suite_toml": "speed = 1\n"}, "unknown key"),
        ({"suite_toml": "unsupported = [0]\n"}, "1 to 255"),
        ({"suite_toml": 'sources = ["no.c"]\n'}, "there is no file .*no.c"),
        ({"suite_toml": "[test.y]\nflags = []\n"}, "there is no such test"),
        ({"x_toml": "flags = 3\n"}, "must be a list of strings"),
        ({"x_toml": "color = 3\n"}, "unknown key"),
        ({"suite_toml": "flags = [\n"}, "is not TOML"),
        ({"known_toml": '[[known]]\ntests = ["y"]\nreason = "r"\n'}, "there is no test y"),
        ({"known_toml": '[[known]]\ntests = ["x"]\n'}, "is missing"),
        ({"known_toml": '[[known]]\ntests = ["x", "x"]\nreason = "r"\n'}, "x is listed twice"),
    ],
)
def test_files_that_are_malformed(folder, files, what):
    with pytest.raises(MuslfallError, match=what):
        read(folder(x_c="", **files))


def test_neither_suite_nor_folder():
    with pytest.raises(UsageError, match="gcc-torture, tcc"):
        suite.load(ROOT, "no-such", "O2")


def test_the_suites_of_the_checkout_name_no_test_twice():
    for name in suite.names(ROOT):
        assert suite.read_known(ROOT / f"suites/{name}.known.toml")


def test_select(folder):
    found = read(folder(a1_c="", a2_c="", b_c=""))
    assert [case.name for case in suite.select(found, "a*").cases] == ["a1", "a2"]
    assert suite.select(found, None) is found
    with pytest.raises(UsageError, match="no test has such a name"):
        suite.select(found, "z*")


def test_where_a_failure_is_known():
    known = Known(("t",), "why", True, hosts=("d8",), opts=("O0",), llvm=("18.1.6",))
    assert known.covers("t", "d8", "O0", "18.1.6")
    for place in (
        ("u", "d8", "O0", "18.1.6"),
        ("t", "wasmtime", "O0", "18.1.6"),
        ("t", "d8", "O2", "18.1.6"),
        ("t", "d8", "O0", "22.1.8"),
    ):
        assert not known.covers(*place)
    assert Known(("t",), "why", True).covers("t", "wasmtime", "O3", "15.0.7")


# --- running, with a compiler and hosts that are told what to do


class Variant:
    out = libc_out = "out/fake"
    llvm = "22.1.8"


def outcome(status=0, stdout=b"", stderr=b"") -> trial.Outcome:
    return trial.Outcome(status, stdout, stderr)


@pytest.fixture
def run(monkeypatch, tmp_path):
    """A function: cases, what is known, and by test what building or running gives -> results."""

    def results(cases, known=(), hosts=("d8",), **made) -> list[Result]:
        class Compiler:
            def __init__(self, variant, folder, static):
                pass

            def build(self, case, opt):
                what = made[case.name]
                stage, said = what if isinstance(what, tuple) else ("", "")
                return Built(stage, said, 0.5, tmp_path / f"{case.name}.wasm", ("-fgcse",))

        def on_host(self, name, case, program, timeout):
            what = made[case.name]
            what = what[name] if isinstance(what, dict) else what
            return batch.End(what.status, 0.25), what

        monkeypatch.setattr(suite_run, "Compiler", Compiler)
        monkeypatch.setattr(workers.Hosts, "run", on_host)
        plan = suite_run.SuiteSetup(Variant(), "O2", hosts, None, 2, 10)
        told = []
        found, _ = suite_run.SuiteRun(Suite("s", tuple(cases), known), plan, told.extend).results()
        assert sorted(told, key=str) == sorted(found, key=str)
        return found

    return results


def a_case(name: str, **more) -> Case:
    return Case(name, (Path(f"/suite/{name}.c"),), **more)


@pytest.mark.parametrize(
    ("case", "made", "stage", "last"),
    [
        (a_case("t"), outcome(), "", ""),
        (a_case("t", status=3), outcome(3, b"a\nb\n"), "", "b"),
        (a_case("t"), outcome(134, b"out", b"x\nloader: trap: unreachable\n"), "run",
         "loader: trap: unreachable"),
        (a_case("t"), outcome(None), "run", "still ran after 10 s"),
        (a_case("t", expected=b"a\n"), outcome(0, b"b\n"), "output", "b'b', not b'a', in line 1"),
        (a_case("t", expected=b"a  b\n", blanks=False), outcome(0, b"a b \n\n"), "", "a b"),
        (a_case("t", expected=b"a b\n", blanks=False), outcome(0, b"ab\n"), "output",
         "b'ab', not b'a b', in line 1"),
        (a_case("t"), ("compile", "In file x:\n/suite/t.c:1: error: no\n1 error"), "compile",
         "t.c:1: error: no"),
    ],
)  # fmt: skip
def test_what_a_result_says(run, case, made, stage, last):
    (result,) = run([case], t=made)
    assert (result.stage, result.last) == (stage, last)
    assert result.verdict == ("fail" if stage else "pass")
    assert result.build_seconds == 0.5


@pytest.mark.parametrize(
    ("applies", "status", "verdict"),
    [
        (True, 1, "known failure"),
        (True, 0, "unexpected pass"),
        (False, 1, "not applicable"),
    ],
)
def test_verdicts_of_what_is_known(run, applies, status, verdict):
    known = (Known(("t",), "why", applies, hosts=("d8",)),)
    found = run([a_case("t")], known, ("d8", "wasmtime"), t=outcome(status))
    by_host = {result.host: result for result in found}
    assert (by_host["d8"].verdict, by_host["d8"].reason) == (verdict, "why")
    assert by_host["wasmtime"].verdict == ("fail" if status else "pass")


def test_what_does_not_apply_is_not_built(run):
    (result,) = run([a_case("t", absent="no threads")])
    assert (result.verdict, result.reason, result.status) == ("not applicable", "no threads", None)


def test_results_are_sorted_by_host_and_test(run):
    names = ["c", "a", "b"]
    found = run(
        [a_case(name) for name in names],
        (),
        ("d8", "wasmtime"),
        a=outcome(),
        b={"d8": outcome(), "wasmtime": outcome(1)},
        c=outcome(),
    )
    assert [(item.host, item.test) for item in found] == [
        (host, name) for host in ("d8", "wasmtime") for name in "abc"
    ]
    assert [item.test for item in suite_report.unexpected(found)] == ["b"]


# --- the report


def a_result(test: str, verdict: str, **more) -> Result:
    return Result(test, more.pop("host", "d8"), more.pop("opt", "O2"), verdict, **more)


RESULTS = [
    a_result("b", "fail", stage="run", status=1, last="no"),
    a_result("a", "pass", status=0),
    a_result("a", "unexpected pass", host="wasmtime", opt="O0", reason="bug"),
]


def test_results_in_a_file(tmp_path):
    file = suite_report.path(tmp_path, "s", "O2", "d8")
    suite_report.write(file, RESULTS[:2])
    assert file == tmp_path / "suites" / "s.O2.d8.json"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["test"] for line in lines] == ["a", "b"]
    assert lines[1] == {
        "test": "b", "host": "d8", "opt": "O2", "verdict": "fail", "stage": "run", "status": 1,
        "last": "no", "output": [], "dropped": [], "reason": "", "seconds": 0.0,
        "build_seconds": 0.0,
    }  # fmt: skip


def test_the_plain_table():
    stream = io.StringIO()
    suite_report.show("s", RESULTS, stream)
    heads, *rows = [line.split() for line in stream.getvalue().splitlines()]
    assert heads[:4] == ["level", "host", "tests", "pass"]
    assert rows == [
        ["-O0", "wasmtime", "1", "0", "0", "0", "0", "1"],
        ["-O2", "d8", "2", "1", "0", "0", "1", "0"],
    ]


def test_the_table_on_a_terminal(capsys):
    suite_report.show_rich("s", *suite_report.rows(RESULTS))
    assert "unexpected" in capsys.readouterr().out


def test_a_line_for_what_nobody_expected():
    lines = [suite_report.describe(item) for item in suite_report.unexpected(RESULTS)]
    assert lines == [
        "b at -O2 on d8: fail (run, exit status 1): no",
        "a at -O0 on wasmtime: unexpected pass: it is listed as a known failure: bug",
    ]


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("warning: x\nt.c:1: error: y\n", "t.c:1: error: y"),
        ("Assertion `a' failed.\nclang: error: crashed\n", "Assertion `a' failed."),
        ("\n  wasm-ld: what\n", "wasm-ld: what"),
        ("", ""),
    ],
)
def test_which_line_of_a_tool_says_it(said, line):
    assert suites_verdict.diagnostic(said) == line


# --- what a folder may have


def test_a_folder_without_a_program_is_refused(folder):
    with pytest.raises(UsageError, match="holds no C program"):
        read(folder(notes_txt=""))


def test_folders_in_the_folder_have_tests_too(folder):
    place = folder(a_c="", sub__b_c="", sub__b_out="x", **{"_hidden__c_c": ""})
    (place / "loop").symlink_to(place)
    found = read(place).cases
    assert [case.name for case in found] == ["a", "sub/b"] and found[1].expected == b"x"
    (place / "suite.toml").write_text("recursive = false\n")
    assert [case.name for case in read(place).cases] == ["a"]
    (place / "suite.toml").write_text("[folder.other]\n")
    assert [case.name for case in read(place).cases] == ["a"]


def test_sources_for_all_tests_are_none(folder):
    place = folder(a_c="", sub__b_c="", lib__harness_c="")
    (place / "suite.toml").write_text('sources = ["lib/harness.c"]\n')
    found = read(place).cases
    assert [case.name for case in found] == ["a", "sub/b"]
    assert all(case.sources[1:] == (place / "lib/harness.c",) for case in found)


def test_files_among_flags_are_those_of_the_folder(folder):
    place = folder(a_c="", sub__b_c="", all_h="", own_c="", sub__own_h="")
    (place / "suite.toml").write_text(
        'flags = ["-include", "all.h", "-Isub", "own.c", "-DX", "-D", "all.h", "-Inone"]\n'
        '[test."sub/b"]\nflags = ["-include", "own.h"]\n'
    )
    a, b = read(place).cases
    assert a.flags == (
        "-include", f"{place}/all.h", f"-I{place}/sub", f"{place}/own.c", "-DX", "-D", "all.h",
        "-Inone",
    )  # fmt: skip
    assert b.flags == (*a.flags, "-include", f"{place}/sub/own.h")


def test_a_status_may_say_that_a_test_cannot_be_run_here(run, folder):
    place = folder(a_c="", b_c="", suite_toml="unsupported = [4]\n[test.b]\nunsupported = [5]\n")
    cases = read(place).cases
    assert [case.unsupported for case in cases] == [(4,), (4, 5)]
    found = run(cases, a=outcome(5), b=outcome(5))
    assert [item.verdict for item in found] == ["fail", "not applicable"]
    assert found[1].reason == "exit status 5: it cannot be run here"


def test_the_first_and_the_last_lines_of_what_failed(run):
    text = "".join(f"line {n}\n" for n in range(30)).encode()
    (result,) = run([a_case("t")], t=outcome(1, text, b"why\n"))
    assert result.output[0] == "line 0" and result.output[4:7] == (
        "line 4",
        "… 20 lines …",
        "line 25",
    )
    assert result.output[-2:] == ("line 29", "why")
    lines = suite_report.explain(result).splitlines()
    assert lines[0].startswith("t at -O2 on d8: fail") and lines[1] == "    line 0"
    (result,) = run([a_case("t")], t=outcome(0, text))
    assert result.output == ()


def test_flags_that_are_left_out_are_named(run):
    found = run([a_case("t"), a_case("u")], t=outcome(), u=outcome())
    assert suite_report.dropped(found).endswith(": -fgcse (2)")
    assert suite_report.dropped([]) == ""


def test_flags_keep_their_values():
    words = ["-include", "x.h", "a.c", "-DX", "-I"]
    assert list(suite_build.grouped(words)) == [("-include", "x.h"), ("a.c",), ("-DX",), ("-I",)]


# --- JUnit's XML


def test_junit(tmp_path):
    bad = a_result("c", "fail", stage="output", last="a\x01<b>", output=("\x1b[1m", "&"))
    skipped = a_result("d", "known failure", reason="bug")
    junit.write(tmp_path / "made/j.xml", "s\x00", [*RESULTS, bad, skipped])
    root = xml.fromstring((tmp_path / "made/j.xml").read_text())
    first, second = root
    assert first.attrib == {
        "name": "s\ufffd -O0 wasmtime", "tests": "1", "failures": "1", "errors": "0",
        "skipped": "0", "time": "0.000",
    }  # fmt: skip
    assert [case.get("name") for case in second] == ["a", "b", "c", "d"]
    assert [[child.tag for child in case] for case in second] == [
        [], ["failure"], ["failure"], ["skipped"],
    ]  # fmt: skip
    assert second[2][0].text == "\ufffd[1m\n&"
    assert second[3][0].get("message") == "known failure: bug"


@pytest.mark.parametrize(
    "words", [["own", "opt=O0", "llvm=1"], ["opt=O0", "own", "llvm=1"], ["opt=O0", "llvm=1", "own"]]
)
def test_the_variant_anywhere_on_the_command_line(words):
    parsed = cli.parse("suite", suite_command, [words[0], "--host", "d8", *words[1:]])
    assert suite_command.split(parsed.words) == ("own", ["opt=O0", "llvm=1"])


@pytest.mark.parametrize("words", [["opt=O0"], ["tcc", "gcc-torture"]])
def test_one_suite_is_named(words):
    with pytest.raises(UsageError, match="expected one suite"):
        suite_command.split(words)
