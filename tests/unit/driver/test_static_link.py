"""The static link: what wasm-ld is given, and what becomes of what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from muslfall.base.errors import MuslfallError
from muslfall.driver.invocation import parse
from muslfall.driver.static_link import LIBRARIES, StaticLink
from muslfall.driver.tools import Toolchain, ToolError

SAME = """wasm-ld: warning: function signature mismatch: {name}
>>> defined as {one} in /x/a.o
>>> defined as {two} in /lib/libc.a({name}.o)
"""


class Runner:
    """Keeps the command; says what it is told to."""

    dry = False

    def __init__(self, said: str = "", status: int = 0) -> None:
        self.said = said
        self.status = status
        self.argv: list[str] = []

    def told(self, argv):
        self.argv = list(argv)
        return self.status, self.said


@pytest.fixture
def tools(tmp_path):
    lib = tmp_path / "sysroot/lib"
    lib.mkdir(parents=True)
    for name in LIBRARIES:
        (lib / name).touch()
    return Toolchain(tmp_path, tmp_path, tmp_path, ["clang"], ["ld"], "wasm32", [], [], [])


def link(tools, words: str, runner: Runner, inputs=("a.o",)) -> list[str]:
    output = tools.out / "out.wasm"
    output.touch()
    return StaticLink(tools, runner, parse(words.split())).run(inputs, output)


def test_start_file_inputs_libraries(tools):
    runner = Runner()
    assert link(tools, "--static a.o", runner, ["a.o", "--export-dynamic", "--gc-sections"]) == []
    names = [Path(word).name for word in runner.argv]
    assert names[names.index("crt1.o") :] == [
        "crt1.o",
        "a.o",
        "--gc-sections",
        *LIBRARIES,
        "-o",
        "out.wasm",
    ]


def test_without_the_standard_libraries(tools):
    runner = Runner()
    link(tools, "--static -nostdlib -Wl,--allow-undefined a.o", runner)
    assert "crt1.o" not in " ".join(runner.argv) and "libc.a" not in " ".join(runner.argv)
    assert "--allow-undefined" in runner.argv


def test_a_library_that_is_not_built(tools):
    (tools.sysroot / "lib/libc.a").unlink()
    with pytest.raises(MuslfallError, match="is not built"):
        link(tools, "--static a.o", Runner())


def test_a_shared_library(tools):
    shared = tools.out / "libx.so"
    shared.write_bytes(b"\0asm\1\0\0\0\0\x09\x08dylink.0")
    with pytest.raises(MuslfallError, match="is a shared library"):
        link(tools, "--static a.o", Runner(), ["a.o", str(shared)])


def test_what_wasm_ld_refuses_is_said_with_the_user_s_names(tools, capsys):
    lib = tools.sysroot / "lib"
    said = f"wasm-ld: error: /t/musl-clang-x_/0/bad.o: no\nwasm-ld: error: {lib}/crt1.o: no\n"
    with pytest.raises(ToolError) as caught:
        link(tools, "--static bad.c", Runner(said, 1))
    assert caught.value.exit_code == 1
    assert capsys.readouterr().err == "wasm-ld: error: bad.o: no\nwasm-ld: error: crt1.o: no\n"


def test_two_types_are_an_error_and_the_output_goes(tools):
    said = SAME.format(name="puts", one="(f64) -> i64", two="(i32) -> i32")
    with pytest.raises(MuslfallError) as caught:
        link(tools, "--static a.o", Runner(said))
    assert str(caught.value) == "puts is (f64) -> i64 in a.o, but (i32) -> i32 in libc.a(puts.o)"
    assert not (tools.out / "out.wasm").exists()


def test_a_configure_script_s_question_is_a_warning(tools):
    said = SAME.format(name="strlcpy", one="() -> i32", two="(i32, i32, i32) -> i32")
    assert link(tools, "--static a.o", Runner(said)) == [
        "strlcpy is () -> i32 in a.o, but (i32, i32, i32) -> i32 in libc.a(strlcpy.o)"
    ]
    assert (tools.out / "out.wasm").exists()


def test_a_wrong_call_of_what_takes_nothing_is_no_question(tools):
    said = SAME.format(name="getpid", one="(i32) -> i32", two="() -> i32")
    with pytest.raises(MuslfallError, match="getpid is"):
        link(tools, "--static a.o", Runner(said))


def test_other_warnings_are_passed_on(tools):
    said = "wasm-ld: warning: something else\n"
    assert link(tools, "--static a.o", Runner(said)) == ["something else"]
