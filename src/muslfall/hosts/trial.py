"""A trial: one program run once on one host, compared with what its test says."""

from __future__ import annotations

import argparse
import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from muslfall.base import guard
from muslfall.base.files import write_if_changed
from muslfall.base.printable import last_line
from muslfall.hosts import command as host
from muslfall.hosts.engines import HOSTS, Engines
from muslfall.hosts.expectation import ProgramTest, load_test

#: Seconds after which a program is taken to hang.
TIMEOUT = 120
#: A line of a stack, as the loaders tell of one, or the hint behind it.
STACK = re.compile(r"(wasm\.js|loader): (  |hint: )")


@dataclass(frozen=True)
class Outcome:
    """The outcome of a program: its exit status (None: it hung), and what it wrote."""

    status: int | None
    stdout: bytes
    stderr: bytes


def options(test: ProgramTest) -> host.Options:
    """The loader's options for this test."""
    dirs = [f"{test.source.parent / folder}::{guest}" for guest, folder in test.dirs.items()]
    env = [f"{name}={value}" for name, value in test.env.items()]
    return host.Options(dirs=tuple(dirs), env=tuple(env), arguments=test.args)


def run(command: host.Command, stdin: str, timeout: float = TIMEOUT) -> Outcome:
    """Run a host's command, `stdin` for it to read, for at most `timeout` seconds."""
    try:
        done = subprocess.run(
            command.argv,
            env=command.env,
            input=stdin.encode(),
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as hung:
        return Outcome(None, hung.stdout or b"", hung.stderr or b"")
    return Outcome(done.returncode, done.stdout, done.stderr)


def judge(test: ProgramTest, outcome: Outcome) -> str | None:
    """The fault of an outcome, in a line; None when nothing is."""
    if outcome.status is None:
        return f"still ran after {TIMEOUT} s"
    if outcome.status != test.status:
        return f"exit status {outcome.status}, not {test.status}{cause(outcome.stderr)}"
    if outcome.stdout != test.stdout:
        return f"wrote {first_difference(outcome.stdout, test.stdout)}"
    return None


def cause(stderr: bytes) -> str:
    """The loader's first message, or, if it said nothing, the last that the program did."""
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    loader = [line for line in lines if line.startswith(("wasm.js: ", "loader: "))]
    said = loader[:1] or lines[-1:]
    return f": {said[0]}" if said else ""


def last_words(text: str) -> str:
    """The last line of a text that a program or its loader wrote, the loader's stack apart."""
    return last_line("\n".join(line for line in text.splitlines() if not STACK.match(line)))


def first_difference(got: bytes, wanted: bytes) -> str:
    """The first line that differs, of both."""
    mine, theirs = got.splitlines(), wanted.splitlines()
    for number in range(max(len(mine), len(theirs))):
        pair = [lines[number] if number < len(lines) else None for lines in (mine, theirs)]
        if pair[0] != pair[1]:
            return f"{pair[0]!r}, not {pair[1]!r}, in line {number + 1}"
    return "another end of the last line"


def record(test: ProgramTest, host_name: str, outcome: Outcome) -> dict:
    """The outcome as report.json has it: sorted, and without anything that varies."""
    problem = judge(test, outcome)
    return {
        "program": test.source.stem,
        "host": host_name,
        "verdict": "pass" if problem is None else "fail",
        "problem": problem,
        "status": outcome.status,
        "stdout": outcome.stdout.decode("utf-8", "replace"),
        "stderr": outcome.stderr.decode("utf-8", "replace"),
    }


def main(argv: list[str]) -> int:
    """The build's run stage: PROGRAM RESULT; the result is written whatever it is."""
    parser = argparse.ArgumentParser(prog="muslfall.hosts.trial")
    parser.add_argument("--test", type=Path, required=True, help="the program's C file")
    parser.add_argument("--host", choices=HOSTS, required=True)
    parser.add_argument("--out", type=Path, required=True, help="the variant's folder")
    parser.add_argument("--node", type=Path, required=True)
    parser.add_argument("--node-flag", action="append", default=[], help="that its V8 needs")
    parser.add_argument("--wasmtime", type=Path, required=True, help="its Python package's folder")
    parser.add_argument("program", type=Path)
    parser.add_argument("result", type=Path)
    args = parser.parse_args(argv)
    test = load_test(args.test)
    engines = Engines(args.node, args.wasmtime, args.out / "wasm.js", tuple(args.node_flag))
    command = host.command(
        args.host, engines, args.program, [args.out / "musl.wasm"], options(test)
    )
    made = record(test, args.host, run(command, test.stdin))
    write_if_changed(args.result, json.dumps(made, indent=2, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    guard.end(main)
