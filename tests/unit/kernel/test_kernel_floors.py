"""The kernel's files stand on floors, and each uses only what lies on lower ones."""

import sys

import pytest
from kit.kernel_hosts import SOURCES, compile_kernel, tree

from muslfall.wasm import module

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

#: file -> its floor, 0 the lowest.
FLOORS = {
    name: floor
    for floor, names in enumerate(tomllib.loads((SOURCES / "floors.toml").read_text())["floors"])
    for name in names
}


def upward(symbols):
    """What is used from no lower floor, as `file uses name of file`; symbols: by file."""
    owner = {
        symbol.name: file
        for file, table in symbols.items()
        for symbol in table
        if symbol.is_defined and not symbol.is_local
    }
    return [
        f"{file} uses {symbol.name} of {owner[symbol.name]}"
        for file, table in sorted(symbols.items())
        for symbol in table
        if not symbol.is_defined and symbol.name in owner
        and FLOORS[owner[symbol.name]] >= FLOORS[file]
    ]  # fmt: skip


@pytest.fixture(scope="module")
def symbols(tmp_path_factory):
    folder = tmp_path_factory.mktemp("objects")
    compile_kernel(folder, tree("llvm") / "ziglang/zig")
    objects = {path.stem: module.parse(path.read_bytes()).symbols for path in folder.glob("*.o")}
    return {file: table for file, table in objects.items() if table}


def test_every_file_has_a_floor(symbols):
    assert sorted(FLOORS) == sorted(path.stem for path in SOURCES.glob("*.c"))
    assert sorted(symbols) == sorted(FLOORS)


def test_no_file_uses_a_higher_floor(symbols):
    assert upward(symbols) == []


def test_a_use_of_a_higher_floor_is_seen(symbols):
    """The reader sees what files use: with two of them exchanged, the rule is broken."""
    exchanged = symbols | {"memory": symbols["syscall"], "syscall": symbols["memory"]}
    assert "memory uses process_due of signal" in upward(exchanged)
