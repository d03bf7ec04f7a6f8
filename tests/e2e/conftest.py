"""What end-to-end tests share: the built LKGR, and shells in which its commands come first."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from muslfall import ROOT

Shell = Callable[..., subprocess.CompletedProcess]


@pytest.fixture(scope="session")
def lkgr() -> Path:
    """The folder of the LKGR build, up to date."""
    built = subprocess.run([ROOT / "muslfall", "build"], capture_output=True, text=True, cwd=ROOT)
    assert built.returncode == 0, built.stdout + built.stderr
    return ROOT / "out" / "lkgr"


@pytest.fixture
def place(tmp_path: Path, lkgr: Path) -> Path:
    """A folder to work in that looks like the checkout to commands that name arch/ and out/."""
    for name in ("arch", "out"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


@pytest.fixture
def shell(place: Path) -> Shell:
    """Runs a command line as it is written, in `place`, with out/lkgr/bin first in PATH."""
    environment = os.environ | {"PATH": f"{ROOT}/out/lkgr/bin:{os.environ['PATH']}"}
    environment.pop("PYTHONPATH", None)

    def run(line: str, status: int = 0, stdin: str = "", **extra: str):
        done = subprocess.run(
            ["/bin/sh", "-c", line],
            cwd=place,
            env=environment | extra,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == status, f"{line}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    return run


@pytest.fixture
def write(place):
    """Writes files, a_c="…" as a.c."""

    def put(**files: str) -> None:
        for name, text in files.items():
            stem, _, suffix = name.rpartition("_")
            (place / f"{stem}.{suffix}").write_text(text)

    return put


@pytest.fixture
def run(place):
    """Runs a program in both hosts, which have to agree; its output and status."""

    def started(program: str, *libraries: str, status: int = 0) -> str:
        words = [*libraries, "out/lkgr/musl.wasm"] if libraries else []
        argv = [ROOT / "muslfall", "run", program, *words, "--host", "all"]
        done = subprocess.run(argv, cwd=place, capture_output=True, text=True, timeout=120)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    return started
