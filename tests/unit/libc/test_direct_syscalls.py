"""The libc's system calls made direct: objects of this build's clang, rewritten and linked."""

from __future__ import annotations

import subprocess

import pytest

from muslfall import ROOT
from muslfall.fetch import fetcher
from muslfall.libc import direct_syscalls
from muslfall.libc.syscall_sites import Site
from muslfall.pins import lkgr
from muslfall.wasm import module as wasm
from muslfall.wasm import relocation

SOURCE = """
	.functype __syscall3 (i32, i32, i32, i32) -> (i32)
	.functype __syscall_cp (i32, i32, i32, i32, i32, i32, i32) -> (i32)
	.functype other (i32, i32, i32) -> (i32)
	.globl	f
	.type	f,@function
f:
	.functype	f (i32) -> (i32)
	i32.const	66
	local.get	0
	i32.const	datum
	i32.const	3
	call	__syscall3
	local.get	0
	local.get	0
	call	other
	local.get	0
	local.get	0
	local.get	0
	call	__syscall3
	local.get	0
	local.get	0
	call	other
	local.set	0
	i32.const	64
	local.get	0
	local.get	0
	local.get	0
	local.get	0
	local.get	0
	local.get	0
	call	__syscall_cp
	end_function
	.section	.data.datum,"",@
	.globl	datum
datum:
	.int32	f
	.size	datum, 4
"""


@pytest.fixture(scope="module")
def zig():
    release = lkgr.load_lkgr(ROOT).releases["llvm"]
    pinned = ROOT / "out/pinned" / release.name
    tree = pinned if pinned.exists() else fetcher.ensure([release])["llvm"]
    return [str(tree / release.tools["clang"][0])]


@pytest.fixture
def an_object(zig, tmp_path) -> bytes:
    command = [*zig, "clang", "--target=wasm32-unknown-unknown", "-c", "-x", "assembler", "-"]
    subprocess.run([*command, "-o", tmp_path / "a.o"], input=SOURCE.encode(), check=True)
    return (tmp_path / "a.o").read_bytes()


FOUND = [Site("__syscall3", 66), Site("__syscall3", None), Site("__syscall_cp", 64)]


def test_calls_get_another_callee_and_nothing_else_changes(an_object):
    data, found = direct_syscalls.direct(an_object, SOURCE)
    assert found == FOUND
    before, after = wasm.parse(an_object), wasm.parse(data)
    assert [symbol.name for symbol in after.symbols] == [
        *(symbol.name for symbol in before.symbols),
        "__syscall3.66",
        "__syscall_cp.64",
    ]
    assert relocation.calls(after, lambda name: True) == [
        "__syscall3.66",
        "other",
        "__syscall3",
        "other",
        "__syscall_cp.64",
    ]
    kept = ("reloc.CODE", "linking")
    assert [(s.id, s.name) for s in before.sections] == [(s.id, s.name) for s in after.sections]
    for old, new in zip(before.sections, after.sections, strict=True):
        if old.name not in kept:
            assert (
                before.data[old.offset : old.offset + old.size]
                == after.data[new.offset : new.offset + new.size]
            )


def test_without_a_kernel_they_are_the_same_imports(an_object, zig, tmp_path):
    """What is not defined is imported, by the import's name: once for all of one function."""
    (tmp_path / "b.o").write_bytes(direct_syscalls.direct(an_object, SOURCE)[0])
    line = [*zig, "wasm-ld", "--no-entry", "--allow-undefined", "--export=f", tmp_path / "b.o"]
    subprocess.run([*line, "-o", tmp_path / "b.wasm"], check=True)
    linked = wasm.parse((tmp_path / "b.wasm").read_bytes())
    assert sorted((item.module, item.name) for item in linked.imports) == [
        ("env", "__syscall3"),
        ("env", "__syscall_cp"),
        ("env", "other"),
    ]


def test_an_assembly_that_is_another_s(an_object):
    other = SOURCE.replace("\tcall\tother\n", "\tcall\t__syscall_cp\n")
    data, found = direct_syscalls.direct(an_object, other)
    assert data == an_object and {site.number for site in found} == {None}


def test_calls_that_are_never_made(an_object):
    data, found = direct_syscalls.direct(an_object, SOURCE, "x/src/env/__libc_start_main.o")
    assert [site.number for site in found] == ["never", "never", 64]
    assert "__syscall3.never" in {symbol.name for symbol in wasm.parse(data).symbols}


def test_definitions():
    text = direct_syscalls.definitions([*FOUND, *FOUND, Site("__syscall3", "never")])
    assert text.splitlines()[1:] == ["DIRECT(3, 66)", "DIRECT(3, never)", "DIRECT(_cp, 64)"]


def test_command(an_object, tmp_path):
    objects = tmp_path / "obj"
    (objects / "src").mkdir(parents=True)
    for name, text in (("calls", SOURCE), ("quiet", "nothing")):
        (objects / "src" / f"{name}.o").write_bytes(an_object)
        (objects / "src" / f"{name}.s").write_text(text)
    (tmp_path / "list").write_text("".join(f"{objects}/src/{n}.o\n" for n in ("calls", "quiet")))
    stale = objects / "static" / "old.o"
    stale.parent.mkdir()
    stale.touch()
    words = [tmp_path / "list", tmp_path / "out", tmp_path / "direct.h", objects / "static"]
    assert direct_syscalls.main(list(map(str, words))) == 0
    assert (tmp_path / "out").read_text().split() == [
        f"{objects}/static/src/calls.o",
        f"{objects}/src/quiet.o",
    ]
    assert not stale.exists()
    assert "DIRECT(3, 66)" in (tmp_path / "direct.h").read_text()
