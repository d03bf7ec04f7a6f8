"""engines: which wasm.js a host has."""

import pytest

from muslfall.base.errors import MuslfallError
from muslfall.hosts import engines


def test_the_loader_is_the_builds_that_a_module_is_of(tmp_path):
    libc = tmp_path / "build" / "musl.wasm"
    libc.parent.mkdir()
    assert engines.find_loader([]) == engines.find_loader([libc]) == engines.BUILT_LOADER
    libc.with_name("wasm.js").touch()
    assert engines.find_loader([tmp_path / "p.wasm", libc]) == libc.with_name("wasm.js")


def test_a_host_that_is_v8_needs_a_loader(tmp_path):
    with pytest.raises(MuslfallError, match="the loader of V8 is not built") as raised:
        engines.engines(["wasmtime", "d8"], tmp_path / "wasm.js")
    assert raised.value.hint == "./muslfall build"
