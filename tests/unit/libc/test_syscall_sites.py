"""Calls in clang's assembly, and their first argument where it is a plain number."""

from __future__ import annotations

import re

import pytest

from muslfall.libc.syscall_sites import Site, effect_of, sites

TYPES = """
	.functype	f (i32, i32, i32) -> (i32)
	.functype	g () -> ()
	.functype	wide (i32, i64, f64) -> (i32)
	.functype	target (i32) -> (i32)
alias = target
"""
WANTED = re.compile("f|wide")


def found(*code: str) -> list[Site]:
    lines = [f"\t{line.replace(' ', chr(9), 1)}" for line in code]
    return sites(TYPES + "body:\n" + "\n".join(lines) + "\n\tend_function\n", WANTED)


def number(*code: str) -> int | str | None:
    (site,) = found(*code)
    return site.number


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["i32.const 66", "local.get 0", "local.get 1"], 66),
        (["i32.const -3", "i32.const 4", "i32.const 5"], -3),
        (["i32.const 66", "local.get 0", "i32.load 60", "local.get 3", "local.get 4", "i32.add"],
         66),
        (["i32.const 7", "local.get 0", "call alias", "local.tee 4", "i32.const 1"], 7),
        (["i32.const 7", "local.get 0", "call g", "local.set 1", "i32.const 1", "i32.const 2"], 7),
        (["i32.const 7", "i32.const 0", "i32.const 1", "local.get 2", "i32.select", "local.get 1",
          "local.get 2", "i32.store 8", "i32.const 3"], 7),
        (["i32.const 7", "i64.const 1", "i32.wrap_i64", "f64.const 0x1p0", "i32.trunc_f64_s"], 7),
        (["i32.const datum", "local.get 0", "local.get 1"], None),
        (["local.get 9", "i32.const 66", "local.get 1"], None),
        (["i32.const 1", "i32.const 2", "i32.add", "i32.const 66", "local.get 1"], None),
        (["i32.const 66", "local.get 0", "block", "local.get 1"], None),
        (["i32.const 66", "local.get 0", "v128.const 1", "local.get 1"], None),
        (["i32.const 66", "call unknown", "local.get 1"], None),
        (["local.get 1", "local.get 1"], None),
    ],
)  # fmt: skip
def test_first_argument(arguments, expected):
    assert number(*arguments, "call f") == expected


def test_each_call_in_its_order():
    one = ["i32.const 1", "local.get 0", "local.get 0", "call f"]
    inner = ["i32.const 2", "i64.const 0", "f64.const 0x0p0", "call wide", "drop"]
    assert found(*one, "drop", "call g", *inner, "i32.const 3", "local.get 0", *one, "call f") == [
        Site("f", 1),
        Site("wide", 2),
        Site("f", 1),
        Site("f", 3),
    ]


def test_an_alias_as_older_assembly_has_it():
    text = TYPES.replace("alias = target", ".set alias, target") + (
        "body:\n\ti32.const\t7\n\tlocal.get\t0\n\tcall\talias\n\tlocal.get\t0\n\tcall\tf\n"
    )
    assert sites(text, WANTED) == [Site("f", 7)]


def test_comments_and_labels():
    text = TYPES + "body:   # @body\n# %bb.0:\n\ti32.const\t5   # five\n.LBB0_1:\n\tcall\tf\n"
    assert sites(text, WANTED) == [Site("f", None)]
    assert sites(text.replace(".LBB0_1:", "\tlocal.get\t0\n\tlocal.get\t1"), WANTED) == [
        Site("f", 5)
    ]


@pytest.mark.parametrize("name", ["br_if", "loop", "end_block", "return", "i32x4.add", "call"])
def test_what_has_no_effect_that_is_known(name):
    assert effect_of(name) is None
