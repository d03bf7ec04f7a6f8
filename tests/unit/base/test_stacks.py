"""The stack of an engine, by what limits there are; each in a process of its own."""

import subprocess
import sys

import pytest

from muslfall import ROOT
from muslfall.base import stacks

MIB = 1 << 20
CODE = """
import resource, sys
sys.path.insert(0, sys.argv[1])
soft, hard = (resource.RLIM_INFINITY if w == "-" else int(w) << 20 for w in sys.argv[2:4])
resource.setrlimit(resource.RLIMIT_STACK, (soft, hard))
from muslfall.base import stacks
size = stacks.provide()
soft = resource.getrlimit(resource.RLIMIT_STACK)[0]
print(size // (1 << 20), "-" if soft == resource.RLIM_INFINITY else soft >> 20)
print(*stacks.v8_flags())
"""


def provided(soft: str, hard: str) -> list[str]:
    argv = [sys.executable, "-I", "-c", CODE, str(ROOT / "src"), soft, hard]
    return subprocess.check_output(argv, text=True).split()


def exceeds_the_machines(hard: str) -> bool:
    import resource

    own = resource.getrlimit(resource.RLIMIT_STACK)[1]
    if own == resource.RLIM_INFINITY:
        return False
    return hard == "-" or int(hard) << 20 > own


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux's stacks grow later")
@pytest.mark.parametrize(
    ("soft", "hard", "size", "left"),
    [
        ("8", "-", "16", "64"),
        ("8", "32", "8", "32"),
        ("8", "8", "2", "8"),
        ("-", "-", "16", "-"),
        ("100", "-", "16", "100"),
    ],
)
def test_what_the_limits_allow(soft, hard, size, left):
    if exceeds_the_machines(hard):
        pytest.skip("the hard limit of this machine is lower, and none may raise it")
    assert provided(soft, hard) == [size, left, f"--stack-size={int(size) << 10}"]


def test_elsewhere_the_default_has_to_do(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert stacks.provide() is None and stacks.v8_flags() == []
