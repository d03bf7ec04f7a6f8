"""Rejections: what a compiler or assembler said of a file that it would not take.

A rejection is a result: its record takes the place of the stage's output, and the manifest is
made from the records. A failure whose cause lies outside the input (a full disk, a missing
tool, a signal from outside) is an error, and no record.
"""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from muslfall.errors import MuslfallError

#: The first line of a record; no object and no assembly begins so.
MARK = "# muslfall: rejected"
#: Signals by which a compiler ends itself: SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV.
CRASH_SIGNALS = (4, 5, 6, 7, 8, 11)
#: strerror(3) texts of errors that say nothing of the input.
OUTSIDE = (
    "No space left on device",
    "Disk quota exceeded",
    "Input/output error",
    "Read-only file system",
    "Permission denied",
    "Too many open files",
    "Cannot allocate memory",
    "LLVM ERROR: out of memory",
    "Text file busy",
)
LOCATED = re.compile(r"^(?P<place>.+?:\d+:\d+): (?:fatal )?error: (?P<text>.*)$", re.MULTILINE)
BACKEND = re.compile(r"^(?:fatal error: error in backend|LLVM ERROR): (?P<text>.*)$", re.MULTILINE)
CRASHED = re.compile(r"^(?:PLEASE submit a bug report|Stack dump:)", re.MULTILINE)
ASSERTION = re.compile(r"^.*(?:Assertion .* failed|UNREACHABLE executed).*$", re.MULTILINE)


@dataclass(frozen=True)
class Rejection:
    """Why one file has no object.

    stage: compile or assemble.
    reason: error (the input was diagnosed), backend (no such instruction), or crash.
    diagnostic: the first diagnostic, without the path before it.
    log: everything that the tool said.
    """

    stage: str
    reason: str
    diagnostic: str
    log: str

    def dump(self) -> str:
        """The record: the mark, then one line of JSON per field, then the log as comments."""
        head = [MARK, f"# stage: {self.stage}", f"# reason: {self.reason}"]
        head.append(f"# diagnostic: {json.dumps(self.diagnostic)}")
        return "\n".join([*head, *(f"# {line}" for line in self.log.splitlines())]) + "\n"


def load(text: str) -> Rejection:
    """The rejection in a record. Raises MuslfallError: `text` is not a whole record."""
    lines = text.splitlines()
    match = [line.partition(": ")[2] for line in lines[1:4]]
    if len(match) != 3 or lines[0] != MARK:
        raise MuslfallError("not a record of a rejection")
    log = "\n".join(line[2:] for line in lines[4:])
    return Rejection(match[0], match[1], json.loads(match[2]), log)


def read(path: Path) -> Rejection | None:
    """The rejection that stands in the place of an output, or None when it is one."""
    with open(path, "rb") as file:
        if file.read(len(MARK)) != MARK.encode():
            return None
    return load(path.read_text(encoding="utf-8"))


def classify(stage: str, status: int, log: str, tool: str) -> Rejection:
    """What a failure of `tool` (exit status `status`, said `log`) means.

    Raises MuslfallError when the cause lies outside the input, or cannot be told.
    """
    outside = next((text for text in OUTSIDE if text in log), None)
    if outside or status in (126, 127):
        raise MuslfallError(outside or last_line(log) or f"exit status {status}", tool)
    crash = crash_of(status, log)
    if crash:
        return Rejection(stage, "crash", crash, log)
    located = LOCATED.search(log)
    if located:
        return Rejection(stage, "error", located["text"], log)
    backend = BACKEND.search(log)
    if backend:
        return Rejection(stage, "backend", backend["text"], log)
    said = last_line(log) or "said nothing"
    raise MuslfallError(f"{stage} ended with status {status}: {said}", tool)


def crash_of(status: int, log: str) -> str | None:
    """What a crash is called, or None when it was none.

    A shell reports the signal n as 128 + n.
    """
    if status > 128 and status - 128 not in CRASH_SIGNALS:
        raise MuslfallError(f"was ended by signal {status - 128}")
    if status <= 128 and not CRASHED.search(log):
        return None
    backend = BACKEND.search(log)
    assertion = ASSERTION.search(log)
    if backend:
        return backend["text"]
    return assertion[0].strip() if assertion else f"crashed with status {status}"


def last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""


def write(path: Path, rejection: Rejection) -> None:
    """Put the record in the place of the output, atomically."""
    beside = path.with_name(path.name + ".tmp")
    beside.write_text(rejection.dump(), encoding="utf-8")
    os.replace(beside, path)


def main(argv: list[str]) -> int:
    """`OUT STAGE STATUS TOOL`, the log on standard input; exit 1 when it is an error."""
    out, stage, status, tool = argv
    log = sys.stdin.buffer.read().decode("utf-8", "replace")
    try:
        write(Path(out), classify(stage, int(status), log, tool))
    except MuslfallError as error:
        print(f"muslfall: error: {error}", file=sys.stderr)
        Path(out).unlink(missing_ok=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
