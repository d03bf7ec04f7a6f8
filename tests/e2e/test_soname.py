"""Shared libraries of several names: what a program records is the soname, as in ELF."""

from __future__ import annotations

import pytest

from muslfall.wasm import module as wasm

MAIN = "int f(void);\nint main(void) { return f(); }\n"


@pytest.fixture
def library(place, shell):
    """libf.so.1.2 as libtool makes it: linked by its full name, two links to it."""
    (place / "f.c").write_text("int f(void) { return 5; }\n")
    (place / "m.c").write_text(MAIN)

    def make(soname: str = "-Wl,-soname -Wl,libf.so.1", links: str = "libf.so libf.so.1") -> None:
        shell(f"musl-clang -shared f.c {soname} -o libf.so.1.2")
        shell(f"for link in {links}; do ln -sf libf.so.1.2 $link; done")

    return make


def needed(path) -> tuple[str, ...]:
    return wasm.parse(path.read_bytes(), str(path)).dylink.needed


@pytest.mark.parametrize("word", ["-L. -lf", "libf.so", "./libf.so.1.2", "libf.so.1"])
def test_needed_is_the_soname(place, shell, library, word):
    library()
    shell(f"musl-clang m.c {word} -o m")
    assert needed(place / "m") == ("libf.so.1", "musl.wasm")
    shell("musl-run ./m", 5)


def test_without_a_soname_it_is_the_files_own_name(place, shell, library):
    library(soname="")
    shell("musl-clang m.c -L. -lf -o m")
    assert needed(place / "m") == ("libf.so.1.2", "musl.wasm")
    shell("musl-run ./m", 5)


def test_a_soname_that_no_file_has_is_none(place, shell, library):
    library(links="libf.so")
    shell("musl-clang m.c -L. -lf -o m")
    assert needed(place / "m") == ("libf.so", "musl.wasm")
    shell("musl-run ./m", 5)


def test_one_library_by_two_names_is_loaded_once(place, shell, library):
    """A library and the program name the same one differently, and share its data."""
    (place / "f.c").write_text("static int n;\nint f(void) { return ++n; }\n")
    (place / "g.c").write_text("int f(void);\nint g(void) { return f(); }\n")
    (place / "m.c").write_text("int f(void), g(void);\nint main(void) { g(); return f(); }\n")
    library()
    shell("musl-clang -shared g.c libf.so.1.2 -o libg.so && musl-clang m.c -L. -lg -lf -o m")
    for host in ("d8", "wasmtime"):
        shell("musl-run ./m", 2, MUSL_RUN_FLAGS=f"--host={host}")


def test_a_stripped_library_has_its_files_name(place, shell, library):
    library(soname="-s -Wl,-soname,libf.so.1")
    shell("musl-clang m.c -L. -lf -o m")
    shell("musl-run ./m", 5)
