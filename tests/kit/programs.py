"""The C programs of tests/programs."""

from muslfall import ROOT

SOURCES = sorted((ROOT / "tests" / "programs").glob("*.c"))
