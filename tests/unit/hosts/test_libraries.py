"""The libraries that a program needs, in the order of ELF's search."""

from pathlib import Path

import pytest

from muslfall.hosts import libraries
from muslfall.wasm import writer as wasm_writer


def module(path: Path, *names: str) -> Path:
    """A module that is nothing but its dylink.0: no memory, no table, these libraries."""
    listed = bytes([len(names)]) + b"".join(bytes([len(n)]) + n.encode() for n in names)
    body = b"\1\4\0\0\0\0" + b"\2" + bytes([len(listed)]) + listed
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(wasm_writer.HEADER + wasm_writer.custom("dylink.0", body))
    return path


@pytest.fixture
def libc(tmp_path):
    return module(tmp_path / "out/musl.wasm")


def found(program: Path, libc: Path, *folders: Path) -> list[str]:
    paths = libraries.libraries(program, libc, folders)
    return [str(path.relative_to(libc.parents[1])) for path in paths]


def test_breadth_first_and_once(tmp_path, libc):
    module(tmp_path / "a.so", "c.so", "musl.wasm")
    module(tmp_path / "b.so", "c.so", "a.so")
    module(tmp_path / "c.so")
    program = module(tmp_path / "main", "a.so", "b.so", "musl.wasm")
    assert found(program, libc) == ["a.so", "b.so", "out/musl.wasm", "c.so"]


def test_the_libc_is_always_there(tmp_path, libc):
    assert found(module(tmp_path / "main"), libc) == ["out/musl.wasm"]


def test_folders_come_after_the_one_beside(tmp_path, libc):
    program = module(tmp_path / "main", "a.so", "b.so")
    for path in ("a.so", "x/a.so", "x/b.so", "y/b.so"):
        module(tmp_path / path)
    assert found(program, libc, tmp_path / "x", tmp_path / "y") == [
        "a.so",
        "x/b.so",
        "out/musl.wasm",
    ]


def test_other_machines_libraries_are_passed_over(tmp_path, libc):
    (tmp_path / "x").mkdir()
    (tmp_path / "x/a.so").write_bytes(b"\x7fELF and more")
    program = module(tmp_path / "main", "a.so")
    module(tmp_path / "y/a.so")
    assert found(program, libc, tmp_path / "x", tmp_path / "y") == ["y/a.so", "out/musl.wasm"]


def test_what_is_nowhere_is_the_loaders_to_say(tmp_path, libc):
    assert found(module(tmp_path / "main", "nosuch.so"), libc) == ["out/musl.wasm"]


@pytest.mark.parametrize("content", [b"", b"\0asm", b"#!/bin/sh\nexit\n", b"\0asm\1\0\0\0\0\xff"])
def test_what_is_no_module_needs_nothing(tmp_path, content):
    path = tmp_path / "main"
    path.write_bytes(content)
    assert libraries.names(path) == ()
    assert libraries.names(tmp_path / "nosuch") == ()


def test_every_prefix_of_a_module(tmp_path):
    whole = module(tmp_path / "main", "a.so", "musl.wasm").read_bytes()
    for size in range(len(whole)):
        (tmp_path / "cut").write_bytes(whole[:size])
        assert libraries.names(tmp_path / "cut") == ()
    assert libraries.names(tmp_path / "main") == ("a.so", "musl.wasm")


def test_llvm_13s_section(tmp_path):
    body = b"\0\0\0\0\1\4a.so"
    (tmp_path / "old").write_bytes(wasm_writer.HEADER + wasm_writer.custom("dylink", body))
    assert libraries.names(tmp_path / "old") == ("a.so",)
