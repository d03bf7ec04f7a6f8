"""Real software: built by its own build system with musl-clang, its tests run in both hosts."""

from __future__ import annotations

import json
import subprocess

import pytest

from muslfall import ROOT
from muslfall.hosts.engines import HOSTS
from muslfall.software import recipe as software

#: Whole builds, or many.
pytestmark = pytest.mark.timeout(3600)

NAMES = software.names(ROOT)


@pytest.fixture(scope="module")
def done(lkgr):
    """The command, run once for all packages."""
    return subprocess.run([ROOT / "muslfall", "software", *NAMES], capture_output=True, text=True)


def test_the_command_is_content(done):
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_every_test_of_a_package_passed_in_both_hosts(done, lkgr, name):
    text = (lkgr / "software" / f"{name}.json").read_text(encoding="utf-8")
    results = [json.loads(line) for line in text.splitlines()]
    recipe = software.load(ROOT, name)
    expected = {("build", "")} | {(test.name, host) for test in recipe.tests for host in HOSTS}
    assert {(item["test"], item["host"]) for item in results} == expected
    assert [item for item in results if item["problem"]] == []
