"""Printable: nothing that drives a terminal or forges a line goes out."""

import errno

import pytest

from muslfall.base.errors import MuslfallError
from muslfall.base.guard import describe_os_error, guarded
from muslfall.base.printable import last_line, printable, printable_lines, shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plain, ünï → 1", "plain, ünï → 1"),
        ("\x1b[2J", r"\x1b[2J"),
        ("a\nmuslfall: error: b\r", r"a\nmuslfall: error: b\r"),
        ("\x9b\x7f\0", r"\x9b\x7f\x00"),
        ("a\u202eb\u2066", r"a\u202eb\u2066"),
        ("a\u2028b\u2029", r"a\u2028b\u2029"),
        ("\udcff\ud800", r"\udcff\ud800"),
    ],
)
def test_what_is_escaped(text, said):
    assert printable(text) == said
    assert said.encode() and printable(said) == said


@pytest.mark.parametrize(
    ("text", "last"),
    [("", ""), (" \n\t\n", ""), ("a", "a"), ("a\n  b: c \n\n  \n", "b: c"), ("a\r\nb\r\n", "b")],
)
def test_the_last_line_is_one_that_says_something(text, last):
    assert last_line(text) == last


def test_lines_stay_lines_and_nothing_more():
    assert printable_lines("a\n\tb\x1b\r\n") == "a\n        b\\x1b\\r\n"


def test_a_value_is_shown_short():
    assert shown("x\n" * 500) == repr("x\n" * 500)[:120] + "…"
    assert shown(int("f" * 5000, 16)) == "<int>"


def test_every_part_of_an_error_is_escaped():
    bad = "\x1b[2J\nmuslfall: error: forged"
    error = MuslfallError(bad, bad, bad, [bad, MuslfallError(bad, bad, bad)])
    lines = str(error).split("\n")
    assert all(line.isprintable() for line in lines)
    assert [line for line in lines if line.startswith("muslfall")] == []
    assert not str(error.within(bad)).startswith("muslfall")


def test_lines_of_equal_rank_are_lines():
    assert str(MuslfallError(["one", "two\nthree"])) == "one\ntwo\\nthree"


def test_a_files_name_is_escaped(capsys):
    error = OSError(errno.ENOENT, "No such file", "\x1b\n")
    assert describe_os_error(error) == r"\x1b\n: No such file"

    def fail(argv):
        raise MuslfallError("\x1b[2J", "\udcff")

    assert guarded(fail, []) == 1
    assert capsys.readouterr().err == "muslfall: error: \\udcff: \\x1b[2J\n"
