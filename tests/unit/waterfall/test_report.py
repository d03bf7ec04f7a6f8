"""The table of builds, and what is said of one."""

import io

from kit.records import GREEN, LKGR, RED, made

from muslfall.waterfall import record
from muslfall.waterfall import report as waterfall_report
from muslfall.waterfall.record import Artifact


def table(records):
    stream = io.StringIO()
    waterfall_report.show(records, LKGR, 1, stream)
    return stream.getvalue()


def test_the_newest_is_first_and_the_lkgr_is_marked():
    lines = table([made(1), made(10, RED, {"llvm": "1"}), made(9)]).splitlines()
    assert [line.split()[0] for line in lines] == ["build", "10", "9", "1*"]
    assert lines[0].split()[3:] == ["fetch", "hello", "tcc"]


def test_a_red_one_says_where():
    line = table([made(2, RED, {"llvm": "1", "musl": "2"})]).splitlines()[1]
    assert line == "2      llvm 1, musl 2  fail    pass   fail d8  skipped"


def test_steps_that_only_some_have_are_columns_too():
    lines = table([made(1, GREEN), made(2, RED)]).splitlines()
    assert lines[2].endswith("pass   pass")


def test_a_build_in_one_line():
    assert waterfall_report.describe(made(1), LKGR) == "build 1 (LKGR's releases): pass"
    assert waterfall_report.describe(made(2, RED, {"v8": "1"}), LKGR) == (
        "build 2 (v8 1): fail: hello on d8: text: exit status 1"
    )


def test_the_artifacts_of_two_builds():
    one = made(1)
    assert "byte for byte" in waterfall_report.compare(made(2), one)
    other = made(2, artifacts={"musl.wasm": Artifact("b" * 64, 5), "new": Artifact("b" * 64, 1)})
    assert waterfall_report.compare(other, one) == "other than in build 1: musl.wasm, new"


def test_every_status_has_a_colour():
    assert set(record.STATUSES) <= set(waterfall_report.COLOURS)
