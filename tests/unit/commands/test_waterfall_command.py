"""The command waterfall: which builds it makes, in which order, and how it ends."""

import os
import re
import shutil
from pathlib import Path

import pytest
from kit.records import GREEN, RED, made

from muslfall import ROOT
from muslfall.cli import main
from muslfall.pins import lkgr as pins_lkgr
from muslfall.pins import release
from muslfall.pins import series as pins
from muslfall.waterfall import record, roll
from muslfall.waterfall import run as waterfall_run


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with pins that are today's, and no records; the LKGR is build 1."""
    for name in ("toolchain", "musl", "manifests"):
        shutil.copytree(ROOT / name, tmp_path / name)
    file = tmp_path / "toolchain/lkgr.toml"
    file.write_text(re.sub(r"^build = \d+$", "build = 1", file.read_text(), flags=re.MULTILINE))
    monkeypatch.setattr("muslfall.commands.waterfall.ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def runs(checkout, monkeypatch):
    """Stands for the runs of builds: each is recorded, red if its versions are in `red`."""

    class Runs(list):
        red, lost, known = set(), {}, []

        def make(self, number, wanted, records):
            self.append((number, wanted))
            self.known.append([one.build for one in records])
            versions = set(wanted.versions.values())
            for version, step in self.lost.items():
                if version in versions:
                    raise waterfall_run.NoResult(number, step, "no network")
            steps = RED if versions & self.red else GREEN
            one = made(number, steps, wanted.versions, platform=release.current_platform())
            write(checkout, one)
            return one

    found = Runs()

    class Run:
        def __init__(self, number, wanted, held, jobs, say, records):
            self.make = lambda: found.make(number, wanted, records)

    monkeypatch.setattr(waterfall_run, "BuildRun", Run)
    return found


def write(checkout, one):
    file = record.path(checkout, one.build)
    file.parent.mkdir(parents=True)
    file.write_text(record.dump(one), encoding="utf-8")


def swapped(runs):
    lkgr = pins_lkgr.read_lkgr(ROOT)[1]
    return [
        (number, {k: v for k, v in one.versions.items() if v != lkgr[k]}) for number, one in runs
    ]


def test_a_series_is_made_oldest_first_after_the_lkgr(runs, checkout):
    assert main(["waterfall", "build", "--series", "musl"]) == 0
    number, lkgr = pins_lkgr.read_lkgr(checkout)
    versions = pins.load_series(ROOT, "musl").versions()
    others = [version for version in versions if version != lkgr["musl"]]
    assert swapped(runs) == [
        (number, {}),
        *((number + n + 1, {"musl": version}) for n, version in enumerate(others)),
    ]
    assert runs.known[-1] == [number + n for n in range(len(versions) - 1)]


def test_what_is_recorded_is_not_made_but_with_again(runs, capsys):
    assert main(["waterfall", "build", "musl=1.2.3"]) == 0
    assert main(["waterfall", "build", "musl=1.2.3"]) == 0
    assert len(runs) == 1
    assert "1 of 1 builds are recorded already; --again" in capsys.readouterr().out
    assert main(["waterfall", "build", "musl=1.2.3", "--again"]) == 0
    assert [number for number, _ in runs] == [2, 3]
    assert runs.known[-1] == []
    assert "the artifacts are those of build 2, byte for byte" in capsys.readouterr().out
    assert main(["waterfall", "build", "3", "--again"]) == 0
    assert swapped(runs)[-1] == (4, {"musl": "1.2.3"})


def test_a_red_build_is_no_reason_to_stop_but_the_exit_code(runs, capsys):
    runs.red = {"1.2.3"}
    assert main(["waterfall", "build", "--series", "musl"]) == 1
    assert len(runs) == 3
    assert "build 2 (musl 1.2.3): fail: hello on d8: text: exit status 1" in capsys.readouterr().out


def test_a_release_that_cannot_be_had_is_left_out_and_its_number_too(runs, capsys):
    runs.lost = {"1.2.3": "fetch"}
    assert main(["waterfall", "build", "--series", "musl"]) == 1
    assert [number for number, _ in runs] == [1, 2, 2]
    assert record.numbers(Path()) == [1, 2]
    assert "build 2: fetch: no network" in capsys.readouterr().err


def test_any_other_step_without_a_result_stops(runs, capsys):
    runs.lost = {"1.2.3": "hello"}
    assert main(["waterfall", "build", "--series", "musl"]) == 1
    assert len(runs) == 2
    assert "the same command again" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["9"], "no such build"),
        (["llvm=1"], "no release '1'"),
        (["opt=O0"], "is no component"),
        (["musl=1.2.3", "--series", "musl"], "either builds or series"),
        (["--jobs", "0"], "--jobs: must be greater than 0"),
    ],
)
def test_what_is_no_build_is_refused(runs, capsys, words, said):
    assert main(["waterfall", "build", *words]) == 2
    assert said in capsys.readouterr().err
    assert runs == []


def test_without_an_action_it_lists(checkout, capsys):
    assert main(["waterfall"]) == 0
    assert "no builds are recorded yet" in capsys.readouterr().out
    write(checkout, made(1, GREEN, pins_lkgr.read_lkgr(ROOT)[1]))
    assert main(["waterfall"]) == main(["waterfall", "list"]) == 0
    assert capsys.readouterr().out.count("1*     LKGR's releases  pass") == 2


def test_a_record_that_is_damaged_is_named(checkout, capsys):
    write(checkout, made(1))
    Path("waterfall/1/build.json").write_text("{")
    assert main(["waterfall"]) == 1
    assert "waterfall/1/build.json: is not JSON" in capsys.readouterr().err


def test_the_roll_is_shown_and_only_written_when_asked(checkout, capsys):
    number, lkgr = pins_lkgr.read_lkgr(checkout)
    lkgr = {**lkgr, "musl": "1.2.5"}
    before = roll.rewrite(Path("toolchain/lkgr.toml").read_text(), number, lkgr)
    Path("toolchain/lkgr.toml").write_text(before)
    write(checkout, made(number + 1, GREEN, {**lkgr, "musl": "1.2.6"}))
    assert main(["waterfall", "roll"]) == 0
    said = capsys.readouterr().out
    assert '-musl = "1.2.5"\n+musl = "1.2.6"\n' in said
    assert Path("toolchain/lkgr.toml").read_text() == before
    assert main(["waterfall", "roll", "--apply"]) == 0
    assert pins_lkgr.read_lkgr(checkout) == (number + 1, {**lkgr, "musl": "1.2.6"})
    assert main(["waterfall", "roll", "--apply"]) == 0
    assert "no newer build is green" in capsys.readouterr().out


def test_a_page_links_to_the_records_from_where_it_is(checkout, capsys):
    write(checkout, made(1))
    (checkout / "sub").mkdir()
    os.chdir("sub")
    assert main(["waterfall", "page", "deep/page.html"]) == 0
    text = (checkout / "sub/deep/page.html").read_text()
    assert 'href="../../waterfall/1/build.json"' in text
    os.chdir(checkout)
    assert main(["waterfall", "page", "--records", "https://example.org/records"]) == 0
    text = (checkout / "out/waterfall.html").read_text()
    assert 'href="https://example.org/records/1/build.json"' in text
