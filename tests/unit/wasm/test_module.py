"""The wasm reader: what it finds in good modules, what it says of bad ones."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kit.every_section import I32_TO_I32, MIXED, dylink_0, everything

from muslfall.base.errors import MuslfallError
from muslfall.wasm import module as wasm
from muslfall.wasm import types as wasm_types
from muslfall.wasm import writer as write
from muslfall.wasm.module import WasmError
from muslfall.wasm.types import FunctionType, GlobalType, Import, Limits


def customs(module: wasm.Module) -> tuple:
    return module.names, module.symbols, module.producers, module.target_features


def test_every_section():
    module = wasm.parse(everything(), "whole.wasm")
    assert module.types == (I32_TO_I32, MIXED, FunctionType())
    assert module.imports == (
        Import("env", "f", "function", I32_TO_I32),
        Import("env", "memory", "memory", wasm_types.MemoryType(Limits(1, 65536))),
        Import("env", "table", "table", wasm_types.TableType("funcref", Limits(2))),
        Import("env", "base", "global", GlobalType("i32", False)),
        Import("GOT.mem", "d", "global", GlobalType("i32", True)),
        Import("env", "t", "tag", wasm_types.TagType(FunctionType())),
    )
    assert module.functions == (I32_TO_I32, MIXED, FunctionType())
    assert len(module.globals) == 3 and len(module.tags) == 2
    assert module.defined_globals[0].value == (("i32.const", 100),)
    assert module.export_type("g") == MIXED
    assert module.export_type("datum") == GlobalType("i32", False)
    assert module.exported("g", "global") is None
    assert module.start == 2
    assert [section.name for section in module.sections][0] == "dylink.0"


def test_element_segments():
    first, second, passive, declarative, explicit = wasm.parse(everything()).elements
    assert (first.mode, first.functions, first.offset) == ("active", (1, 2), (("global.get", 0),))
    assert second.functions == (0, None)
    assert wasm.evaluate(second.offset, {0: 32}) == 37
    assert (passive.mode, declarative.mode) == ("passive", "declarative")
    assert (explicit.mode, explicit.table, explicit.functions) == ("active", 0, (2,))


def test_dylink_0_has_all_its_subsections():
    dylink = wasm.parse(everything()).dylink
    assert (dylink.memory_size, dylink.memory_align) == (36, 4)
    assert (dylink.table_size, dylink.table_align) == (2, 1)
    assert dylink.needed == ("libm.wasm",)
    assert dylink.exports == {"tls": 0x100}
    assert dylink.is_weak("env", "maybe") and not dylink.is_weak("env", "f")
    assert dylink.runtime_path == ("$ORIGIN",)


def test_dylink_of_llvm_13():
    content = b"\x24\x04\x02\x00" + write.vector([write.name("libm.wasm")])
    dylink = wasm.parse(write.HEADER + write.custom("dylink", content)).dylink
    assert (dylink.memory_size, dylink.memory_align, dylink.table_size) == (36, 4, 2)
    assert dylink.needed == ("libm.wasm",)


def test_unknown_dylink_subsections_are_skipped():
    content = b"\x63" + write.sized(b"later") + b"\x01" + write.sized(b"\1\0\2\0")
    assert wasm.parse(write.HEADER + write.custom("dylink.0", content)).dylink.table_size == 2


def test_a_dylink_section_that_is_not_the_first():
    assert wasm.parse(everything()).misplaced_dylink() is None
    late = write.HEADER + write.custom("note", b"") + dylink_0()
    assert wasm.parse(late).misplaced_dylink() == "dylink.0"
    assert wasm.parse(late).dylink is None
    assert wasm.parse(everything() + dylink_0()).misplaced_dylink() is None


def test_symbols():
    undefined, weak, datum, elsewhere, section, renamed = wasm.parse(everything()).symbols
    assert (undefined.name, undefined.is_defined) == ("f", False)
    assert (weak.name, weak.is_weak, weak.index) == ("weak", True, 1)
    assert (datum.index, datum.offset, datum.size, datum.is_hidden) == (0, 4, 8, True)
    assert (elsewhere.name, elsewhere.is_defined) == ("elsewhere", False)
    assert (section.kind, section.name, section.is_local) == ("section", None, True)
    assert renamed.name == "renamed"


def test_names_producers_features():
    names, _, producers, features = customs(wasm.parse(everything()))
    assert (names.module, names.functions) == ("whole", {1: "g"})
    assert producers == {"processed-by": (("clang", "22.1.8"),)}
    assert features == {"sign-ext": "+"}


def test_a_module_without_custom_sections():
    module = wasm.parse(write.HEADER)
    assert customs(module) == (wasm.Names(), (), {}, {})
    assert module.dylink is None


def test_types_read_as_in_the_text_format():
    assert str(I32_TO_I32) == "(i32) -> (i32)"
    assert str(FunctionType()) == "() -> ()"
    assert str(FunctionType(("i32", "i64"), ("f64",))) == "(i32, i64) -> (f64)"
    assert str(GlobalType("i32", True)) == "global (mut i32)"


def test_typed_references():
    types = b"\x60" + write.vector([b"\x63\x70", b"\x64\x6f", b"\x63\x00"]) + b"\0"
    module = wasm.parse(write.HEADER + write.section(wasm.TYPE, [types]))
    assert module.types[0].params == ("funcref", "(ref extern)", "(ref null 0)")


@pytest.mark.parametrize(
    "value", [0, 1, -1, 63, 64, -64, -65, 127, 128, 2**31 - 1, -(2**31), 300, -300]
)
def test_signed_numbers(value):
    expression = b"\x41" + write.signed(value) + b"\x0b"
    section = write.section(wasm.GLOBAL, [write.global_type("i32", False) + expression])
    assert wasm.parse(write.HEADER + section).defined_globals[0].value == (("i32.const", value),)


def a_global(constant: bytes) -> bytes:
    content = write.global_type("i32", False) + constant + b"\x0b"
    return write.HEADER + write.section(wasm.GLOBAL, [content])


@pytest.mark.parametrize(
    ("data", "offset", "reason"),
    [
        (b"", 0, "starts with"),
        (b"\0asm\x0d\0\1\0", 4, "version 1 of a core module"),
        (write.HEADER + b"\x63\0", 8, "expected a section, 0 to 13, found 99"),
        (write.HEADER + b"\1\5\0", 10, "expected 5 bytes of section 1, found 1"),
        (write.HEADER + b"\1\1\0\1\1\0", 11, "section 1 once"),
        (write.HEADER + b"\2\1\0\1\1\0", 11, "before section 2"),
        (write.HEADER + b"\1\2\0\0", 11, "the end of the types, found 1 more"),
        (write.HEADER + b"\1\2\1\x61", 11, "a function type, 0x60, found 0x61"),
        (write.HEADER + b"\1\4\1\x60\1\5", 13, "found 0x05"),
        (write.HEADER + b"\3\2\1\0", 11, "a type index below 0, found 0"),
        (write.HEADER + b"\1\1\x81", 11, "found the end"),
        (write.HEADER + b"\1\6\xff\xff\xff\xff\x7f\0", 10, "unsigned number of 32 bits"),
        (write.HEADER + b"\1\7\x80\x80\x80\x80\x80\0\0", 10, "at most 5 bytes"),
        (write.HEADER + b"\1\5\xff\xff\xff\xff\x0f", 10, "found 4294967295"),
        (a_global(b"\x41\xff\xff\xff\xff\x0f"), 14, "signed number of 32 bits"),
        (a_global(b"\x41\x80\x80\x80\x80\x80\0"), 14, "at most 5 bytes"),
        (a_global(b"\x20\0"), 13, "a constant instruction, found 0x20"),
        (write.HEADER + b"\7\5\1\1f\2\0", 14, "a memory index below 0, found 0"),
        (write.HEADER + write.section(wasm.EXPORT, [b"\2\xff\xfe\0\0"]), 12, "UTF-8"),
        (write.HEADER + b"\x0a\2\1\0", 12, "expected 0 function bodies, found 1"),
        (write.HEADER + dylink_0(memory=(0, 32)), 22, "a power of two below 2^32"),
    ],
)
def test_errors_name_the_byte_and_what_was_expected(data, offset, reason):
    with pytest.raises(WasmError) as error:
        wasm.parse(data, "bad.wasm")
    assert reason in error.value.reason
    assert error.value.offset == offset
    assert str(error.value).startswith(f"bad.wasm, byte {offset}: ")
    assert isinstance(error.value, MuslfallError)


def test_the_same_export_twice():
    twice = [write.export("f", "tag", 0)] * 2
    data = (
        write.HEADER
        + write.section(wasm.TYPE, [write.function_type(FunctionType())])
        + write.section(wasm.TAG, [b"\0\0"])
        + write.section(wasm.EXPORT, twice)
    )
    with pytest.raises(WasmError, match="each export's name once, found f again"):
        wasm.parse(data)


@pytest.mark.parametrize(
    ("name", "content", "attribute", "reason"),
    [
        ("linking", b"\1", "symbols", "linking version 2, found 1"),
        ("linking", b"\2\x08\2\1\x09", "symbols", "a symbol's kind, 0 to 5, found 9"),
        ("name", b"\1\5\0", "names", "expected 5 bytes"),
        ("producers", b"\1", "producers", "expected at most 0 producers fields"),
        ("target_features", b"\1\x21\0", "target_features", "a feature's prefix"),
    ],
)
def test_a_malformed_custom_section_fails_when_it_is_asked_for(name, content, attribute, reason):
    module = wasm.parse(write.HEADER + write.custom(name, content))
    with pytest.raises(WasmError, match=reason):
        getattr(module, attribute)


def test_evaluate():
    assert wasm.evaluate((("i32.const", 7),), {}) == 7
    assert wasm.evaluate((("global.get", 3),), {}) is None
    expression = (("global.get", 3), ("i32.const", 4), ("i32.mul", 0), ("i32.const", 1))
    assert wasm.evaluate(expression, {3: 5}) is None
    assert wasm.evaluate((*expression, ("i32.sub", 0)), {3: 5}) == 19
    assert wasm.evaluate((("i32.add", 0),), {}) is None
    assert wasm.evaluate((("ref.null", 0),), {}) is None


def read_all(data: bytes) -> None:
    """Whatever the bytes are: a module, or a WasmError within the file."""
    try:
        module = wasm.parse(data)
    except WasmError as error:
        assert 0 <= error.offset <= len(data)
        return
    module.misplaced_dylink()
    for part in ("names", "symbols", "producers", "target_features"):
        try:
            getattr(module, part)
        except WasmError as error:
            assert 0 <= error.offset <= len(data)


@given(st.binary(max_size=300))
def test_any_bytes(data):
    read_all(data)
    read_all(write.HEADER + data)


@given(st.integers(0, 13), st.binary(max_size=100))
def test_any_section(kind, content):
    read_all(write.HEADER + bytes([kind]) + write.sized(content))


@given(
    st.sampled_from(["dylink.0", "dylink", "linking", "name", "producers", "target_features"]),
    st.binary(max_size=100),
)
def test_any_custom_section(name, content):
    read_all(write.HEADER + write.custom(name, content))


@settings(max_examples=500)
@given(st.data())
def test_a_module_with_bytes_changed(data):
    content = bytearray(everything())
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(8, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    read_all(bytes(content))


def test_every_truncation_of_a_module_is_an_error_or_ends_with_a_section():
    whole = everything()
    sections = wasm.parse(whole).sections
    ends = {8, *(section.offset + section.size for section in sections)}
    bodies = next(item.offset for item in sections if item.id == wasm.CODE)
    functions = next(item.offset for item in sections if item.id == wasm.FUNCTION)
    for size in range(len(whole)):
        if size in ends and not functions <= size < bodies:
            wasm.parse(whole[:size])
        else:
            with pytest.raises(WasmError):
                wasm.parse(whole[:size])


@pytest.mark.parametrize("indexes", [[b"\1", b"\0"], [b"\x81\0", b"\0"], [b"\1", b"\x80\x80\0"]])
def test_a_type_index_of_any_length(indexes):
    kinds = [FunctionType(), FunctionType(("i32",))]
    module = wasm.parse(
        write.HEADER
        + write.section(wasm.TYPE, map(write.function_type, kinds))
        + write.section(wasm.FUNCTION, indexes)
        + write.section(wasm.CODE, [write.body(b"")] * 2)
    )
    assert module.functions == (kinds[1], kinds[0])


@pytest.mark.parametrize("indexes", [b"\2\0\2", b"\2\0", b"\2\0\0\0", b"\1\x82\0", b""])
def test_a_function_section_that_is_wrong(indexes):
    types = write.section(wasm.TYPE, [write.function_type(FunctionType())] * 2)
    functions = bytes([wasm.FUNCTION]) + write.sized(indexes)
    with pytest.raises(WasmError, match="index|functions|end"):
        wasm.parse(write.HEADER + types + functions)


@pytest.mark.parametrize("size", [0, 1, 0x7F, 0x80, 300])
def test_a_name_of_any_length(size):
    text = "\u00e4" * (size // 2) + "a" * (size % 2)
    exports = write.section(wasm.EXPORT, [write.export(text, "memory", 0)])
    memory = write.section(wasm.MEMORY, [write.memory_type(1)])
    whole = write.HEADER + memory + exports
    assert list(wasm.parse(whole).exports) == [text]
    wide = bytes([0x80 | size & 0x7F, 0x80 | size >> 7, 0])
    item = wide + text.encode() + b"\2\0"
    assert list(wasm.parse(write.HEADER + memory + write.section(wasm.EXPORT, [item])).exports) == [
        text
    ]


def test_a_large_module_is_read_in_a_moment():
    count = 5000
    data = (
        write.HEADER
        + write.section(wasm.TYPE, [write.function_type(FunctionType())])
        + write.section(wasm.FUNCTION, [b"\0"] * count)
        + write.section(wasm.EXPORT, (write.export(f"f{i}", "function", i) for i in range(count)))
        + write.section(wasm.CODE, [write.body(b"")] * count)
    )
    start = time.perf_counter()
    assert len(wasm.parse(data).exports) == count
    assert time.perf_counter() - start < 1


def test_a_great_count_in_a_small_module_takes_no_time():
    start = time.perf_counter()
    with pytest.raises(WasmError):
        wasm.parse(write.HEADER + b"\1\x06" + write.unsigned(2**32 - 1) + b"\x60")
    assert time.perf_counter() - start < 0.1
