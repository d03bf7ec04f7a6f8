"""The prototype's how-to, as it was written, on today's tools."""

from __future__ import annotations

import pytest

COMPILE = "clang -S -O2 --target=wasm32-unknown-unknown foo.c"
TEXT = "s2wasm foo.s -o foo.wast"
BINARY = "sexpr-wasm foo.wast -o foo.wasm"
RUN = "d8 --expose-wasm arch/wasm32/wasm.js -- foo.wasm out/lkgr/musl.wasm"
RUN_ALONE = "d8 --expose-wasm arch/wasm32/wasm.js -- foo.wasm"

RETURN = "int main(void) { return 42; }\n"

PUTS = """
#include <stdio.h>
int main(int argc, char **argv)
{
	puts("puts");
	putchar('!');
	putchar('\\n');
	return argc;
}
"""

PRINTF = r"""
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pair { const char *name; double value; };
static const struct pair pairs[] = {{"pi", 3.14159265358979}, {"e", 2.71828182845905}};
static int (*volatile say)(const char *, ...) = printf;

int main(void)
{
	char *copy = malloc(64);
	if (!copy) abort();
	memset(copy, 'x', 63);
	copy[63] = 0;
	memcpy(copy, "start", 5);
	memmove(copy + 2, copy, 5);
	printf("%d %u %x %c %s %5.2f|%-6d|%06d %%\n", -1, 7u, 255, 'c', "text", 2.5, 12, 34);
	printf("%lld %e %g %p\n", 1LL << 40, 12345.678, 1e-5, (void *)0x10);
	printf("%.10s %zu %d\n", copy, strlen(copy), memcmp("abc", "abd", 3) < 0);
	for (int i = 0; i < 2; i++) say("%s = %.12f\n", pairs[i].name, pairs[i].value);
	printf("%.6f %.6f %.6f\n", sin(1.0), pow(2.0, 0.5), floor(-1.5));
	free(copy);
	exit(3);
}
"""

# Everything in it is its own, but printf: data, a table of functions, an alias, a 128 bit product.
LARGE = r"""
#include <stdio.h>

typedef unsigned u32;
static u32 state = 1;
static u32 next(void) { return state = state * 1664525u + 1013904223u; }
static int up(int a, int b) { return a < b; }
static int down(int a, int b) { return a > b; }
static int (*const orders[])(int, int) = {up, down};
int add(int a, int b) { return a + b; }
extern int plus(int a, int b) __attribute__((alias("add")));

static void sort(int *v, int n, int (*before)(int, int))
{
	for (int i = 1; i < n; i++)
		for (int j = i; j && before(v[j], v[j - 1]); j--) {
			int t = v[j];
			v[j] = v[j - 1];
			v[j - 1] = t;
		}
}

int main(void)
{
	int v[8];
	for (int order = 0; order < 2; order++) {
		for (int i = 0; i < 8; i++) v[i] = next() >> 24;
		sort(v, 8, orders[order]);
		for (int i = 0; i < 8; i++) printf("%d%c", v[i], i < 7 ? ' ' : '\n');
	}
	unsigned __int128 wide = (unsigned __int128)state * state * state;
	printf("%llx %d\n", (unsigned long long)(wide >> 64), plus(20, 22));
	return 0;
}
"""

# What the same sources print natively; musl and the small libc have to agree with it.
PRINTF_OUT = """\
-1 7 ff c text  2.50|12    |000034 %
1099511627776 1.234568e+04 1e-05 0x10
ststartxxx 63 1
pi = 3.141592653590
e = 2.718281828459
0.841471 1.414214 -2.000000
"""
LARGE_OUT = """\
12 60 94 94 129 142 180 198
251 214 163 151 108 64 60 4
f191d555 42
"""


@pytest.mark.parametrize("run", [RUN, RUN_ALONE], ids=["musl", "alone"])
@pytest.mark.parametrize(
    ("source", "output", "status"),
    [
        pytest.param(RETURN, "", 42, id="return"),
        pytest.param(PUTS, "puts\n!\n", 1, id="puts"),
        pytest.param(PRINTF, PRINTF_OUT, 3, id="printf"),
        pytest.param(LARGE, LARGE_OUT, 0, id="large"),
    ],
)
def test_as_written(shell, place, run, source, output, status):
    (place / "foo.c").write_text(source)
    for line in (COMPILE, TEXT, BINARY):
        assert shell(line).stdout == ""
    done = shell(run, status)
    assert (done.stdout, done.stderr) == (output, "")


def test_abort_alone(shell, place):
    (place / "foo.c").write_text("#include <stdlib.h>\nint main(void) { abort(); }\n")
    for line in (COMPILE, TEXT, BINARY):
        shell(line)
    assert shell(RUN_ALONE, 134).stdout == ""


def test_musl_is_what_answers(shell, place):
    """A function that the small libc does not have: with musl.wasm it is there."""
    (place / "foo.c").write_text(
        '#include <stdio.h>\nint main(void) { int n = 0; sscanf("x12", "x%d", &n); return n; }\n'
    )
    for line in (COMPILE, TEXT, BINARY):
        shell(line)
    shell(RUN, 12)
    assert "foo.wasm called sscanf, which no module exports" in shell(RUN_ALONE, 134).stderr


def test_two_modules(shell, place):
    """As the prototype linked programs of several files: a module each."""
    (place / "foo.c").write_text("int twice(int);\nint main(void) { return twice(21); }\n")
    (place / "bar.c").write_text("int twice(int x) { return 2 * x; }\n")
    for line in (COMPILE, TEXT, BINARY):
        shell(line)
        shell(line.replace("foo", "bar"))
    shell(RUN_ALONE + " bar.wasm", 42)


def test_names_with_spaces_and_folders(shell, place):
    (place / "a folder").mkdir()
    (place / "a folder" / "my foo.c").write_text(RETURN)
    shell('clang -S -O2 "a folder/my foo.c" -o "a folder/my foo.s"')
    shell('s2wasm "a folder/my foo.s" -o "a folder/x=1.wast"')
    shell('sexpr-wasm "a folder/x=1.wast" -o "a folder/x=1.wasm"')
    shell('d8 --expose-wasm arch/wasm32/wasm.js -- "a folder/x=1.wasm" out/lkgr/musl.wasm', 42)


def test_s2wasm_to_standard_output(shell, place):
    (place / "foo.c").write_text(RETURN)
    shell(COMPILE)
    printed = shell("s2wasm foo.s").stdout
    shell(TEXT)
    assert printed == (place / "foo.wast").read_text()
    assert "@dylink.0" in printed


@pytest.mark.parametrize("tool", ["s2wasm", "sexpr-wasm"])
@pytest.mark.parametrize("words", ["", "-o", "foo.x bar.x", "--unknown foo.x"])
def test_wrong_usage(shell, tool, words):
    done = shell(f"{tool} {words}", 2)
    assert done.stderr.startswith(f"usage: {tool} ")


@pytest.mark.parametrize("tool", ["s2wasm", "sexpr-wasm"])
def test_missing_input(shell, tool):
    done = shell(f"{tool} nosuch.x -o foo.x", 1)
    assert done.stderr == f"{tool}: nosuch.x: cannot be read\n"


def test_malformed_input(shell, place):
    (place / "foo.s").write_text("\tno.such.instruction\n")
    assert "error" in shell("s2wasm foo.s -o foo.wast", 1).stderr
    (place / "foo.wast").write_text("(module (func $f (result i32)))\n")
    assert "error" in shell("sexpr-wasm foo.wast -o foo.wasm", 1).stderr
    assert not (place / "foo.wasm").exists()
