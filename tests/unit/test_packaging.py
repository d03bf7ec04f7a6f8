"""`pip install .` says what to do instead, and leaves nothing behind."""

import shutil
import subprocess
import sys

import pytest

from muslfall import ROOT


@pytest.mark.parametrize(
    "words", [["install", "."], ["install", "--editable", "."], ["wheel", "."]]
)
def test_pip_is_told_what_to_do(tmp_path, words):
    pip = next((path for path in (sys.executable, shutil.which("python3")) if has_pip(path)), None)
    if pip is None:
        pytest.skip("no pip")
    for name in ("packaging", "src/muslfall"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    before = files(tmp_path)
    target = [] if words[0] == "wheel" else ["--target", str(tmp_path.parent / "installed")]
    done = subprocess.run(
        [pip, "-m", "pip", words[0], "--no-index", "--no-deps", *target, *words[1:]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    said = done.stdout + done.stderr
    assert done.returncode != 0, said
    assert "muslfall is not installed, it runs in its checkout: ./muslfall build" in said
    assert "Traceback" not in said
    assert files(tmp_path) == before
    assert not (tmp_path.parent / "installed").exists()


def files(folder) -> set[str]:
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    return {path for path in found if "__pycache__" not in path}


def has_pip(python: str | None) -> bool:
    return bool(python) and not subprocess.call(
        [python, "-c", "import pip"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
