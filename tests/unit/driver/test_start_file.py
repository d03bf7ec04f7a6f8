"""Which start file a program's main wants, found in its objects and archives."""

from __future__ import annotations

from pathlib import Path

import pytest

from muslfall.base.errors import MuslfallError
from muslfall.driver import start_file
from muslfall.wasm import types as wasm_types
from muslfall.wasm import writer as w

I32 = "i32"


def an_object(name: str, params=(), results=(I32,), flags: int = 0) -> bytes:
    """An object file with one function; an imported one stands before it."""
    types = [
        w.function_type(wasm_types.FunctionType(("f64",), ())),
        w.function_type(wasm_types.FunctionType(params, results)),
    ]
    table = w.vector([b"\0" + w.unsigned(flags) + b"\1" + w.name(name)])
    return (
        w.HEADER
        + w.section(1, types)
        + w.section(2, [w.import_("env", "x", "function", b"\0")])
        + w.section(3, [b"\1"])
        + w.section(10, [w.body(b"\0")])
        + w.custom("linking", b"\2\x08" + w.sized(table))
    )


def archive(*members: bytes) -> bytes:
    parts = [start_file.ARCHIVE]
    for data in members:
        parts.append(b"a.o/".ljust(48) + str(len(data)).encode().ljust(10) + b"`\n")
        parts.append(data + b"\n" * (len(data) % 2))
    return b"".join(parts)


@pytest.fixture
def choose(tmp_path):
    def chosen(*files: bytes) -> str | None:
        for number, data in enumerate(files):
            (tmp_path / f"{number}").write_bytes(data)
        return start_file.choose([tmp_path / f"{n}" for n in range(len(files))])

    return chosen


@pytest.mark.parametrize(
    ("name", "count", "results", "expected"),
    [
        ("__main_argc_argv", 2, (I32,), "crt1.o"),
        ("__main_argc_argv", 2, (), "crt1-void.o"),
        ("main", 0, (I32,), "crt1-0.o"),
        ("main", 1, (I32,), "crt1-1.o"),
        ("main", 2, (), "crt1-2-void.o"),
        ("main", 3, (I32,), "crt1-3.o"),
        ("_start", 0, (), None),
    ],
)
def test_forms(choose, name, count, results, expected):
    made = an_object(name, (I32,) * count, results)
    assert choose(made) == expected
    assert choose(an_object("f"), archive(b"main, a text", an_object("main_f"), made)) == expected


@pytest.mark.parametrize(
    ("name", "params", "results"),
    [
        ("main", ("i64",), (I32,)),
        ("main", (I32,) * 4, (I32,)),
        ("main", (), ("i64",)),
        ("__main_argc_argv", (I32,), (I32,)),
    ],
)
def test_no_form(choose, name, params, results):
    with pytest.raises(MuslfallError, match="no form of main"):
        choose(an_object(name, params, results))


def test_an_object_s_main_before_an_archive_s(choose):
    assert choose(archive(an_object("main", (I32,))), an_object("main")) == "crt1-0.o"


def test_bitcode(choose):
    assert choose(an_object("f"), b"BC\xc0\xde main __main_void") == "crt1-2.o"
    assert choose(b"BC\xc0\xde __main_argc_argv") == "crt1.o"


def test_what_has_no_main(choose):
    local = an_object("main", (I32,), flags=start_file.LOCAL)
    assert choose(local, b"BC\xc0\xde main", archive(b"main")[:-3]) == "crt1.o"
    assert choose(archive() + b"x" * 70) == "crt1.o"
    assert start_file.choose([Path("--gc-sections"), Path("nosuch.o")]) == "crt1.o"
