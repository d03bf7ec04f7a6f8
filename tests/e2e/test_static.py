"""musl-clang --static: one WASI command, the same in node:wasi and in wasmtime, with no loader."""

from __future__ import annotations

from pathlib import Path

import pytest
from kit import wasi_hosts

from muslfall import ROOT
from muslfall.hosts.expectation import load_test
from muslfall.libc import direct_syscalls
from muslfall.wasm import module as wasm

PROGRAMS = sorted((ROOT / "tests/programs").glob("*.c"))
#: Of tests/headers: what crosses the most of libc, kernel and start.
HEADERS = ["exit", "files", "locale", "malloc", "pthread", "setjmp", "signal", "stdio", "stdlib",
           "time", "tmpfs", "unistd"]  # fmt: skip
HEADER_FLAGS = "-w -std=gnu11 -D_GNU_SOURCE"

HELLO = '#include <stdio.h>\nint main(void) { puts("hello, world"); return 0; }\n'

CONSTRUCTORS = r"""
#include <stdio.h>
#include <stdlib.h>
_Thread_local int local = 7;
__attribute__((constructor(200))) static void second(void) { puts("second"); local++; }
__attribute__((constructor(101))) static void first(void) { puts("first"); }
__attribute__((destructor)) static void last(void) { puts("last"); }
static void bye(void) { puts("bye"); }
int main(void) { atexit(bye); printf("main %d\n", local); return 0; }
"""

OWN_MALLOC = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static char heap[1 << 16];
static size_t used, calls;
void *malloc(size_t n)
{
	void *at = heap + used;
	used += (n + 15) & -16;
	calls++;
	return at;
}
void free(void *p) { (void)p; }
void *calloc(size_t n, size_t m) { return memset(malloc(n * m), 0, n * m); }
void *realloc(void *p, size_t n) { return memcpy(malloc(n), p ? p : heap, n); }
void *aligned_alloc(size_t a, size_t n) { (void)a; return malloc(n); }
int main(void)
{
	char *copy = strdup("copied");
	printf("%s %d %d\n", copy, calls >= 1, copy >= heap && copy < heap + sizeof heap);
	return 0;
}
"""

#: Names that the kernel and the libc use within themselves, and a standard function's.
OWN_NAMES = r"""
#include <stdio.h>
int file_read(void) { return 1; }
int memory_valid = 2;
const char *sys_write = "3";
int process_due(int a, int b) { return a + b; }
int wasi_fd_write(void) { return 4; }
int fd_file(double d) { return d; }
int read_count, find, call;
int main(void)
{
	printf("%d %d %s %d %d %d\n", file_read(), memory_valid, sys_write, process_due(1, 2),
		wasi_fd_write(), fd_file(5));
	return 0;
}
"""

#: Pointers that the kernel gets lie in data, bss, heap and stack; a wild one is EFAULT.
POINTERS = r"""
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static char data[] = "data ", zeros[6];
int main(void)
{
	char stack[] = "stack ", *heap = malloc(6);
	for (int i = 0; i < 5; i++) heap[i] = "heap\n"[i];
	write(1, data, 5);
	write(1, zeros, 0);
	write(1, stack, 6);
	write(1, heap, 5);
	int wild = write(1, (void *)0xfffffff0, 8), null = write(1, NULL, 8);
	printf("%d %d %d\n", wild, null, errno == EFAULT);
	return 0;
}
"""

OVERFLOW = r"""
#include <stdio.h>
#include <string.h>
static int deep(int n) { char a[4096]; memset(a, n, sizeof a); return deep(n + 1) + a[n & 4095]; }
int main(void) { puts("before"); fflush(stdout); return deep(1); }
"""


TELLS = r"""
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv)
{
	printf("%d %s %s\n", argc, argv[1], getenv("A"));
	fflush(stdout);
	abort();
}
"""


@pytest.fixture
def build(shell, place):
    """Links text as a static program; its path."""

    def link(text: str, flags: str = "", stem: str = "program") -> Path:
        (place / f"{stem}.c").write_text(text)
        done = shell(f"musl-clang --static {flags} {stem}.c -o {stem}.wasm")
        assert done.stderr == ""
        return place / f"{stem}.wasm"

    return link


@pytest.fixture
def both(build):
    """Runs a program in both hosts, which have to agree; its output."""

    def run(text: str, flags: str = "-O2", status: int = 0, **options) -> str:
        module = build(text, flags)
        results = [wasi_hosts.run(host, module, **options) for host in wasi_hosts.HOSTS]
        assert [(r.returncode, r.stderr) for r in results] == [(status, b"")] * len(results)
        assert results[0].stdout == results[1].stdout
        return results[0].stdout.decode()

    return run


def interface(path: Path) -> tuple[set[str], set[str]]:
    """The modules that a module imports from, and what it exports."""
    module = wasm.parse(path.read_bytes(), str(path))
    assert module.dylink is None
    return {item.module for item in module.imports}, set(module.exports)


@pytest.mark.parametrize("flags", ["-O2", "-O0", "-O2 -rdynamic", "-g -fPIC", "-Os -s"])
def test_one_module_of_wasi(build, flags):
    path = build(HELLO, flags)
    imported, exported = interface(path)
    assert imported == {"wasi_snapshot_preview1"}
    assert exported == {"memory", "_start"}
    assert wasi_hosts.run("node", path).stdout == b"hello, world\n"


@pytest.mark.parametrize("host", wasi_hosts.HOSTS)
@pytest.mark.parametrize("source", PROGRAMS, ids=lambda source: source.stem)
def test_programs(shell, place, source, host):
    test = load_test(source)
    shell(f"musl-clang --static -O2 -Wno-format {source} -o p.wasm")
    dirs = {guest: str(source.parent / folder) for guest, folder in test.dirs.items()}
    done = wasi_hosts.run(host, place / "p.wasm", test.args, test.stdin.encode(), dirs, test.env)
    assert (done.returncode, done.stdout) == (test.status, test.stdout), done.stderr


@pytest.mark.parametrize("name", HEADERS)
def test_headers(shell, place, name):
    source = ROOT / "tests/headers" / f"{name}.c"
    shell(f"musl-clang --static {HEADER_FLAGS} {source} -o h.wasm")
    for host in wasi_hosts.HOSTS:
        done = wasi_hosts.run(host, place / "h.wasm")
        assert done.stdout.decode() == source.with_suffix(".out").read_text(), host
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("main", "status"),
    [
        ("int main(void) { return 3; }", 3),
        ("int main() { return 4; }", 4),
        ("int main(int argc) { return argc + 4; }", 7),
        ("int main(int argc, char **argv) { return argc + !argv[argc]; }", 4),
        ("int main(int argc, char **argv, char **envp) { return envp && *envp ? argc : 9; }", 3),
        ("void main(void) { }", 0),
        ("void main(int argc, char **argv) { }", 0),
    ],
)
def test_forms_of_main(both, main, status):
    both(main, "-w", status, arguments=["a", "b"], env={"A": "1"})


@pytest.mark.parametrize(
    "main", ["int main(void) { return 3; }", "int main(int c, char **v) { return c + 2; }"]
)
def test_link_time_optimization(both, main):
    both(main, "-flto -O2", 3)


def test_start_of_its_own(both):
    assert (
        both(
            '#include <unistd.h>\nvoid _exit(int);\n__attribute__((export_name("_start")))\n'
            "void _start(void) { _exit(5); }\n",
            "-nostartfiles",
            5,
        )
        == ""
    )


def test_main_in_an_archive(shell, place):
    (place / "m.c").write_text("int f(void);\nint main(int c, char **v, char **e) { return f(); }")
    (place / "f.c").write_text("int f(void) { return 6; }\n")
    shell("musl-clang -c m.c f.c && musl-ar rcs libm2.a f.o m.o")
    shell("musl-clang --static -L. -lm2 -o m.wasm")
    assert wasi_hosts.run("node", place / "m.wasm").returncode == 6


def test_constructors_and_destructors(both):
    assert both(CONSTRUCTORS) == "first\nsecond\nmain 8\nbye\nlast\n"


def test_malloc_of_its_own(both):
    assert both(OWN_MALLOC) == "copied 1 1\n"


def test_names_of_its_own(both):
    assert both(OWN_NAMES, "-w") == "1 2 3 3 4 5\n"


def test_pointers_of_every_kind(both):
    assert both(POINTERS) == "data stack heap\n-1 -1 1\n"


def test_standard_input(both):
    text = "int main(void) { int c; while ((c = getchar()) >= 0) putchar(c ^ 32); }\n"
    assert both(f"#include <stdio.h>\n{text}", stdin=b"ABC") == "abc"


def test_a_signal_s_status(build):
    """128 + n as everywhere; wasmtime's own proc_exit takes no status of 126 or more."""
    path = build("#include <stdlib.h>\nint main(void) { abort(); }\n")
    assert wasi_hosts.run("node", path).returncode == 134
    assert b"exit with invalid exit status" in wasi_hosts.run("wasmtime", path).stderr


def test_overflow_is_a_trap(build):
    path = build(OVERFLOW, "-O0")
    for host in wasi_hosts.HOSTS:
        done = wasi_hosts.run(host, path)
        assert done.stdout == b"before\n" and done.returncode != 0
        assert b"out of bounds" in done.stderr


OPENS = '#include <stdio.h>\nint main(void) { return !fopen("/tmp/a", "w"); }\n'


def functions(path: Path) -> set[str]:
    return set(wasm.parse(path.read_bytes()).names.functions.values())


def test_what_nothing_calls_is_left_out(build):
    """Of the libc, and of the kernel: only system calls that may be made."""
    least = functions(build("int main(void) { return 0; }", "-O2"))
    assert {"main", "sys_exit_group"} <= least
    assert not {"printf", "malloc", "sys_writev", "sys_mmap2"} & least
    hello = functions(build(HELLO, "-O2"))
    assert {"puts", "sys_writev"} <= hello
    assert not {"printf", "malloc", "__syscall3", "sys_openat", "pipe_write"} & hello
    assert not {name for name in hello if name.startswith(("path_", "tmpfs_", "directory_"))}
    opens = functions(build(OPENS, "-O2"))
    assert {"sys_openat", "tmpfs_open", "path_resolve"} <= opens and "sys_pipe2" not in opens


SYSCALL = r"""
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	long fds[2], n = syscall(argc ? SYS_pipe2 : SYS_exit, fds, 0);
	printf("%ld %ld\n", n, syscall(SYS_write, (int)fds[1], "abc", 3));
	return 0;
}
"""

CANCEL = r"""
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
static void cleanup(void *unused) { puts("cleaned up"); fflush(stdout); _exit(3); }
int main(void)
{
	pthread_cleanup_push(cleanup, NULL);
	pthread_cancel(pthread_self());
	write(1, "not written\n", 12);
	pthread_cleanup_pop(0);
	return 0;
}
"""


def test_the_libc_s_calls_are_known(lkgr):
    """Of the LKGR's libc: what is not known is known by name, and why."""
    unknown = set()
    for path in (lkgr / "obj/link.list").read_text().split():
        assembly = (ROOT / path).with_suffix(".s").read_text(errors="replace")
        if "__syscall" in assembly:
            found = direct_syscalls.direct((ROOT / path).read_bytes(), assembly, path)[1]
            unknown |= {path.partition("/obj/")[2] for site in found if site.number is None}
    assert sorted(unknown) == [
        "arch/wasm32/src/thread/syscall_cp.o",  # passes a number on
        "src/misc/syscall.o",  # syscall()
        "src/thread/__syscall_cp.o",  # passes a number on
        "src/thread/pthread_cancel.o",  # passes a number on
        "src/unistd/setxid.o",  # a number in memory
    ]


def test_system_calls_by_any_number(both):
    assert both(SYSCALL) == "0 3\n"


def test_a_cancellation_point(both):
    assert both(CANCEL, status=3) == "cleaned up\n"


# --- what is wrong

UNDEFINED = "int nosuch(int); extern int nodata;\nint main(void) { return nosuch(1) + nodata; }\n"


def test_undefined_symbols(shell, place):
    (place / "bad.c").write_text(UNDEFINED)
    said = shell("musl-clang --static bad.c -o bad.wasm", 1).stderr
    expected = "wasm-ld: error: bad.o: undefined symbol: {}\n"
    assert sorted(said.splitlines(True)) == [expected.format("nodata"), expected.format("nosuch")]
    assert not (place / "bad.wasm").exists()


def test_wrong_signature(shell, place):
    (place / "a.c").write_text("long long puts(double);\nint main(void) { return puts(1); }\n")
    assert shell("musl-clang --static -w a.c", 1).stderr == (
        "musl-clang: error: puts is (f64) -> i64 in a.o, but (i32) -> i32 in libc.a(puts.o)\n"
    )
    assert not (place / "a.out").exists()


def test_a_configure_script_s_question(shell, place):
    for name, status in (("strlcpy", 0), ("nosuch", 1)):
        (place / "c.c").write_text(f"char {name}();\nint main(void) {{ return {name}(); }}\n")
        shell("musl-clang -w --static c.c -o conftest", status)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "musl-clang --static -shared ok.c",
            "-static makes a program of all its parts, -shared one of the parts",
        ),
        ("musl-clang --static no.c", "undefined symbol: main"),
        (
            "musl-clang -static ok.c -L. -lone",
            "./libone.so: is a shared library, and --static links none",
        ),
        (
            "musl-clang -static ok.c libone.so",
            "libone.so: is a shared library, and --static links none",
        ),
        ("musl-clang -static ok.c -lnosuch", "library not found: -lnosuch"),
    ],
)
def test_errors(shell, place, line, said):
    (place / "ok.c").write_text("int main(void) { return 0; }\n")
    (place / "no.c").write_text("int f(void) { return 0; }\n")
    shell("musl-clang -shared no.c -o libone.so")
    assert said in shell(line, 1).stderr.splitlines()[0]


# --- with our own loaders


def test_run(shell, place, build):
    """./muslfall run takes it as it is, in both hosts, with a signal's status too."""
    path = build(TELLS)
    line = f"{ROOT}/muslfall run {path} --host all --env A=b -- one"
    assert shell(line, 134).stdout == "2 one b\n"
    assert shell("musl-run ./program.wasm two", 134).stdout == "2 two (null)\n"
