"""Style: every source is as its formatter writes it, and its linter finds nothing in it.

To have a formatter write: `ruff format`, which is in .venv/bin, and `prettier --write FILE…`,
which is out of tests/kit/prettier.toml, on the pinned node.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from kit import engine_v8, kernel_hosts

from muslfall import ROOT
from muslfall.base.errors import MuslfallError
from muslfall.fetch import fetcher
from muslfall.pins.series import read_series

BIN = Path(sys.executable).parent
PYTHON = ("src", "tests", "bench")
#: Where JavaScript is that is written, not assembled.
JAVASCRIPT = ("arch/wasm32/loader", "src/muslfall", "tests", "bench")


def sources(folders: tuple[str, ...], *suffixes: str) -> list[str]:
    """The files in folders that have one of the suffixes."""
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    found = [path for path in paths if path.suffix in suffixes and path.is_file()]
    assert found
    return sorted(str(path.relative_to(ROOT)) for path in found)


def check(*words: str | Path) -> None:
    """A checker says nothing, and its status is 0."""
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def prettier() -> Path:
    """prettier's script, fetched if need be."""
    pin = read_series(ROOT / "tests/kit/prettier.toml", ROOT, "prettier").releases[-1]
    try:
        tree = fetcher.ensure([pin])["prettier"]
    except MuslfallError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"prettier cannot be had: {error}")
    return tree / pin.tools["prettier"][0]


def test_python():
    check(BIN / "ruff", "check", "--quiet", *PYTHON)
    check(BIN / "ruff", "format", "--quiet", "--check", *PYTHON)


def test_c_has_no_lint(tmp_path):
    """clang is the linter of C. There is no formatter: docs/decisions says why."""
    flags = ("-Wall", "-Wextra", "-Wshadow", "-Wstrict-prototypes", "-Wvla", "-Wunreachable-code",
             "-Wno-parentheses", "-Wno-unused-parameter", "-Wno-missing-field-initializers",
             "-Wno-sign-compare")  # fmt: skip
    zig = kernel_hosts.tree("llvm") / "ziglang/zig"
    assert kernel_hosts.lint_kernel(tmp_path, zig, *flags) == ""


def test_javascript():
    script = prettier()
    files = sources(JAVASCRIPT, ".js", ".mjs")
    check(engine_v8.node(), script, "--log-level=warn", "--check", *files)


def test_javascript_has_no_lint():
    check(BIN / "oxlint", "--deny-warnings", *sources(JAVASCRIPT, ".js", ".mjs"))
