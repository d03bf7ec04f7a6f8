"""Run the tests: the fast ones of tests/unit, then the end-to-end ones of tests/e2e.

Arguments that this command does not know go to pytest. If paths of tests are among them, only those
tests run.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

from muslfall import ROOT

EXAMPLE = "./muslfall test --fast -k pins"
PASS_THROUGH = True
#: What tests/kit/counts.py looks at.
NIGHTLY = "MUSLFALL_TEST_NIGHTLY"
#: pytest's options whose value is the next word, which is then no path.
VALUED = ("-k", "-m", "-n", "-o", "-p", "-r", "-W")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--nightly",
        action="store_true",
        help="ten times as many mutated inputs: archives, records, answers and requests of HTTP",
    )
    parser.add_argument(
        "--fast", action="store_true", help="only tests/unit, and of these no slow ones"
    )


def names_path(before: str, word: str) -> bool:
    """Whether a word among pytest's arguments, seen after another, is the path of a test."""
    return before not in VALUED and Path(word.partition("::")[0]).exists()


def pytest_argv(fast: bool, rest: list[str], root: Path = ROOT) -> list[str]:
    """The pytest command, folders in the order in which they should fail: fast ones first."""
    argv = [sys.executable, "-m", "pytest", f"--rootdir={root}", "-c", str(root / "pyproject.toml")]
    if fast:
        argv += ["-m", "not slow and not network"]
    argv += rest
    if not any(names_path(before, word) for before, word in pairwise(["", *rest])):
        folders = [root / "tests" / name for name in (("unit",) if fast else ("unit", "e2e"))]
        argv += [str(folder) for folder in folders if folder.is_dir()]
    return argv


def run(args: argparse.Namespace) -> int:
    environ = {**os.environ, NIGHTLY: "1"} if args.nightly else None
    return subprocess.call(pytest_argv(args.fast, args.rest), env=environ)
