"""What a program has of its own, a library and the libc use, too, as on Linux.

The outputs in tests/interpose are those of the same command lines with musl's own gcc on Linux.
"""

from __future__ import annotations

import shutil

import pytest

from muslfall import ROOT
from muslfall.wasm import module as wasm

CASES = ROOT / "tests" / "interpose"
HOSTS = ("d8", "wasmtime")
#: How second.c is linked -> the output.
LINKS = {
    "": "default",
    "-Wl,-Bsymbolic": "symbolic",
    "-Wl,-Bsymbolic-functions": "symbolic-functions",
    "-Wl,--dynamic-list=second.list": "dynamic-list",
    "-Wl,--version-script,second.map": "version-script",
}


@pytest.fixture
def sources(place):
    for path in CASES.iterdir():
        shutil.copy(path, place)


def outputs(shell, program: str = "main") -> list[str]:
    return [
        shell(f"musl-run ./{program}", MUSL_RUN_FLAGS=f"--host={host}").stdout for host in HOSTS
    ]


def expected(name: str) -> list[str]:
    return [(CASES / f"{name}.out").read_text(encoding="utf-8")] * len(HOSTS)


@pytest.mark.parametrize(
    ("flags", "name"),
    [("malloc.c", "malloc"), ("-DTWO malloc.c", "malloc-two"), ("data.c", "data")],
)
def test_the_libc_uses_what_is_the_programs(shell, sources, flags, name):
    shell(f"musl-clang -w -O1 {flags} -o main")
    assert outputs(shell) == expected(name)


def test_calls_of_malloc_are_the_programs_in_a_static_one_too(shell, sources):
    shell("musl-clang -w -O1 --static malloc.c -o main")
    lines = [text.splitlines()[:6] for text in outputs(shell)]
    assert lines == [text.splitlines()[:6] for text in expected("malloc")]


@pytest.mark.parametrize("how", LINKS)
@pytest.mark.parametrize("level", ["-O0", "-O2"])
def test_a_library_uses_what_is_the_programs(shell, sources, how, level):
    shell(f"musl-clang {level} -fPIC -shared first.c -o libfirst.so")
    shell(f"musl-clang {level} -fPIC -shared {how} second.c -o libsecond.so")
    shell(f"musl-clang {level} main.c -L. -lfirst -lsecond -o main")
    assert outputs(shell) == expected(LINKS[how])


def test_without_interposition_nothing_is_opened(shell, sources, place):
    """A library that nobody interposes has its own, and the program exports nothing for it."""
    (place / "m.c").write_text("int second_both(void);\nint main(void) { return second_both(); }\n")
    shell("musl-clang -O2 -shared second.c -o libsecond.so && musl-clang m.c -L. -lsecond -o main")
    exports = wasm.parse((place / "main").read_bytes()).exports
    assert set(exports) == {"__wasm_call_ctors", "main"}
    for host in HOSTS:
        shell("musl-run ./main", 2, MUSL_RUN_FLAGS=f"--host={host}")


def test_a_library_that_a_library_needs_uses_what_is_the_programs(shell, place):
    (place / "b.c").write_text(
        "int f(void) { return 1; }\nint d = 2;\nint b(void) { return f() + d; }\n"
    )
    (place / "a.c").write_text("int b(void);\nint a(void) { return b(); }\n")
    (place / "m.c").write_text(
        "int a(void);\nint f(void) { return 10; }\nint d = 20;\nint main(void) { return a(); }\n"
    )
    shell("musl-clang -fPIC -shared b.c -o libb.so && musl-clang -shared a.c -L. -lb -o liba.so")
    shell("musl-clang m.c -L. -la -o main")
    for host in HOSTS:
        shell("musl-run ./main", 30, MUSL_RUN_FLAGS=f"--host={host}")


def test_a_library_may_be_compiled_without_interposition(shell, sources, place):
    (place / "l.c").write_text("int f(void) { return 1; }\nint g(void) { return f(); }\n")
    (place / "m.c").write_text(
        "int g(void);\nint f(void) { return 5; }\nint main(void) { return g(); }\n"
    )
    for flag, status in (("", 5), ("-fno-semantic-interposition", 1)):
        shell(f"musl-clang -Werror -O2 -fPIC -c {flag} l.c && musl-clang -shared l.o -o libl.so")
        shell("musl-clang m.c -L. -ll -o main && musl-run ./main", status)


def test_a_function_of_another_type_is_an_error(shell, sources, place):
    (place / "l.c").write_text("int f(int x) { return x; }\nint g(void) { return f(1); }\n")
    (place / "m.c").write_text("int g(void);\nvoid f(void) {}\nint main(void) { return g(); }\n")
    shell("musl-clang -shared l.c -o libl.so && musl-clang m.c -L. -ll -o main")
    for host, name in (("d8", "wasm.js"), ("wasmtime", "loader")):
        done = shell("musl-run ./main", 127, MUSL_RUN_FLAGS=f"--host={host}")
        said = "defines f as (i32) -> (i32), but main exports it as () -> ()"
        assert done.stderr == f"{name}: libl.so: {said}\n"


def test_a_version_script_must_be_one(shell, sources, place):
    (place / "second.map").write_text("nothing\n")
    done = shell("musl-clang -shared -Wl,--version-script=second.map second.c -o l.so", 1)
    assert "second.map: is no version script" in done.stderr
