"""DejaGnu's directives and .x files: which flags a test wants, and whether it applies."""

import pytest

from muslfall.base.errors import MuslfallError
from muslfall.suites import dejagnu


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("", []),
        ("a b", ["a", "b"]),
        ('"-O2 -w" { target { ! signal } }', ["-O2 -w", "target { ! signal }"]),
        ("{a {b c}} d", ["a {b c}", "d"]),
        ('"" x', ["", "x"]),
    ],
)
def test_a_tcl_list(text, items):
    assert dejagnu.split(text) == items


def test_braces_that_do_not_match():
    with pytest.raises(MuslfallError, match="do not match"):
        dejagnu.split("{ a { b }")


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ("wasm*-*-*", True),
        ("*-*-*", True),
        ("avr-*-*", False),
        ("! { i?86-*-* x86_64-*-* }", True),
        ("i?86-*-* wasm32-*-*", True),
        ("{ { i?86-*-* x86_64-*-* } && ia32 }", False),
        ("wasm32-*-* && int128", True),
        ("wasm32-*-* && { ! int128 }", False),
        ("dfp || alloca", True),
        ("! alloca", False),
    ],
)
def test_a_selector(selector, selected):
    assert dejagnu.selects(selector) is selected


def test_a_kind_of_target_that_is_in_neither_table():
    with pytest.raises(MuslfallError, match="'teapots' is not known"):
        dejagnu.selects("teapots")


def directive(text: str, options=("-O2",)) -> dejagnu.Wishes:
    return dejagnu.read(f"int x;\n/* {{ {text} }} */\nint main() {{}}\n", options)


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ('dg-options "-fwrapv -w"', ["-fwrapv", "-w"]),
        ('dg-options { "-fwrapv" }', ["-fwrapv"]),
        ('dg-additional-options "-mno-stv" { target i?86-*-* x86_64-*-* }', []),
        ('dg-additional-options "-fpic" { target fpic }', ["-fpic"]),
        ('dg-additional-options "-DNO" { target { ! signal } }', []),
        ('dg-warning "-w"', []),
    ],
)
def test_flags(text, flags):
    assert directive(text).flags == flags


@pytest.mark.parametrize(
    ("text", "applies"),
    [
        ("dg-require-effective-target alloca", True),
        ("dg-require-effective-target trampolines", False),
        ('dg-require-alias ""', True),
        ('dg-skip-if "" { ! { i?86-*-* x86_64-*-* } }', False),
        ('dg-skip-if "small" { pdp11-*-* }', True),
        ('dg-skip-if "" { *-*-* } "-O1" ""', True),
        ('dg-skip-if "" { *-*-* } "-O2" ""', False),
        ('dg-skip-if "" { *-*-* } { "-O*" } { "-O2" }', True),
        ('dg-skip-if "" { *-*-* } { "*" } { "" }', False),
        ('dg-skip-if "" { *-*-* } { "-O2 -g" } { "" }', True),
        ('dg-xfail-run-if "" { wasm32-*-* }', False),
    ],
)
def test_whether_a_test_applies(text, applies):
    assert (directive(text).absent == "") is applies


def test_the_first_reason_stands_and_is_told():
    wishes = dejagnu.read(
        '/* { dg-require-effective-target dfp } */\n/* { dg-skip-if "asm" { wasm32-*-* } } */\n',
        ["-O0"],
    )
    assert wishes.absent == dejagnu.ABSENT["dfp"]


def test_a_requirement_that_is_not_known():
    with pytest.raises(MuslfallError, match="dg-require-profiling is not known"):
        directive('dg-require-profiling ""')


SCRIPT = """\
# lappend additional_flags "-DCOMMENT"
lappend additional_flags "-fno-ivopts" "-fno-gcse"
if {[istarget "m68k-*-*"] && [check_effective_target_coldfire_fpu]} {
    return 1
}
if [istarget "i?86-*-freebsd*\\[123\\]\\.*"] {
    set torture_eval_before_execute {
        global compiler_conditional_xfail_data
    }
    return 1
}
if { [check_effective_target_c99_runtime] } {
    lappend additional_flags -DC99
    return 0
}
return 1
"""


def test_an_x_file_ends_at_its_return():
    wishes = dejagnu.read_x(SCRIPT)
    assert (wishes.flags, wishes.absent) == (["-fno-ivopts", "-fno-gcse", "-DC99"], "")


@pytest.mark.parametrize(
    "condition",
    [
        '[istarget "wasm32-*-*"]',
        "{ ! [istarget avr-*-*] }",
        "{[check_effective_target_dfp] || [check_effective_target_alloca]}",
    ],
)
def test_an_x_file_that_leaves_this_target_out(condition):
    assert dejagnu.read_x(f"if {condition} {{\n  return 1\n}}\nreturn 0\n").absent


def test_a_condition_that_is_not_understood():
    with pytest.raises(MuslfallError, match=r"'\$x==1' is not understood"):
        dejagnu.read_x("if { $x == 1 } {\n  return 1\n}\n")
