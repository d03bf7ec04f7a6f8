"""The parts of wasm.js, each by the tests beside this file, which import it as a module of node."""

import re
from pathlib import Path

import pytest
from kit import engine_v8

from muslfall.build.assemble_loader import PARTS

FOLDER = Path(__file__).parent


@pytest.mark.parametrize("part", PARTS)
def test_part(part):
    done = engine_v8.run("--test-reporter=spec", FOLDER / f"{part}.test.mjs")
    said = done.stdout.decode() + done.stderr.decode()
    assert done.returncode == 0, said
    counts = dict(re.findall(r"^. (tests|pass) (\d+)$", said, re.MULTILINE))
    assert int(counts["tests"]) > 0 and counts["pass"] == counts["tests"], said


def test_each_test_is_a_parts():
    found = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.test.mjs")}
    assert found == {f"{part}.test.mjs" for part in PARTS}
