"""The outcome of a case, and whether it was expected."""

from __future__ import annotations

import re
from dataclasses import dataclass

from muslfall.hosts import trial
from muslfall.suites.suite import Case

#: Verdicts, in the order of tables; the last two are what nobody expected.
VERDICTS = ("pass", "known failure", "not applicable", "fail", "unexpected pass")
UNEXPECTED = VERDICTS[3:]
#: Lines that are shown of an output's beginning and of its end, and characters of each.
SHOWN = 5
WIDTH = 200


@dataclass(frozen=True)
class Result:
    """The outcome of one test on one host.

    verdict: one of VERDICTS. stage: where it failed: compile, link, run, output; "": nowhere.
    status: the exit status; None: it was not run, or it hung. last: the last line of its output,
    or of what stopped it. output: the first and the last lines of what it wrote, or a tool said
    of it, when it failed. dropped: flags that clang does not know. reason: why it is known to fail
    or does not apply. seconds: of the run. build_seconds: of the compiler and the linker.
    """

    test: str
    host: str
    opt: str
    verdict: str
    stage: str = ""
    status: int | None = None
    last: str = ""
    output: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    reason: str = ""
    seconds: float = 0.0
    build_seconds: float = 0.0


def judge(case: Case, outcome: trial.Outcome) -> str:
    """The stage that failed: run, output, or none."""
    if outcome.status != case.status:
        return "run"
    if case.expected is None or normal(case, outcome.stdout) == normal(case, case.expected):
        return ""
    return "output"


def normal(case: Case, text: bytes) -> bytes:
    """The output of a program, as the test compares it."""
    if case.blanks:
        return text
    lines = [re.sub(rb"\s+", b" ", line).rstrip() for line in text.split(b"\n")]
    return b"\n".join(lines).rstrip(b"\n") + b"\n"


def last_line(outcome: trial.Outcome) -> str:
    """The last line that a program wrote: to stderr, if it did, else to stdout."""
    text = (outcome.stderr.strip() or outcome.stdout.strip()).decode("utf-8", "replace")
    return trial.last_words(text)[:300]


def excerpt(text: bytes | str) -> tuple[str, ...]:
    """The first and the last lines of a text, SHOWN each at most, cut to WIDTH characters."""
    whole = text if isinstance(text, str) else text.decode("utf-8", "replace")
    lines = [line.rstrip()[:WIDTH] for line in whole.rstrip().split("\n")] if whole.strip() else []
    if len(lines) <= 2 * SHOWN + 1:
        return tuple(lines)
    between = f"… {len(lines) - 2 * SHOWN} lines …"
    return (*lines[:SHOWN], between, *lines[-SHOWN:])


def diagnostic(said: str) -> str:
    """The line of a tool's output that says what is wrong."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    crashed = [line for line in lines if "Assertion" in line or "UNREACHABLE" in line]
    return (crashed or errors or lines or [""])[0][:300]
