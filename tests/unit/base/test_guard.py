"""The guard: what ends a process, as a message and an exit code."""

import errno

import pytest

from muslfall.base import guard
from muslfall.base.errors import MuslfallError, UsageError


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (MuslfallError("is wrong", "here"), 1, "here: is wrong"),
        (UsageError("is wrong"), 2, "is wrong"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (FileNotFoundError(errno.ENOENT, "No such file", "name"), 1, "name: No such file"),
        (OSError(errno.ENOSPC, "No space"), 1, "No space\n  try: make room"),
    ],
)
def test_an_error_is_a_message_and_a_code(capsys, error, code, said):
    def step(argv):
        raise error

    assert guard.guarded(step, []) == code
    assert capsys.readouterr().err.startswith(f"muslfall: error: {said}")


def test_a_step_ends_with_its_own_code(monkeypatch):
    monkeypatch.setattr("sys.argv", ["step", "3"])
    with pytest.raises(SystemExit) as end:
        guard.end(lambda argv: int(argv[0]))
    assert end.value.code == 3


def test_words_are_as_many_as_there_are_names():
    assert guard.words(["a", "b"], "step", "IN", "OUT") == ["a", "b"]
    assert guard.words(["a", "b", "-c"], "step", "IN…") == ["a", "b", "-c"]


@pytest.mark.parametrize(
    ("argv", "names"), [([], ["IN"]), (["a", "b"], ["IN"]), (["-a"], ["IN"]), ([], ["IN…"])]
)
def test_other_words_are_answered_with_the_usage(argv, names):
    with pytest.raises(UsageError, match=f"usage: python -m a.step {names[0]}"):
        guard.words(argv, "a.step", *names)
