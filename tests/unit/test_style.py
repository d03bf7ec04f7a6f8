"""The Python is as ruff formats it, and has nothing that ruff warns of."""

import subprocess
import sys

import pytest

from muslfall import ROOT


@pytest.mark.parametrize("words", [("check",), ("format", "--check")], ids=" ".join)
def test_ruff_has_nothing_to_say(words):
    argv = [sys.executable, "-m", "ruff", *words, "--quiet", "--no-cache", "."]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
