"""muslfall run --trace: what musl asks of the kernel, the same in every host."""

from __future__ import annotations

import json
import subprocess

from muslfall import ROOT
from muslfall.hosts import engines


def traced(name: str, lkgr) -> tuple[list[str], dict]:
    """The lines of hello's trace, and its statistics."""
    words = [f"{lkgr}/programs/hello.wasm", f"--dir={ROOT}/tests/programs/data::/data"]
    argv = [ROOT / "muslfall", "run", *words, "--host", name, "--trace", "--stats"]
    done = subprocess.run(argv, capture_output=True, timeout=60)
    assert done.returncode == 7
    *lines, stats = done.stderr.decode().splitlines()
    return lines, json.loads(stats)


def test_the_same_calls_in_every_host(lkgr):
    (lines, stats), *others = [traced(name, lkgr) for name in engines.HOSTS]
    assert any(line.startswith('openat(-100, "/data/greeting.txt", ') for line in lines)
    assert lines[-1] == "exit_group(7) = ?"
    for other_lines, other_stats in others:
        assert other_lines == lines
        assert other_stats["syscalls"] == stats["syscalls"]
    calls = [line for line in lines if line != "done"]  # which hello itself writes there
    assert sum(stats["syscalls"].values()) == len(calls)
