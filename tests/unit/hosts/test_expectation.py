"""A program's test: what may stand beside the source, and what is wrong with it."""

from pathlib import Path

import pytest

from muslfall import ROOT
from muslfall.base.errors import MuslfallError
from muslfall.hosts.expectation import ProgramTest, load_test


@pytest.fixture
def source(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("p").mkdir()
    Path("p/hello.c").touch()
    return Path("p/hello.c")


def test_a_source_alone(source):
    assert load_test(source) == ProgramTest(source)
    assert load_test(source).files() == []


def test_everything(source):
    Path("p/data/sub").mkdir(parents=True)
    Path("p/data/sub/file").touch()
    Path("p/hello.out").write_bytes(b"out\xff\n")
    Path("p/hello.toml").write_text(
        'args = ["a", ""]\nenv = { A = "b" }\nstdin = "in"\n'
        'dirs = { "/data" = "data" }\nstatus = 7\n'
    )
    test = load_test(source)
    assert test == ProgramTest(
        source, ("a", ""), {"A": "b"}, "in", {"/data": "data"}, 7, b"out\xff\n"
    )
    files = ["p/data/sub/file", "p/hello.out", "p/hello.toml"]
    assert [path.as_posix() for path in test.files()] == files


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("arg = []", "arg: unknown key; known are args, env, stdin, dirs, status"),
        ("args = 'a b'", "args: must be a list of strings, not 'a b'"),
        ("args = [1]", "args: must be a list of strings, not [1]"),
        ("env = ['A=b']", "env: must be a table, not ['A=b']"),
        ("env = { A = 1 }", "env.A: must be a string, not 1"),
        ("stdin = 1", "stdin: must be a string, not 1"),
        ("status = '1'", "status: must be an integer, not '1'"),
        ("status = true", "status: must be an integer, not True"),
        ("status = 256", "status: must be 0 to 255, not 256"),
        ("dirs = { '/' = 'none' }", "dirs./: there is no folder p/none"),
        ("status", "is not TOML"),
    ],
)
def test_what_is_wrong(source, text, message):
    Path("p/hello.toml").write_text(text)
    with pytest.raises(MuslfallError) as error:
        load_test(source)
    assert str(error.value).startswith(f"p/hello.toml: {message}")


def test_all_that_is_wrong_at_once(source):
    Path("p/hello.toml").write_text("status = '1'\nstdin = 1\nfrob = 1\n")
    with pytest.raises(MuslfallError) as error:
        load_test(source)
    assert len(error.value.problems) == 3


def test_an_absolute_path(source):
    Path("p/hello.toml").write_text("status = 3\n")
    assert load_test(source.absolute()).status == 3


@pytest.mark.parametrize("source", sorted((ROOT / "tests/programs").glob("*.c")))
def test_the_tests_of_the_programs_here_are_well_formed(source):
    assert load_test(source).source == source
