"""Adoption: which tools an archive's tree has, and what they say of themselves."""

from dataclasses import replace

import pytest
from kit.mirrored_builds import CLANG, RECORD, TOOLS, WASM_LD

from muslfall.base.errors import MuslfallError
from muslfall.mirror import adoption

BARE = replace(RECORD, llvm="", revision="", tools={}, include="")


@pytest.fixture
def tree(tmp_path):
    """A tree with tools that run."""
    put(tmp_path, "bin/clang", CLANG)
    put(tmp_path, "bin/wasm-ld", WASM_LD)
    put(tmp_path, "bin/llvm-ar", "#!/bin/sh\n")
    return tmp_path


def put(tree, path, text=""):
    (tree / path).parent.mkdir(parents=True, exist_ok=True)
    (tree / path).write_text(text)
    (tree / path).chmod(0o755)


def test_the_tools_are_found_and_asked(tree):
    put(tree, "lib/clang/18/include/stddef.h")
    record = adoption.inspect(BARE, tree)
    assert record.tools == TOOLS
    assert (record.llvm, record.revision) == ("18.1.2", "0123456789abcdef")
    assert (record.include, record.builtins) == ("lib/clang/18/include", "")


@pytest.mark.parametrize("place", ["ziglang/zig", "llvm/ziglang/zig"])
def test_a_zig_is_all_tools(tmp_path, place):
    put(tmp_path, place, CLANG.replace('"$1"', '"$2"'))
    put(tmp_path, "bin/clang", "#!/bin/sh\nexit 1\n")
    record = adoption.inspect(BARE, tmp_path)
    assert record.tools == {name: (place, name) for name in ("clang", "wasm-ld", "ar")}
    assert record.llvm == "18.1.2"


def test_an_archives_compiler_rt_is_taken_when_it_links(tree):
    path = "lib/clang/18/lib/wasi/libclang_rt.builtins-wasm32.a"
    put(tree, path)
    assert adoption.inspect(BARE, tree).builtins == path
    put(tree, "sysroot/lib/libcompiler_rt.a")
    assert adoption.inspect(BARE, tree).builtins == "sysroot/lib/libcompiler_rt.a"
    put(tree, "bin/wasm-ld", "#!/bin/sh\necho recompile with -fPIC >&2\nexit 1\n")
    assert adoption.inspect(BARE, tree).builtins == ""


@pytest.mark.parametrize(
    ("said", "version", "revision"),
    [
        ("Debian clang version 14.0.6", "14.0.6", ""),
        ("clang version 20.0.0git (https://x.example 0123)", "20.0.0", "0123"),
        ("emcc\nclang version 5.0.0 (trunk 297000)", "5.0.0", "297000"),
    ],
)
def test_what_clangs_say(tree, said, version, revision):
    put(tree, "bin/clang", f"#!/bin/sh\nprintf '%s\\n' '{said}'\n")
    record = adoption.inspect(BARE, tree)
    assert (record.llvm, record.revision) == (version, revision)


def test_no_toolchain_in_it(tree):
    (tree / "bin/wasm-ld").unlink()
    with pytest.raises(
        MuslfallError, match="wasm-binaries.tbz2: has no toolchain in it: no bin/wa"
    ):
        adoption.inspect(BARE, tree)


@pytest.mark.parametrize(
    ("clang", "said"),
    [
        ("#!/bin/sh\necho libfoo.so: cannot open >&2\nexit 127\n", "libfoo.so: cannot open"),
        ("#!/bin/sh\n", "nothing"),
        ("\x7fELF of another machine", "Exec format error"),
    ],
)
def test_a_clang_that_does_not_run_here(tree, clang, said):
    put(tree, "bin/clang", clang)
    with pytest.raises(MuslfallError, match=f"does not say its version, but: .*{said}"):
        adoption.inspect(BARE, tree)
