"""One guard for every entry: an error becomes a message and an exit code, never a traceback."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from muslfall.base.errors import MuslfallError, UsageError
from muslfall.base.printable import printable


def describe_os_error(error: OSError) -> str:
    """One line for an error of the operating system, naming the file where it is known."""
    files = [printable(name) for name in (error.filename, error.filename2) if name is not None]
    text = f"{' -> '.join(files)}: " if files else ""
    text += printable(error.strerror or str(error) or type(error).__name__)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        text += "\n  try: make room on that disk, then run the same command again"
    return text


def say_error(text: str) -> None:
    print(f"muslfall: error: {text}", file=sys.stderr)


def guarded(run: Callable[[list[str]], int], argv: list[str]) -> int:
    """What `run` returns for `argv`, or, after a message, the exit code of its error.

    The build's steps, which are no commands, end through it as well.
    """
    try:
        code = run(argv)
        sys.stdout.flush()
        return code
    except MuslfallError as error:
        say_error(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        say_error("interrupted")
        return 130
    except BrokenPipeError:
        # The reader of our output went away: nothing to report, and nothing left to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        say_error(describe_os_error(error))
        return 1


def end(step: Callable[[list[str]], int]) -> NoReturn:
    """Run a step, `python -m MODULE WORD…`, with its words, and end its process."""
    sys.exit(guarded(step, sys.argv[1:]))


def words(argv: Sequence[str], module: str, *names: str) -> list[str]:
    """The words of a step that takes one for each of `names`.

    A last name that ends in `…` stands for one or more, one in brackets, `[NAME…]`, for any number.

    Raises UsageError: there are more or fewer, or one is an option.
    """
    more = names[-1].endswith(("…", "…]"))
    least = len(names) - names[-1].startswith("[")
    options = any(word.startswith("-") for word in argv[: len(names)])
    if options or len(argv) < least or (len(argv) > len(names) and not more):
        raise UsageError(f"usage: python -m {module} {' '.join(names)}")
    return list(argv)
