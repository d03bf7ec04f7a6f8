"""Errors: how they read."""

import pytest

from muslfall.base.errors import MuslfallError, UsageError, raise_gathered


def test_a_message_says_where_what_and_what_next():
    error = MuslfallError("is missing", "toolchain/llvm.toml: registry", "git status")
    assert str(error) == "toolchain/llvm.toml: registry: is missing\n  try: git status"


def test_a_plain_message_is_its_one_sentence():
    assert str(MuslfallError("nothing to do")) == "nothing to do"


def test_problems_are_listed_below_the_sentence():
    inner = MuslfallError("two", problems=[MuslfallError("deep")])
    error = MuslfallError("2 failed", problems=["one", inner])
    assert str(error) == "2 failed:\n  one\n  two:\n    deep"


def test_exit_codes():
    assert (MuslfallError("x").exit_code, UsageError("x").exit_code) == (1, 2)


def test_gathering_nothing_raises_nothing():
    assert raise_gathered([], "never") is None


def test_gathering_one_raises_that_one():
    one = UsageError("just this")
    with pytest.raises(UsageError) as caught:
        raise_gathered([one], "1 problem")
    assert caught.value is one


def test_gathering_more_raises_one_with_all():
    with pytest.raises(MuslfallError, match=r"2 problems:\n  a\n  b"):
        raise_gathered([MuslfallError("a"), MuslfallError("b")], "2 problems")
