"""Compiler command lines."""

import pytest

from muslfall.base.errors import UsageError
from muslfall.driver.invocation import Input, parse


def names(invocation, kind):
    return [item.name for item in invocation.inputs if item.kind == kind]


def test_usual_line():
    found = parse([
        "-O2", "-Wall", "-I", "inc", "-DX=1", "main.c", "util.o", "libz.a", "-Lx", "-L", "y",
        "-lfoo", "-l", "bar", "-o", "prog",
    ])  # fmt: skip
    assert found.compile_flags == ["-O2", "-Wall", "-I", "inc", "-DX=1"]
    assert names(found, "source") == ["main.c"]
    assert names(found, "object") == ["util.o", "libz.a"]
    assert names(found, "library") == ["foo", "bar"]
    assert found.library_dirs == ["x", "y"]
    assert (found.output, found.no_link, found.link) == ("prog", None, "program")


@pytest.mark.parametrize("mode", ["-c", "-S", "-E", "-M", "-MM", "-fsyntax-only"])
def test_ends_before_the_link(mode):
    found = parse([mode, "a.c"])
    assert found.no_link == mode
    assert found.compile_flags == [mode]


def test_values_are_no_inputs():
    words = [
        "-include", "pre.h", "-isystem", "sys", "-MF", "a.d", "-MT", "a.o", "-Xclang", "-x",
        "-mllvm", "-y", "-D", "NAME",
    ]  # fmt: skip
    found = parse(words)
    assert found.compile_flags == words
    assert found.inputs == []


def test_languages():
    found = parse(
        ["a.c", "b.s", "c.S", "-x", "c", "d.txt", "-xassembler", "e", "-x", "none", "f.o"]
    )
    assert found.inputs == [
        Input("source", "a.c", "c"),
        Input("source", "b.s", "assembler"),
        Input("source", "c.S", "assembler-with-cpp"),
        Input("source", "d.txt", "c"),
        Input("source", "e", "assembler"),
        Input("object", "f.o"),
    ]


def test_standard_input_is_c():
    assert parse(["-c", "-"]).inputs == [Input("source", "-", "c")]


def test_linker_words_keep_their_place():
    found = parse(
        ["a.o", "-Wl,--whole-archive,b.a", "-Xlinker", "--no-whole-archive", "-s", "-rdynamic"]
    )
    assert [item.name for item in found.inputs] == [
        "a.o",
        "--whole-archive",
        "b.a",
        "--no-whole-archive",
        "--strip-all",
        "--export-dynamic",
    ]


def test_habits_of_build_systems_are_left_out():
    found = parse(
        ["-pthread", "-pie", "-fuse-ld=lld", "-Wl,--as-needed,-O1", "-Wl,-rpath,/lib",
         "-Wl,-z,relro", "-Wl,-soname=libx.so", "-Wl,--start-group", "a.o", "-Wl,--end-group",
         "-Wl,--hash-style=gnu"]
    )  # fmt: skip
    assert found.inputs == [Input("object", "a.o")]
    assert found.compile_flags == []


def test_what_binds_a_librarys_names():
    assert not parse(["-shared", "a.o"]).is_bound
    found = parse(["-Wl,-Bsymbolic", "-Wl,--version-script,a.map", "-Wl,--version-script=b", "a.o"])
    assert found.is_bound and not found.is_data_open
    assert found.version_scripts == ["a.map", "b"]
    found = parse(
        ["-Wl,-Bsymbolic-functions", "-Xlinker", "--dynamic-list", "-Xlinker", "c", "a.o"]
    )
    assert found.is_bound and found.is_data_open
    assert found.dynamic_lists == ["c"]
    assert found.inputs == [Input("object", "a.o")]


@pytest.mark.parametrize(
    "words",
    [
        ["-Wl,-soname", "-Wl,libx.so.1"],
        ["-Xlinker", "-soname", "-Xlinker", "libx.so.1"],
        ["-Wl,-rpath", "-Xlinker", "/lib"],
        ["-Wl,-z", "-Wl,relro"],
    ],
    ids=" ".join,
)
def test_a_linker_option_and_its_value_in_two_words(words):
    assert parse([*words, "a.o"]).inputs == [Input("object", "a.o")]


@pytest.mark.parametrize(
    "words",
    [
        ["-Wl,-soname,libx.so.1"],
        ["-Wl,-soname=libx.so.1"],
        ["-Wl,-h,libx.so.1"],
        ["-Wl,-soname", "-Wl,libx.so.1"],
        ["-Xlinker", "--soname", "-Xlinker", "libx.so.1"],
    ],
    ids=" ".join,
)
def test_soname(words):
    assert parse(["-shared", *words, "a.o"]).soname == "libx.so.1"
    assert parse(["-shared", "a.o"]).soname is None


def test_a_linker_option_lacks_its_value():
    with pytest.raises(UsageError):
        parse(["a.o", "-Wl,-soname"])


def test_undefined_symbols():
    assert not parse(["a.c"]).allow_undefined
    assert parse(["-Wl,--allow-undefined"]).allow_undefined
    assert parse(["-Wl,--unresolved-symbols=ignore-all"]).allow_undefined
    assert parse(["-shared", "-Wl,--no-undefined"]).no_undefined
    assert parse(["-shared", "-Wl,-z,defs"]).no_undefined


def test_forms_of_a_link():
    assert parse(["-shared"]).link == "shared"
    relocatable = parse(["-r"])
    assert (relocatable.link, relocatable.standard_libraries) == ("object", False)
    assert not parse(["-nostdlib"]).standard_libraries
    assert not parse(["-nostdinc"]).standard_includes


def test_questions():
    assert parse(["--version"]).questions == ["--version"]
    assert parse(["-print-file-name=libc.a"]).questions == ["-print-file-name=libc.a"]
    dry = parse(["-###", "a.c"])
    assert dry.dry and dry.verbose
    assert not parse(["-v", "a.c"]).dry


def test_response_file(tmp_path):
    inner = tmp_path / "inner"
    inner.write_text("-DIN='a b'\n")
    outer = tmp_path / "outer"
    outer.write_text(f'a.c\n"b c.c" @{inner}\n')
    found = parse([f"@{outer}", "@nosuch"])
    assert [item.name for item in found.inputs] == ["a.c", "b c.c", "@nosuch"]
    assert found.compile_flags == ["-DIN=a b"]


@pytest.mark.parametrize(
    "words",
    [["-o"], ["-I"], ["a.cc"], ["-x", "c++", "a"], ["--target=x86_64-linux-gnu"],
     ["-static", "-shared"],
     ["-target", "aarch64"], ["-Xlinker"]],
    ids=" ".join,
)  # fmt: skip
def test_refused(words):
    with pytest.raises(UsageError):
        parse(words)


def test_any_wasm32_target_is_the_pinned_one():
    assert parse(["--target=wasm32-unknown-unknown", "-target", "wasm32-wasi"]).compile_flags == []


def test_static():
    for word in ("-static", "--static", "-static-pie"):
        assert parse([word, "a.c"]).static
    assert not parse(["a.c"]).static
    assert parse(["-static", "-r", "a.o"]).link == "object"
