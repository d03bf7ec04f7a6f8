"""A stack that overflows is a trap, with status 134 and a reason, in both hosts.

The stack lies lowest in memory: what grows below it has an address that no memory has, so that
nothing is overwritten (tests/unit/kernel/test_kernel_start.py shows that nothing lies there).
Which of the two stacks ends first, the one in memory or the engine's own of calls, is the
engine's affair.
"""

import subprocess

import pytest

from muslfall import ROOT

PROGRAM = r"""
#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static volatile int always = 1;
static int (*volatile again)(int);
static char *volatile kept;
static int calls(int n) { return again(n + 1) ^ n; }
__attribute__((noinline)) static int frames(volatile char *up)
{
	volatile char room[2000];
	memset((char *)room, up[0], sizeof room);
	return always ? frames(room) + room[7] : 0;
}
__attribute__((noinline)) static int large(size_t size)
{
	kept = alloca(size);
	return kept[0] = 1;
}
static int compare(const void *a, const void *b)
{
	volatile char room[1000] = {0};
	int more[2] = {2, 1};
	if (always) qsort(more, 2, sizeof *more, compare);
	return room[5];
}
int main(int argc, char **argv)
{
	setbuf(stdout, NULL);
	puts(argv[1]);
	int two[2] = {2, 1};
	char first = 1;
	again = calls;
	if (!strcmp(argv[1], "calls")) return calls(1);
	if (!strcmp(argv[1], "frames")) return frames(&first);
	if (!strcmp(argv[1], "large")) return large(16 << 20);
	if (!strcmp(argv[1], "libc")) qsort(two, 2, sizeof *two, compare);
	puts("still here");
	return 0;
}
"""


@pytest.fixture(scope="session")
def program(lkgr, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stack")
    (folder / "stack.c").write_text(PROGRAM)
    subprocess.run([lkgr / "bin/musl-clang", "-O1", "-w", folder / "stack.c", "-o",
                    folder / "stack.wasm"], check=True)  # fmt: skip
    return folder / "stack.wasm"


@pytest.mark.parametrize("host", ["d8", "wasmtime"])
@pytest.mark.parametrize("how", ["calls", "frames", "large", "libc"])
def test_overflow_traps(program, host, how):
    done = subprocess.run(
        [ROOT / "muslfall", "run", program, "--host", host, "--", how],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (134, f"{how}\n"), done.stderr
    name = {"d8": "wasm.js", "wasmtime": "loader"}[host]
    reasons = ("call stack exhausted", "out of bounds memory access")
    first, *stack = done.stderr.splitlines()
    assert first in [f"{name}: trap: {reason}" for reason in reasons]
    assert stack and all(line.startswith((f"{name}:   ", f"{name}: hint: ")) for line in stack)


DEEP = r"""
#include <stdio.h>
#include <stdlib.h>
struct node { struct node *next; int value; };
__attribute__((noinline)) static int sum(const struct node *node, char *up)
{
	char text[16];
	if (!node) return 0;
	snprintf(text, 2, "%d", node->value & 7);
	up[0] = text[0];
	return sum(node->next, text) + 1 + (text[0] & 8);
}
int main(int argc, char **argv)
{
	struct node *list = NULL;
	char text[16] = "";
	for (int n = atoi(argv[1]); n; n--) {
		struct node *node = malloc(sizeof *node);
		*node = (struct node){ list, n };
		list = node;
	}
	printf("%d\n", sum(list, text));
	return 0;
}
"""


@pytest.mark.parametrize("host", ["d8", "wasmtime"])
def test_calls_nest_as_deep_as_on_linux(lkgr, tmp_path, host):
    """100,000 frames, which Linux's 8 MiB hold: with the engines' defaults it is below 20,000."""
    (tmp_path / "deep.c").write_text(DEEP)
    subprocess.run(
        [lkgr / "bin/musl-clang", "-O1", tmp_path / "deep.c", "-o", tmp_path / "deep.wasm"],
        check=True,
    )
    done = subprocess.run([ROOT / "muslfall", "run", tmp_path / "deep.wasm", "--host", host, "--",
                           "100000"], capture_output=True, text=True, timeout=60)  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "100000\n"), done.stderr


@pytest.mark.parametrize("host", ["d8", "wasmtime"])
def test_without_an_overflow_it_goes_on(program, host):
    done = subprocess.run(
        [ROOT / "muslfall", "run", program, "--host", host, "--", "none"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "none\nstill here\n")
