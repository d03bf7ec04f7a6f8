"""One guard for every entry: an error becomes a message and an exit code, never a traceback."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable

from muslfall.base.errors import MuslfallError


def describe_os_error(error: OSError) -> str:
    """One line for an error of the operating system, naming the file where it is known."""
    files = [str(name) for name in (error.filename, error.filename2) if name is not None]
    text = f"{' -> '.join(files)}: " if files else ""
    text += error.strerror or str(error) or type(error).__name__
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
