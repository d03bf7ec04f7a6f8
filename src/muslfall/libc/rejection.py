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
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from muslfall.base import guard
from muslfall.base.errors import MuslfallError, UsageError
from muslfall.base.files import write
from muslfall.base.printable import last_line

#: The first line of a record; no object and no assembly begins so.
MARK = "# muslfall: rejected"
#: Signals by which a compiler ends itself: SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV.
CRASH_SIGNALS = (4, 5, 6, 7, 8, 11)
#: strerror(3) texts of errors that say nothing of the input.
OUTSIDE_TEXTS = (
    "No space left on device",
    "Disk quota exceeded",
    "Input/output error",
    "Read-only file system",
    "Permission denied",
    "Too many open files",
    "Cannot allocate memory",
    "Text file busy",
)
#: These as a tool says them, at the end of a message: musl's sources hold the same texts, and
#: a diagnostic quotes its line of source.
OUTSIDE = re.compile(
    rf"(?:: ['\"]?|^)(?P<text>{'|'.join(OUTSIDE_TEXTS)})['\"]?\.?$|^LLVM ERROR: out of memory",
    re.MULTILINE,
)
LOCATED = re.compile(r"^(?P<place>.+?:\d+:\d+): (?:fatal )?error: (?P<text>.*)$", re.MULTILINE)
BACKEND = re.compile(r"^(?:fatal error: error in backend|LLVM ERROR): (?P<text>.*)$", re.MULTILINE)
CRASHED = re.compile(r"^(?:PLEASE submit a bug report|Stack dump:)", re.MULTILINE)
#: What clang's driver says of the compiler that it started, whose status its own may hide.
DRIVER = re.compile(r"command failed with exit code (?P<status>\d+)")
ASSERTION = re.compile(r"^.*(?:Assertion .* failed|UNREACHABLE executed).*$", re.MULTILINE)
RECORD = re.compile(
    rf"{MARK}\n# stage: (?P<stage>\w+)\n# reason: (?P<reason>\w+)\n"
    r'# diagnostic: (?P<diagnostic>"(?:[^"\\\n]|\\.)*")\n(?P<log>(?:# [^\n]*\n)+)'
)


@dataclass(frozen=True)
class Rejection:
    """Why one file has no object.

    stage: compile or assemble.
    reason: error (the input was diagnosed), backend (code generation gave up, and said so, such
        as for an instruction that does not exist), or crash.
    diagnostic: the first diagnostic, without the path before it.
    log: everything that the tool said.
    """

    stage: str
    reason: str
    diagnostic: str
    log: str

    def dump(self) -> str:
        """The record: the mark, then a line per field, then the log, all of it comments."""
        head = [MARK, f"# stage: {self.stage}", f"# reason: {self.reason}"]
        head.append(f"# diagnostic: {json.dumps(self.diagnostic)}")
        return "\n".join([*head, *(f"# {line}" for line in self.log.split("\n"))]) + "\n"


def load(text: str) -> Rejection:
    """The rejection in a record. Raises MuslfallError: `text` is not a whole record."""
    match = RECORD.fullmatch(text)
    if match is None:
        raise MuslfallError("not a record of a rejection")
    log = "\n".join(line[2:] for line in match["log"].split("\n")[:-1])
    return Rejection(match["stage"], match["reason"], json.loads(match["diagnostic"]), log)


def read(path: Path) -> Rejection | None:
    """The rejection in an output's place, or None if the output itself is there. Raises
    MuslfallError: the record is damaged; OSError: no such file."""
    with open(path, "rb") as file:
        if file.read(len(MARK)) != MARK.encode():
            return None
    try:
        return load(path.read_bytes().decode())
    except (MuslfallError, UnicodeDecodeError):
        raise MuslfallError("is a damaged record of a rejection", path) from None


def classify(stage: str, status: int, log: str, tool: str) -> Rejection:
    """The meaning of a failure of `tool` (exit status `status`, said `log`).

    Raises MuslfallError when the cause lies outside the input, or cannot be told.
    """
    outside = OUTSIDE.search(log)
    if outside or status in (126, 127):
        said = outside[0].strip(": '\"") if outside else last_line(log)
        raise MuslfallError(said or f"exit status {status}", tool)
    driver = DRIVER.search(log)
    status = int(driver["status"]) if driver else status
    if status > 128 and status - 128 not in CRASH_SIGNALS:
        raise MuslfallError(f"was ended by signal {status - 128}", tool)
    backend = BACKEND.search(log)
    if backend:
        return Rejection(stage, "backend", backend["text"], log)
    if status > 128 or CRASHED.search(log):
        return Rejection(stage, "crash", crash_text(status, log), log)
    located = LOCATED.search(log)
    if located:
        return Rejection(stage, "error", located["text"], log)
    said = last_line(log) or "said nothing"
    raise MuslfallError(f"{stage} ended with status {status}: {said}", tool)


def crash_text(status: int, log: str) -> str:
    """A crash's own message, else how it ended; a shell reports the signal n as 128 + n."""
    assertion = ASSERTION.search(log)
    return assertion[0].strip() if assertion else f"crashed with status {status}"


def own_modules() -> list[str]:
    """The files of this package that run, relative to the current folder."""
    names = ("__main__", "muslfall")
    modules = [module for name, module in sys.modules.items() if name.partition(".")[0] in names]
    return sorted({os.path.relpath(module.__file__) for module in modules if module.__file__})


def add_dependencies(out: Path) -> None:
    """Add the modules that made a record to OUT.d, a makefile's list of what OUT is made from.

    Only a record is made from them: an edit of one says nothing of what the compiler takes.
    """
    with open(f"{out}.d", "a", encoding="utf-8") as file:
        file.write(f"{out}: {' '.join(own_modules())}\n")


def main(argv: list[str]) -> int:
    """`OUT STAGE STATUS TOOL`, the log on standard input; adds to OUT.d.

    Raises MuslfallError or OSError, and leaves no OUT, when it is an error.
    """
    words = guard.words(argv, "muslfall.libc.rejection", "OUT", "STAGE", "STATUS", "TOOL")
    out, stage, status, tool = words
    if not status.isdecimal():
        raise UsageError("is no exit status", repr(status))
    log = sys.stdin.buffer.read().decode("utf-8", "replace")
    try:
        write(Path(out), classify(stage, int(status), log, tool).dump())
        add_dependencies(Path(out))
    except (MuslfallError, OSError):
        with suppress(OSError):
            Path(out).unlink()
        raise
    return 0


if __name__ == "__main__":
    guard.end(main)
