"""What holds for all unit tests together."""

import gc
import sys

import pytest


@pytest.fixture(scope="session", autouse=True)
def nothing_of_wasmtime_is_left():
    """A store that outlives the tests is taken apart with the interpreter, and that can crash."""
    yield
    if "wasmtime._func" in sys.modules:
        gc.collect()
        assert sys.modules["wasmtime._func"].FUNCTIONS.handles == {}
