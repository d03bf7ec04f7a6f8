"""The table of the linker's options, and what a command line makes of it."""

import pytest

from muslfall.base.errors import UsageError
from muslfall.driver import linker_options
from muslfall.driver.invocation import Input, parse


@pytest.mark.parametrize("name", linker_options.table())
def test_each_row_says_what_becomes_of_it(name):
    row = linker_options.table()[name]
    action, _, word = row.action.partition(":")
    assert row.takes in ("none", "one", "some")
    assert action in ("pass", "ours", "ignore", "refuse", "as")
    assert bool(row.reason) == (action in ("ignore", "refuse"))
    assert bool(word) == (action == "as")


@pytest.mark.parametrize(
    "word",
    [
        "--allow-shlib-undefined", "--no-undefined-version", "--cref", "--no-keep-memory", "-O2",
        "--hash-style=gnu", "--compress-debug-sections=zlib", "--sort-section,name", "-z,lazy",
        "-z,max-page-size=4096", "--no-relax", "-rpath,/lib", "-rpath=/lib",
    ],
)  # fmt: skip
def test_what_means_nothing_is_left_out(word):
    assert parse([f"-Wl,{word}", "a.o"]).inputs == [Input("object", "a.o")]


@pytest.mark.parametrize("word", ["-T,a.ld", "--defsym=a=b", "-init,f", "-EB"])
def test_what_cannot_be_is_refused(word):
    with pytest.raises(UsageError, match="the linker cannot"):
        parse([f"-Wl,{word}", "a.o"])


@pytest.mark.parametrize("word", ["--gc-sections", "--nosuch", "--wrap=f", "-Map=x.map"])
def test_the_rest_is_wasm_lds(word):
    assert parse([f"-Wl,{word}", "a.o"]).inputs[0] == Input("flag", word)


def test_the_linker_is_asked():
    assert parse(["-Wl,--version"]).linker_questions == ["--version"]
