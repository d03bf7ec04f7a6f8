"""Locks: between threads and processes, shared, inherited, and freed by the end of a process."""

import os
import subprocess
import sys
import threading

import pytest

from muslfall import ROOT
from muslfall.base import locks

HOLD = """
import sys
from pathlib import Path
from muslfall.base import locks
with locks.held(Path("lock")):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def lock(tmp_path):
    return tmp_path / "lock"


def is_free(lock) -> bool:
    with locks.held_if_free(lock) as free:
        return free


def test_a_second_holder_waits_says_so_once_and_comes_next(lock):
    order, waiting = [], threading.Event()

    def second():
        with locks.held(lock, waiting.set):
            order.append("second")

    with locks.held(lock, lambda: order.append("never")):
        thread = threading.Thread(target=second)
        thread.start()
        assert waiting.wait(20)
        order.append("first")
    thread.join(20)
    assert order == ["first", "second"] and is_free(lock)


def test_several_share_it_and_nobody_holds_it_alone_meanwhile(lock):
    with locks.held(lock, shared=True), locks.held(lock, shared=True):
        assert not is_free(lock)
    assert is_free(lock)


def test_an_error_in_the_block_frees_it(lock):
    with pytest.raises(ValueError), locks.held(lock):
        raise ValueError
    assert is_free(lock)


def test_its_folder_is_made(tmp_path):
    with locks.held(tmp_path / "new" / "lock"):
        assert not is_free(tmp_path / "new" / "lock")


def test_a_process_that_is_killed_frees_it(lock):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        cwd=lock.parent,
        env={"PYTHONPATH": str(ROOT / "src")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout.readline() == b"held\n"
        assert not is_free(lock)
        process.kill()
    assert is_free(lock)


@pytest.mark.parametrize("inherited", [False, True])
def test_what_is_started_meanwhile_holds_it_if_it_is_to(lock, inherited):
    with locks.held(lock, inherited=inherited) as file:
        assert os.get_inheritable(file) == inherited
        child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, close_fds=False)
    with child:
        assert is_free(lock) != inherited
    assert is_free(lock)
