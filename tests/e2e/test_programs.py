"""The programs of the build print what the same C prints natively on Linux."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from kit.programs import SOURCES

from muslfall.hosts.expectation import ProgramTest, load_test

CC = next((found for name in ("gcc", "clang") if (found := shutil.which(name))), None)
#: Programs whose .out the native C library cannot give.
OWN = {"hello": "opens a file in a folder of its own root"}


def arguments(test: ProgramTest) -> list[str]:
    """The program's arguments, with the paths that it sees as they are outside."""
    found = list(test.args)
    for guest, folder in test.dirs.items():
        host = str(test.source.parent / folder)
        found = [
            host + word[len(guest) :] if word.startswith(f"{guest}/") else word for word in found
        ]
    return found


@pytest.mark.skipif(CC is None, reason="no native C compiler")
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_same_as_native(source, tmp_path):
    if source.stem in OWN:
        pytest.skip(OWN[source.stem])
    program = tmp_path / "program"
    subprocess.run([CC, "-w", "-std=c11", source, "-o", program, "-lm"], check=True)
    test = load_test(source)
    environment = {**test.env, "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [program, *arguments(test)], env=environment, input=test.stdin.encode(), capture_output=True
    )
    assert (done.returncode, done.stdout) == (test.status, test.stdout)
