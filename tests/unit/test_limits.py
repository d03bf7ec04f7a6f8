"""The limit of time that every test has."""

import subprocess
import sys

from muslfall import ROOT


def test_a_test_that_hangs_is_ended(tmp_path, pytestconfig):
    """By pytest-timeout, which pyproject.toml sets up; tests/e2e has longer limits."""
    assert 0 < float(pytestconfig.getini("timeout")) <= 600
    (tmp_path / "test_hang.py").write_text("import time\ndef test_hangs(): time.sleep(60)\n")
    argv = [sys.executable, "-m", "pytest", "-q", "-c", str(ROOT / "pyproject.toml")]
    done = subprocess.run(
        [*argv, f"--rootdir={tmp_path}", "-o", "timeout=0.2", str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.returncode == 1 and "Timeout (>0.2s) from pytest-timeout" in done.stdout
