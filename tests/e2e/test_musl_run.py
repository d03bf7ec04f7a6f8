"""musl-run and musl-wrap: what build systems run their tests with."""

from __future__ import annotations

import pytest

from muslfall import ROOT


@pytest.fixture
def write(place):
    def put(**files: str) -> None:
        for name, text in files.items():
            (place / name.replace("_", ".")).write_text(text)

    return put


def test_musl_run(shell, write):
    write(m_c="#include <stdio.h>\nint main(int c, char **v) { puts(v[1]); return c; }\n")
    shell("musl-clang m.c")
    assert shell("musl-run ./a.out --version x", 3).stdout == "--version\n"
    assert shell("musl-run", 2).stderr.startswith("usage: musl-run ")


def test_musl_run_finds_libraries_and_has_options(shell, place, write):
    write(f_c="int f(void) { return 5; }\n", m_c="int f(void);\nint main(void) { return f(); }\n")
    (place / "lib").mkdir()
    shell("musl-clang -shared f.c -o lib/libf.so && musl-clang m.c -Llib -lf -o m")
    assert "needs libf.so" in shell("musl-run ./m", 127).stderr
    for host in ("d8", "wasmtime"):
        flags = {"LD_LIBRARY_PATH": "nosuch:lib", "MUSL_RUN_FLAGS": f"--host={host} --strict"}
        shell("musl-run ./m", 5, **flags)
    shell(f"{ROOT}/muslfall run m -L lib", 5)


def test_musl_run_interposes_as_elf_does(shell, write):
    """The libraries that a program names come before the libc, as the link had them."""
    write(
        my_c="int puts(const char *s) { return s[0]; }\n",
        m_c='#include <stdio.h>\nint main(void) { return puts("A"); }\n',
    )
    shell("musl-clang -shared my.c -o libmy.so && musl-clang m.c -L. -lmy -o m")
    assert shell("musl-run ./m", 65).stdout == ""


def test_musl_run_sees_the_working_directory_under_its_own_name(shell, place, write):
    write(
        m_c="#include <stdio.h>\n#include <unistd.h>\n"
        "int main(void) { char s[999]; puts(getcwd(s, sizeof s)); return 0; }\n"
    )
    assert shell("musl-clang m.c && musl-run ./a.out").stdout == f"{place.resolve()}\n"


def test_musl_wrap(shell, place, write):
    write(m_c="#include <stdio.h>\nint main(int c, char **v) { puts(v[1]); return c; }\n")
    shell("musl-clang m.c -o m && musl-wrap m")
    assert shell("./m 'a b' '' --x", 4).stdout == "a b\n"
    assert shell("cd / && $OLDPWD/m x", 2, OLDPWD=str(place)).stdout == "x\n"
    assert "m: is no wasm module" in shell("musl-wrap m", 1).stderr


def test_musl_run_looks_in_the_first_folder_first(shell, place, write):
    write(m_c="int f(void);\nint main(void) { return f(); }\n")
    for name, number in (("one", 1), ("two", 2)):
        (place / name).mkdir()
        write(f_c=f"int f(void) {{ return {number}; }}\n")
        shell(f"musl-clang -shared f.c -o {name}/libf.so")
    shell("musl-clang m.c one/libf.so -o m")
    shell("musl-run ./m", 2, LD_LIBRARY_PATH="two:one")
    shell("musl-run ./m", 1, LD_LIBRARY_PATH="nosuch::one:two")


def test_musl_run_keeps_wasms_libraries_from_python(shell, place, write):
    """A libz.so.1 of wasm's in LD_LIBRARY_PATH, as zlib's own tests set it, breaks a Python."""
    write(f_c="int f(void) { return 5; }\n", m_c="int f(void);\nint main(void) { return f(); }\n")
    for name in ("lib", "native lib"):
        (place / name).mkdir()
    shell("musl-clang -shared f.c -o lib/libz.so.1 && musl-clang m.c lib/libz.so.1 -o m")
    trace = "sh -x $(command -v musl-run) ./m"
    assert "+ unset LD_LIBRARY_PATH" in shell(trace, 5, LD_LIBRARY_PATH="lib").stderr
    traced = shell(trace, 5, LD_LIBRARY_PATH="native lib:lib").stderr
    assert "LD_LIBRARY_PATH=native lib\n" in traced.replace("'", "")
