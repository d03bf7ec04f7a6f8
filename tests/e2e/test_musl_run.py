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
        m_c="#include <stdio.h>\nint main(void) { return puts(\"A\"); }\n",
    )
    shell("musl-clang -shared my.c -o libmy.so && musl-clang m.c -L. -lmy -o m")
    assert shell("musl-run ./m", 65).stdout == ""


def test_musl_run_sees_the_working_directory_under_its_own_name(shell, place, write):
    write(m_c="#include <stdio.h>\n#include <unistd.h>\n"
              "int main(void) { char s[999]; puts(getcwd(s, sizeof s)); return 0; }\n")  # fmt: skip
    assert shell("musl-clang m.c && musl-run ./a.out").stdout == f"{place.resolve()}\n"


def test_musl_wrap(shell, place, write):
    write(m_c="#include <stdio.h>\nint main(int c, char **v) { puts(v[1]); return c; }\n")
    shell("musl-clang m.c -o m && musl-wrap m")
    assert shell("./m 'a b' '' --x", 4).stdout == "a b\n"
    assert shell("cd / && $OLDPWD/m x", 2, OLDPWD=str(place)).stdout == "x\n"
    assert "m: is no wasm module" in shell("musl-wrap m", 1).stderr
