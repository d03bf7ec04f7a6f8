"""How many mutated inputs a test tries: ten times as many in `./muslfall test --nightly`."""

from __future__ import annotations

import os

NIGHTLY = "MUSLFALL_TEST_NIGHTLY"
FACTOR = 10


def count(usual: int) -> int:
    return usual * FACTOR if os.environ.get(NIGHTLY) else usual
