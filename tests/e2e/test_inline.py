"""The inline functions of the sysroot's headers (arch/wasm32/include): as the libc's, no calls."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from muslfall import ROOT

PORT = ROOT / "arch/wasm32/include"
HEADERS = sorted(path.name for path in PORT.glob("*.h"))
PROGRAMS = [*sorted((ROOT / "tests/inline").glob("*.c")), ROOT / "tests/twins/string.c"]
MODES = ("c89", "gnu89", "c99", "c11", "gnu17", "c2x", "c++98", "c++11", "c++17", "c++20")
#: With atomics the lock of a stream is looked at.
FLAGS = {
    "O1": ["-O1"],
    "O2": ["-O2"],
    "no-builtin": ["-O2", "-fno-builtin"],
    "atomics": ["-O2", "-matomics"],
}
#: A call of each, and what it is a call of.
CALLS = """#define _GNU_SOURCE
#include <ctype.h>
#include <math.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
int character(int c) { return toupper(c) + tolower(c) + isalnum(c) + ispunct(c); }
double number(double x, double y) { return fmax(x, y) + fmin(x, y) + lrint(x) + llrint(y); }
size_t text(const char *s, const char *t, size_t n)
{
	return strlen(s) + strcmp(s, t) + strncmp(s, t, n) + memcmp(s, t, n)
		+ (strchr(s, 'x') == memchr(t, 'x', n)) + (memrchr(s, 'x', n) == s);
}
static int order(const void *p, const void *q) { return *(const int *)p - *(const int *)q; }
int among(int key, const int *numbers, size_t n)
{
	return bsearch(&key, numbers, n, sizeof key, order)
		== lfind(&key, numbers, &n, sizeof key, order);
}
"""
NAMES = {"toupper", "tolower", "isalnum", "ispunct", "fmax", "fmin", "lrint", "llrint", "strlen",
         "strcmp", "strncmp", "memcmp", "strchr", "memchr", "memrchr", "bsearch",
         "lfind"}  # fmt: skip


def compiler(lkgr: Path, language: str) -> list[str]:
    """clang's argv as musl-clang has it for C, for either language; musl-clang is for C alone."""
    command = [lkgr / "bin/musl-clang", "-###", "-E", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    argv = shlex.split(said.stderr)
    argv.remove("-E")
    return [*argv[: argv.index("-x")], "-x", language]


@pytest.fixture(scope="session")
def programs(lkgr: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    """The programs of one file, by name and key of FLAGS."""
    folder = tmp_path_factory.mktemp("inline")

    def compile_one(job: tuple[Path, str]) -> tuple[tuple[str, str], Path]:
        source, how = job
        wasm = folder / f"{source.stem}.{how}.wasm"
        command = [lkgr / "bin/musl-clang", "-w", *FLAGS[how], source, "-o", wasm]
        subprocess.run(command, check=True)
        return (source.stem, how), wasm

    jobs = [(source, how) for source in PROGRAMS if source.stem != "pointers" for how in FLAGS]
    with ThreadPoolExecutor(2) as pool:
        return dict(pool.map(compile_one, jobs))


@pytest.mark.parametrize("host", ["d8", "wasmtime"])
@pytest.mark.parametrize("how", FLAGS)
@pytest.mark.parametrize("name", ["ctype", "math", "own", "search", "stdio", "string"])
def test_as_the_libc(name, how, host, programs):
    command = [ROOT / "muslfall", "run", programs[name, how], "--host", host]
    done = subprocess.run(command, input="abcdef", capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.returncode) == ("as it should be\n", 0), done.stderr


def test_a_pointer_to_a_function_is_the_same_in_every_module(shell, run, place):
    source = ROOT / "tests/inline/pointers.c"
    shell(f"musl-clang -O2 -shared {source} -o libtheirs.so")
    shell(f"musl-clang -O2 -DMAIN {source} -L. -ltheirs -o main.wasm")
    assert "as it should be\n" in run("main.wasm", "libtheirs.so")


@pytest.mark.parametrize("flags, calls", [
    ("-O2", set()), ("-O1", set()), ("-O2 -fno-builtin", set()), ("-O0", NAMES), ("-Os", NAMES),
    ("-O2 -ffreestanding", NAMES), ("-O2 -D__NO_LIBC_INLINES", NAMES),
])  # fmt: skip
def test_which_are_calls(flags, calls, shell, write):
    write(a_c=CALLS)
    found = re.findall(r"\bcall\t(\w+)", shell(f"musl-clang {flags} -S a.c -o -").stdout)
    assert set(found) & NAMES == calls
    copies = {name for name in found if name.startswith("__copy_")}
    assert len(copies) == (0 if calls else 7)


def test_what_the_compiler_computes_is_left_to_it(shell, write):
    write(
        a_c="""#include <string.h>
size_t length(void) { return strlen("four"); }
int same(const char *s) { return !strcmp(s, "ab") && !strncmp(s, "abc", 3); }
int order(void) { return strcmp("a", "b") < 0 && strncmp("aa", "ab", 1) == 0; }
int among(int c) { return c && strchr("abc", c); }
int word(const void *p, const void *q) { return memcmp(p, q, 4) == 0; }
"""
    )
    assert "call\t" not in shell("musl-clang -O2 -S a.c -o -").stdout


@pytest.mark.parametrize("header", HEADERS)
def test_a_name_that_is_a_macro_is_the_programs(header, shell, write):
    """What it is before is declared then, as musl declares it, and not defined."""
    names = re.findall(r"\b__LIBC_INLINE .*?(\w+)\(", (PORT / header).read_text())
    assert names
    lines = [f"#define {name} program_{name}\n" for name in names]
    write(a_c=f"{''.join(lines)}#include <{header}>\n", b_c=f"#include <{header}>\n")
    flags = "-w -O2 -D_GNU_SOURCE -E -P"
    assert "__gnu_inline__" in shell(f"musl-clang {flags} b.c").stdout
    assert "__gnu_inline__" not in shell(f"musl-clang {flags} a.c").stdout


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("header", HEADERS)
def test_alone_and_without_a_warning(header, mode, lkgr, tmp_path):
    source = tmp_path / "a"
    source.write_text(f"#include <{header}>\n#include <{header}>\nint nothing;\n")
    argv = compiler(lkgr, "c++" if "++" in mode else "c")
    strict = ["-Wall", "-Wextra", "-pedantic", "-Wsystem-headers", f"-std={mode}", "-fsyntax-only"]
    for flags in (["-O0"], ["-O2"], ["-Os"], ["-O2", "-D_GNU_SOURCE"]):
        done = subprocess.run([*argv, source, *strict, *flags], capture_output=True, text=True)
        # musl's own have some, of long long in C89.
        ours = rf"/include/({header}|bits/inline.h|bits/file.h):\d+:\d+: "
        assert done.returncode == 0 and not re.search(ours, done.stderr), done.stderr


def test_a_program_in_cplusplus(lkgr, shell, run, place):
    (place / "a.cc").write_text("""#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
extern "C" int main(int, char **argv)
{
	const char *volatile text = "text";
	if (strlen(text) == 4 && !strcmp(text, "text") && toupper(*text) == 'T' && isalpha(*text)
		&& fmax(*text, 200.0) == 200 && putc('+', stdout) == '+') puts("+");
}
""")
    argv = shlex.join([*compiler(lkgr, "c++"), "a.cc", "-O2"])
    said = shell(f"{argv} -S -o -").stdout
    assert set(re.findall(r"\bcall\t(\w+)", said)) == {
        "__copy_strlen",
        "__copy_strcmp",
        "putc",
        "puts",
    }
    shell(f"{argv} -c -o a.o && musl-clang a.o -o a.wasm")
    assert "++\n" in run("a.wasm")


def test_the_build_ends_where_a_stream_has_another_layout(lkgr, tmp_path):
    """By the build's own command: as it is, and with two members swapped."""
    commands = json.loads((lkgr / "compile_commands.json").read_text())
    command = next(c for c in commands if c["file"].endswith("/layout.c"))
    argv = shlex.split(command["command"])
    argv[argv.index("-MD") : argv.index("-c")] = []
    argv[-1] = str(tmp_path / "layout.o")
    folder = ROOT / command.get("directory", ".")
    assert subprocess.run(argv, cwd=folder).returncode == 0
    other = (ROOT / "arch/wasm32/bits/file.h").read_text()
    other = re.sub(r"(\tvolatile int __lock;\n)(\tint __lbf;\n)", r"\2\1", other)
    (tmp_path / "bits").mkdir()
    (tmp_path / "bits/file.h").write_text(other)
    source = tmp_path / "layout.c"
    source.write_text((PORT / "layout.c").read_text())
    argv[argv.index("-c") + 1] = str(source)
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True)
    assert done.returncode and re.findall(r"static.assert\w* failed\D*: (\w+)", done.stderr) == [
        "lock",
        "lbf",
    ], done.stderr
