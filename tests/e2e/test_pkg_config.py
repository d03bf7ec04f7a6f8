"""musl-pkg-config, with a real pkg-config behind it: what it sees, and programs built with it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from kit import wasi_hosts

from muslfall import ROOT
from muslfall.wasm import module as wasm

#: The one of requirements.lock, and the machine's own, which may be freedesktop's.
LOCKED = str(Path(sys.executable).with_name("pkgconf"))
TOOLS = [LOCKED, *filter(None, [shutil.which("pkg-config", path="/usr/bin")])]

DEEP_PC = """
prefix=/usr
includedir=${prefix}/include/deep
Name: deep
Description: a library that was built for /usr and installed elsewhere
Version: 3.1
Requires.private: musl
Cflags: -I${includedir} -DDEEP=40
Libs: -L${prefix}/lib -ldeep
"""
DEEP = "#include <deep.h>\n#include <math.h>\nint deep(double x) { return DEEP + sqrt(x); }\n"
PROGRAM = '#include <deep.h>\n#include <stdio.h>\nint main(void) { printf("%d\\n", deep(4)); }\n'


# The environment of `shell` is that of when it is made: these two come before it.
@pytest.fixture(params=TOOLS, ids=lambda path: "locked" if path == LOCKED else "system")
def tool(request, monkeypatch):
    monkeypatch.setenv("PKG_CONFIG", request.param)


@pytest.fixture
def prefix(place, monkeypatch):
    """A library, installed by DESTDIR; pkg-config is told of it."""
    root = place / "prefix"
    for folder in ("include/deep", "lib/pkgconfig"):
        (root / folder).mkdir(parents=True)
    (root / "include/deep/deep.h").write_text("int deep(double);\n")
    (root / "lib/pkgconfig/deep.pc").write_text(DEEP_PC)
    (place / "deep.c").write_text(DEEP)
    (place / "main.c").write_text(PROGRAM)
    monkeypatch.setenv("MUSL_PKG_CONFIG_PATH", str(root / "lib/pkgconfig"))
    return root


def test_musl(tool, shell):
    release = (ROOT / "out/lkgr").resolve().name.split("_musl-")[1].split("_")[0]
    assert shell("musl-pkg-config --modversion musl").stdout.strip() == release
    assert shell("musl-pkg-config --cflags --libs musl").stdout.strip() == ""
    static = shell("musl-pkg-config --static --libs musl").stdout.split()
    assert static == ["-lc", "-lkernel", "-lcompiler_rt"]
    crt1 = shell("musl-pkg-config --variable=crt1 musl").stdout.strip()
    assert os.path.samefile(crt1, ROOT / "out/lkgr/sysroot/lib/crt1.o")


def test_the_host_s_libraries_are_not_seen(tool, shell, place):
    (place / "host.pc").write_text("Name: host\nDescription: theirs\nVersion: 1\nLibs: -lhost\n")
    shell("musl-pkg-config --exists host", 1, PKG_CONFIG_PATH=str(place))
    shell("musl-pkg-config --exists host", 1, PKG_CONFIG_LIBDIR=str(place))
    shell("musl-pkg-config --exists host", 0, MUSL_PKG_CONFIG_PATH=str(place))


def test_named_by_its_own_variable(shell):
    """As configure scripts call it: PKG_CONFIG=musl-pkg-config."""
    path = f"{Path(LOCKED).parent}:{ROOT}/out/lkgr/bin:{os.environ['PATH']}"
    own = f"{ROOT}/out/lkgr/bin/musl-pkg-config"
    for name in (own, "musl-pkg-config"):
        shell(f"{own} --exists musl", PKG_CONFIG=name, PATH=path)


def test_no_pkg_config(shell):
    said = shell("musl-pkg-config --exists musl", 127, PKG_CONFIG="/nosuch/pkg-config").stderr
    assert "error: there is no /nosuch/pkg-config; install pkg-config, or name one" in said


def test_a_library_where_its_file_is(tool, prefix, shell):
    words = shell("musl-pkg-config --cflags --libs deep").stdout.split()
    assert words == [f"-I{prefix}/include/deep", "-DDEEP=40", f"-L{prefix}/lib", "-ldeep"]


def test_shared_and_static(tool, prefix, shell, place):
    """One library as both; the program takes the shared one, with --static the archive."""
    flags = "$(musl-pkg-config --cflags --libs deep)"
    shell(
        f"musl-clang -c deep.c $(musl-pkg-config --cflags deep) && "
        f"musl-ar rcs {prefix}/lib/libdeep.a deep.o && "
        f"musl-clang -shared deep.o -o {prefix}/lib/libdeep.so"
    )
    shell(f"musl-clang main.c {flags} -o shared.wasm")
    module = wasm.parse((place / "shared.wasm").read_bytes())
    assert module.dylink.needed == ("libdeep.so", "musl.wasm")
    line = "musl-run ./shared.wasm"
    assert shell(line, LD_LIBRARY_PATH=str(prefix / "lib")).stdout == "42\n"
    shell("musl-clang --static main.c $(musl-pkg-config --static --cflags --libs deep) -o s.wasm")
    assert wasi_hosts.run("wasmtime", place / "s.wasm").stdout == b"42\n"


def test_the_sysroot_s_folder_does_not_make_libc_static(shell, place):
    """libc.a lies where -lc of a dynamic program would find it."""
    (place / "m.c").write_text('#include <stdio.h>\nint main(void) { puts("x"); }\n')
    shell("musl-clang m.c -Lout/lkgr/sysroot/lib -lc -lm -o m.wasm")
    imported = {item.name for item in wasm.parse((place / "m.wasm").read_bytes()).imports}
    assert "puts" in imported
