"""System calls as strace writes them."""

import pytest

from muslfall.loader.trace import Names, Tracer, number, quoted, read_names

MEMORY = bytes(range(256)) + b"/a/path\0" + b"x" * 40


@pytest.fixture
def lines():
    return []


@pytest.fixture
def tracer(lines):
    names = Names({56: "openat", 63: "read", 64: "write"}, {2: "ENOENT"})
    return Tracer(names, lambda at, size: MEMORY[at : at + size], lines.append)


def test_names_come_from_the_headers_beside_the_kernel():
    files = {
        "out/sysroot/include/bits/syscall.h": b"#define __NR_read 63\n#define SYS_read 63\n",
        "out/sysroot/include/bits/errno.h": b"#define EAGAIN 11\n#define EWOULDBLOCK EAGAIN\n",
    }

    def read_file(path: str) -> bytes:
        return files[path]

    names = read_names("out/kernel.wasm", read_file)
    assert (names.calls, names.errors) == ({63: "read"}, {11: "EAGAIN"})


def test_without_headers_there_are_numbers():
    def read_file(path: str) -> bytes:
        raise FileNotFoundError(path)

    names = read_names("kernel.wasm", read_file)
    assert (names.call(7), names.error(38)) == ("syscall_7", "error 38")


def test_a_line_for_each_call(tracer, lines):
    tracer.enter(3, 63, 0, 1000, 10, 0, 0, 0)
    assert lines == []
    tracer.leave(7)
    tracer.enter(4, 56, -100, 256, 0, 0o600, 0, 0)
    tracer.leave(-2)
    assert lines == ["read(0, 1000, 10) = 7", 'openat(-100, "/a/path", 0, 384) = -1 ENOENT']


def test_calls_within_calls_and_calls_that_never_return(tracer, lines):
    tracer.enter(1, 129, 1, 0, 0, 0, 0, 0)
    tracer.enter(2, 63, 0, 0, 0, 0, 0, 0)
    tracer.leave(0)
    tracer.finish()
    assert lines == ["read(0, 0) = 0", "syscall_129(1) = ?"]


def test_pointers_that_lead_nowhere(tracer, lines):
    for words in ((1, 0, 5), (1, -16, 5), (1, 300, 1000)):
        tracer.enter(3, 64, *words, 0, 0, 0)
        tracer.leave(-14)
    assert lines == [
        "write(1, 0, 5) = -1 error 14",
        'write(1, "", 5) = -1 error 14',
        'write(1, "xxxx"..., 1000) = -1 error 14',
    ]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", '""'),
        (b'a"\\\n\t\r', r'"a\"\\\n\t\r"'),
        (b"\0\x7f\xff", r'"\000\177\377"'),
    ],
)
def test_quoted(content, text):
    assert quoted(content, True) == text
    assert quoted(content, False) == text + "..."


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (-4095, "-4095"), (-4096, "0xfffff000"), (65535, "65535"), (65536, "0x10000")],
)
def test_number(value, text):
    assert number(value) == text
