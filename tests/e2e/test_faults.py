"""A sample of bench/faults.py: kill -9, a flipped bit, a full disk, two at once.

Builds that are killed or run twice are in test_build.py.
"""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from muslfall import ROOT

#: Whole builds, or many.
pytestmark = pytest.mark.timeout(3600)

ROW = re.compile(r"^\| (\w+) \| (\w+) \| (\d+) \| (\d+) \| (\d+) \|", re.MULTILINE)


def faults(*words: str) -> dict[tuple[str, str], list[int]]:
    """Run the harness; returns per command and fault the runs, how many struck, what was wrong."""
    argv = [sys.executable, "bench/faults.py", "--seed", "1", *words]
    done = subprocess.run(argv, capture_output=True, text=True, cwd=ROOT, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = ROW.findall(done.stdout)
    return {(name, fault): [*map(int, counts)] for name, fault, *counts in rows}


@pytest.mark.slow
def test_after_each_fault_the_next_run_is_right():
    found = faults("--runs", "4", "fetch", "publish")
    assert {fault for _, fault in found} == {"kill", "twice", "flip", "full"}
    assert sum(struck for (_, fault), (_, struck, _) in found.items() if fault == "kill") >= 3
    assert all(wrong == 0 for _, _, wrong in found.values())
