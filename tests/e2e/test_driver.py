"""musl-clang, as a C programmer and a build system use it; what it links runs in both hosts."""

from __future__ import annotations

import os
import subprocess

import pytest

from muslfall import ROOT
from muslfall.pins import lkgr as pins_lkgr
from muslfall.wasm import module as wasm

HELLO = r"""
#include <stdio.h>
int main(void) { printf("hello %d\n", 42); return 0; }
"""

SETJMP = r"""
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
static jmp_buf outer;
/* Every frame has set its own; depth 0 jumps to the one of depth 2. */
static int tried(int depth, jmp_buf *target)
{
	jmp_buf inner;
	int value = setjmp(inner);
	if (value) return value + depth;
	if (!depth) longjmp(*target, 10);
	return tried(depth - 1, depth == 2 ? &inner : target) + 100;
}
static int compare(const void *a, const void *b)
{
	(void)a, (void)b;
	longjmp(outer, 0);
}
int main(void)
{
	volatile int count = 0;
	int value = setjmp(outer), v[] = {2, 1};
	printf("%d %d\n", value, count);
	if (count++ == 0) qsort(v, 2, sizeof *v, compare);
	printf("%d\n", tried(3, NULL));
	return 0;
}
"""


LIBRARY = r"""
#include <stdio.h>
int hook(int);
int counter = 5;
int (*pointer)(int) = hook;
int twice(int x)
{
	counter++;
	printf("twice %d\n", x);
	return 2 * pointer(x);
}
"""

LIBRARY_USER = r"""
#include <stdio.h>
extern int counter, (*pointer)(int);
int twice(int);
int hook(int x) { return x + 1; }
int main(void)
{
	int result = twice(20);
	printf("%d %d %d\n", result, counter, pointer == hook);
	return 0;
}
"""


def module(path) -> wasm.Module:
    return wasm.parse(path.read_bytes(), str(path))


# --- one source to a program


def test_hello(shell, place, write, run):
    write(hello_c=HELLO)
    done = shell("musl-clang hello.c -o hello.wasm")
    assert (done.stdout, done.stderr) == ("", "")
    assert run("hello.wasm") == "hello 42\n"
    assert sorted(path.name for path in place.iterdir()) == ["arch", "hello.c", "hello.wasm", "out"]


def test_default_output(shell, place, write, run):
    write(hello_c=HELLO)
    shell("musl-clang hello.c")
    assert run("a.out") == "hello 42\n"


def test_needed(shell, place, write):
    write(hello_c=HELLO)
    shell("musl-clang hello.c -o hello.wasm")
    assert module(place / "hello.wasm").dylink.needed == ("musl.wasm",)


@pytest.mark.parametrize(
    ("main", "status"),
    [
        ("int main(void) { return 3; }", 3),
        ("int main() { return 4; }", 4),
        ("int main(int argc, char **argv) { return argc + !argv[argc]; }", 2),
        ("int main(int argc, char **argv, char **envp) { return envp ? argc : 9; }", 1),
        ("void main(void) { }", 0),
    ],
)
def test_forms_of_main(shell, write, run, main, status):
    write(m_c=main)
    shell("musl-clang -w m.c -o m.wasm")
    run("m.wasm", status=status)


@pytest.mark.parametrize("level", ["-O0", "-O1", "-O2", "-O3", "-Os", "-Oz", "-g -O2"])
def test_setjmp(shell, write, run, level):
    write(jump_c=SETJMP)
    shell(f"musl-clang {level} jump.c -o jump.wasm")
    assert run("jump.wasm") == "0 0\n1 1\n112\n"


def test_clangs_own_headers(shell, write, run):
    write(
        a_c="#include <stdatomic.h>\n#include <stdarg.h>\n#include <tgmath.h>\n"
        "static _Atomic int n;\n"
        "int main(void) { return atomic_fetch_add(&n, 2) + n + sqrt(4.f); }\n"
    )
    shell("musl-clang a.c -o a.wasm")
    run("a.wasm", status=4)


def test_debug_information_is_kept_and_stripped(shell, place, write):
    write(hello_c=HELLO)
    sizes = {}
    for flags in ("-g", "", "-s"):
        shell(f"musl-clang {flags} hello.c -o hello.wasm")
        made = module(place / "hello.wasm")
        sizes[flags] = {section.name for section in made.sections if section.name}
    assert ".debug_info" in sizes["-g"]
    assert "name" in sizes[""] and not any(name.startswith(".debug") for name in sizes[""])
    assert "name" not in sizes["-s"]


# --- several files


def test_sources_objects_archives_assembly(shell, write, run):
    write(
        main_c="int a(void), b(void), c(void);\nint main(void) { return a() + b() + c(); }\n",
        a_c="static int one(void) { return 1; }\n"
        'int also(void) __attribute__((alias("mine")));\nint mine(void) { return one(); }\n'
        "int a(void) { return also(); }\n",
        b_c="int b(void) { return 20; }\n",
        c_c="int c(void) { return 100; }\n",
    )
    shell("musl-clang -S -O0 a.c && musl-clang -c b.c c.c")
    release = pins_lkgr.load_lkgr(ROOT).releases["llvm"]
    shell(f"out/pinned/{release.name}/{' '.join(release.tools['ar'])} rcs libc2.a c.o")
    shell("musl-clang main.c a.s b.o -L. -lc2 -lm -lpthread -o all.wasm")
    run("all.wasm", status=121)
    shell("musl-clang -c a.s -o a2.o && musl-clang main.c a2.o b.o libc2.a -o all2.wasm")
    run("all2.wasm", status=121)


def test_two_sources_of_one_name(shell, place, write, run):
    (place / "x").mkdir()
    write(same_c="int f(void);\nint main(void) { return f(); }\n")
    (place / "x" / "same.c").write_text("int f(void) { return 6; }\n")
    shell("musl-clang same.c x/same.c -o same.wasm")
    run("same.wasm", status=6)


def test_relocatable(shell, write, run):
    write(a_c="int f(void);\nint main(void) { return f(); }\n", b_c="int f(void) { return 7; }\n")
    shell("musl-clang -r a.c b.c -o ab.o && musl-clang ab.o -o ab.wasm")
    run("ab.wasm", status=7)


def test_shared_library(shell, place, write, run):
    """Functions, data, a function pointer, and a call back into the program."""
    write(lib_c=LIBRARY, main_c=LIBRARY_USER)
    shell("musl-clang -shared -O2 lib.c -o libtwo.so")
    shell("musl-clang -O2 main.c -L. -ltwo -o main.wasm")
    assert module(place / "main.wasm").dylink.needed == ("libtwo.so", "musl.wasm")
    expected = "twice 20\n42 6 1\n"
    assert run("main.wasm") == expected  # found beside it
    assert run("main.wasm", "libtwo.so") == expected


def test_shared_library_before_archive(shell, write, run):
    write(
        a_c="int f(void) { return 1; }\n",
        b_c="int f(void) { return 2; }\n",
        m_c="int f(void);\nint main(void) { return f(); }\n",
    )
    shell("musl-clang -shared a.c -o libf.so && musl-clang -c b.c")
    shell("musl-clang m.c b.o -L. -lf -o m.wasm")
    run("m.wasm", status=2)
    shell("musl-clang m.c -L. -lf -o m.wasm")
    run("m.wasm", status=1)


# --- what clang does


def test_compile_only_modes(shell, place, write):
    write(a_c="#include <stdio.h>\n#ifdef X\nint x = sizeof(FILE *);\n#endif\n")
    assert "int x = sizeof" in shell("musl-clang -DX -E a.c").stdout
    assert "int x" not in shell("musl-clang -E a.c").stdout
    shell("musl-clang -DX -S a.c")
    assert "x:" in (place / "a.s").read_text()
    shell("musl-clang -DX -c a.c -o deep.o")
    assert "x" in {symbol.name for symbol in module(place / "deep.o").symbols}
    shell("musl-clang -fsyntax-only a.c")


def test_standard_input(shell, place, run):
    shell("musl-clang -x c - -o in.wasm", stdin="int main(void) { return 8; }")
    run("in.wasm", status=8)
    assert shell("musl-clang -E -", stdin="__wasm32__\n").stdout.endswith("\n1\n")


def test_dependencies(shell, place, write):
    write(a_c='#include "a.h"\nint main(void) { return A; }\n', a_h="#define A 1\n")
    shell("musl-clang -MMD -c a.c")
    assert (place / "a.d").read_text() == "a.o: a.c a.h\n"
    shell("musl-clang -MMD -MF given.d -MT goal -c a.c -o b.o")
    assert (place / "given.d").read_text() == "goal: a.c a.h\n"
    shell("musl-clang -MMD a.c -o prog.wasm")
    assert (place / "prog.d").read_text() == "a.o: a.c a.h\n"
    assert "musl" not in shell("musl-clang -MM a.c").stdout


def test_users_folders_come_first(shell, place, write):
    (place / "inc").mkdir()
    (place / "inc" / "stdio.h").write_text("int mine;\n")
    write(a_c="#include <stdio.h>\nint *p = &mine;\n")
    for option in ("-I", "-isystem "):
        shell(f"musl-clang -c {option}inc a.c")


def test_questions(shell, lkgr):
    assert "clang version 22" in shell("musl-clang --version").stdout
    assert shell("musl-clang -dumpmachine").stdout.startswith("wasm32")
    library = shell("musl-clang -print-libgcc-file-name").stdout.strip()
    assert library.endswith("sysroot/lib/libcompiler_rt.a") and os.path.exists(library)
    assert shell("musl-clang -print-file-name=nosuch").stdout == "nosuch\n"
    assert "Target: wasm32" in shell("musl-clang -v").stderr


def test_verbose_and_dry(shell, place, write, run):
    write(hello_c=HELLO)
    dry = shell("musl-clang -### hello.c -o hello.wasm").stderr
    assert "wasm-ld -pie" in dry and not (place / "hello.wasm").exists()
    shell("musl-clang -v hello.c -o hello.wasm")
    assert run("hello.wasm") == "hello 42\n"


# --- where it is called from


def test_a_hostile_folder(shell, place, write, run):
    """Python modules of the same names, and paths with spaces, quotes and equal signs."""
    for name in ("subprocess", "tempfile", "muslfall", "dataclasses"):
        (place / f"{name}.py").write_text("raise SystemExit('the wrong module')\n")
    (place / "it's a=b").mkdir()
    (place / "it's a=b" / "x y.c").write_text(HELLO)
    shell("""musl-clang "it's a=b/x y.c" -o "it's a=b/x y.wasm" """, PYTHONPATH=str(place))
    shell("""musl-clang -S "it's a=b/x y.c" -o "it's a=b/z=1.s" && musl-clang "it's a=b/z=1.s" """)
    (place / "subprocess.py").unlink()
    assert run("it's a=b/x y.wasm") == "hello 42\n"


def test_through_a_link(place, lkgr):
    (place / "cc").symlink_to(lkgr / "bin" / "musl-clang")
    (place / "m.c").write_text("int main(void) { return 0; }\n")
    subprocess.run(["./cc", "m.c", "-o", "m.wasm"], cwd=place, check=True)
    assert (place / "m.wasm").exists()


def test_same_bytes_wherever(shell, place, write):
    write(hello_c=HELLO)
    shell("musl-clang -O2 hello.c -o hello.wasm")
    first = (place / "hello.wasm").read_bytes()
    (place / "other").mkdir()
    (place / "other" / "hello.c").write_text(HELLO)
    shell("cd other && musl-clang -O2 hello.c -o hello.wasm", TMPDIR=str(place))
    assert (place / "other" / "hello.wasm").read_bytes() == first
