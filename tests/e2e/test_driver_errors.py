"""What musl-clang refuses, how it says so, and that nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest

HELLO = r"""
#include <stdio.h>
int main(void) { printf("hello %d\n", 42); return 0; }
"""
UNDEFINED = "int nosuch(int); extern int nodata;\nint main(void) { return nosuch(1) + nodata; }\n"


def error(shell, line, status=1, **options):
    return shell(line, status, **options).stderr


def test_undefined_symbols(shell, place, write):
    write(bad_c=UNDEFINED)
    expected = "musl-clang: error: bad.o: undefined symbol: {}\n"
    said = error(shell, "musl-clang bad.c -o bad.wasm")
    assert sorted(said.splitlines(True)) == [expected.format("nodata"), expected.format("nosuch")]
    assert not (place / "bad.wasm").exists()
    shell("musl-clang bad.c -Wl,--allow-undefined -o bad.wasm")
    shell("musl-clang -shared bad.c -o bad.so")
    assert "nosuch" in error(shell, "musl-clang -shared -Wl,-z,defs bad.c -o bad2.so")


def test_weak_undefined_symbol(shell, write, run):
    write(
        a_c="__attribute__((weak)) int maybe(void); extern __attribute__((weak)) int datum;\n"
        "int main(void) { return (maybe ? maybe() : 5) + (&datum ? datum : 6); }\n"
    )
    shell("musl-clang a.c -o a.wasm")
    run("a.wasm", status=11)


def test_wrong_signature(shell, write):
    write(a_c="long long puts(double);\nint main(void) { return puts(1); }\n")
    assert error(shell, "musl-clang -w a.c") == (
        "musl-clang: error: a.o: puts is called as (f64) -> (i64), "
        "but musl.wasm has it as (i32) -> (i32) (stdio.h: int puts(const char *))\n"
    )


def test_a_configure_script_s_question(shell, write):
    """As autoconf asks: a function that is there links, whatever its type."""
    for name, status in (("strlcpy", 0), ("nosuch", 1)):
        write(conftest_c=f"char {name}();\nint main(void) {{ return {name}(); }}\n")
        shell("musl-clang -w conftest.c -o conftest", status)


def test_no_main(shell, write):
    write(a_c="int f(void) { return 0; }\n")
    assert error(shell, "musl-clang a.c") == "musl-clang: error: undefined symbol: main\n"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("musl-clang", "no input files"),
        ("musl-clang -c", "no input files"),
        ("musl-clang nosuch.c", "nosuch.c: no such file"),
        ("musl-clang -c nosuch.c", "nosuch.c: no such file"),
        ("musl-clang nosuch.o", "nosuch.o: no such file"),
        ("musl-clang -o", "-o needs a value"),
        ("musl-clang main.cc", "main.cc: this compiler driver is for C"),
        ("musl-clang ok.c -lnosuch", "library not found: -lnosuch"),
        ("musl-clang -c ok.c ok.c -o x.o", "-o is for one file with -c, and there are 2"),
    ],
)
def test_errors(shell, write, line, said):
    write(ok_c="int main(void) { return 0; }\n")
    assert error(shell, line).splitlines()[0] == f"musl-clang: error: {said}"


def test_compiler_errors_are_its_own(shell, place, write):
    write(a_c="int x = ;\n")
    for line in ("musl-clang a.c", "musl-clang -c a.c"):
        assert "a.c:1:9: error: expected expression" in error(shell, line)
    assert "unknown argument" in error(shell, "musl-clang -c --nosuch a.c")
    assert not (place / "a.out").exists()


def test_nothing_is_left_behind(shell, place, write):
    scratch = place / "scratch"
    scratch.mkdir()
    write(good_c=HELLO, bad_c="int x = ;\n", undefined_c=UNDEFINED)
    shell("musl-clang good.c", TMPDIR=str(scratch))
    error(shell, "musl-clang good.c bad.c", TMPDIR=str(scratch))
    error(shell, "musl-clang undefined.c", TMPDIR=str(scratch))
    assert list(scratch.iterdir()) == []


def test_interrupted(place, lkgr):
    """SIGTERM in the middle of a compile: the status says so, and nothing is left behind."""
    scratch = place / "scratch"
    scratch.mkdir()
    os.mkfifo(place / "slow.c")
    environment = os.environ | {"TMPDIR": str(scratch)}
    driver = subprocess.Popen([lkgr / "bin/musl-clang", "slow.c"], cwd=place, env=environment)
    until = time.monotonic() + 20
    while not list(scratch.glob("musl-clang-*/0")) and time.monotonic() < until:
        time.sleep(0.01)
    driver.send_signal(signal.SIGTERM)
    assert driver.wait(20) == 128 + signal.SIGTERM
    assert list(scratch.iterdir()) == []
