"""The link-time check of a module's imports."""

from muslfall.driver import check as link_check
from muslfall.wasm.custom import BINDING_WEAK
from muslfall.wasm.module import Dylink, Module
from muslfall.wasm.types import Export, FunctionType, GlobalType, Import

I_I = FunctionType(("i32",), ("i32",))
I_J = FunctionType(("i32",), ("i64",))
ADDRESS = GlobalType("i32", mutable=False)
CELL = GlobalType("i32", mutable=True)

LIBC = Module(
    b"",
    "lib/musl.wasm",
    functions=(I_I,),
    globals=(ADDRESS,),
    exports={"f": Export("f", "function", 0), "d": Export("d", "global", 0)},
)


def module(*imports, weak=(), **parts):
    flags = {("env", name): BINDING_WEAK for name in weak}
    return Module(b"", imports=imports, dylink=Dylink(imports=flags), **parts)


def function(name, kind=I_I):
    return Import("env", name, "function", kind)


def got(where, name):
    return Import(f"GOT.{where}", name, "global", CELL)


def problems(*imports, weak=(), **options):
    found = link_check.problems(module(*imports, weak=weak), [LIBC], [], **options)
    assert all(problem.is_error for problem in found)
    return [problem.text for problem in found]


def test_all_there():
    base = Import("env", "__memory_base", "global", ADDRESS)
    assert problems(base, function("f"), got("mem", "d"), got("func", "f")) == []


def test_missing_once_per_name():
    assert problems(function("g"), got("func", "g"), got("mem", "h")) == [
        "undefined symbol: g",
        "undefined symbol: h",
    ]


def test_weak_may_be_missing():
    assert problems(function("g"), got("func", "g"), got("mem", "h"), weak=("g", "h")) == []


def test_another_type_is_wrong_even_when_weak():
    expected = ["f is called as (i32) -> (i64), but musl.wasm has it as (i32) -> (i32)"]
    assert problems(function("f", I_J)) == expected
    assert problems(function("f", I_J), weak=("f",)) == expected


def test_a_configure_script_s_question_is_no_error():
    probe = module(function("f", FunctionType((), ("i32",))), function("nosuch"))
    there, missing = link_check.problems(probe, [LIBC], [])
    assert there.text == "f is called as () -> (i32), but musl.wasm has it as (i32) -> (i32)"
    assert (there.is_error, missing.is_error) == (False, True)


def test_another_kind():
    assert problems(got("mem", "f")) == ["f is no datum, but a function, in musl.wasm"]
    assert problems(got("func", "d")) == ["d is no function, but a global, in musl.wasm"]
    assert problems(function("d")) == ["d is no function, but a global, in musl.wasm"]


def test_only_types():
    assert problems(function("g"), only_types=True) == []
    assert len(problems(function("f", I_J), only_types=True)) == 1


def test_the_first_provider_counts():
    first = Module(b"", "libx.so", functions=(I_J,), exports={"f": Export("f", "function", 0)})
    assert link_check.problems(module(function("f", I_J)), [first, LIBC], []) == []


def test_a_module_finds_itself():
    exports = {"f": Export("f", "function", 1)}
    own = module(function("f", I_J), functions=(I_J, I_J), exports=exports)
    assert link_check.problems(own, [LIBC], []) == []


def test_imports_of_the_program_s_own_making():
    assert problems(Import("browser", "alert", "function", I_I)) == []


def test_wanted():
    asks = module(function("b"), got("mem", "a"), Import("env", "__table_base", "global", ADDRESS))
    assert link_check.wanted(asks) == ["a", "b"]


def test_is_shared(tmp_path):
    path = tmp_path / "x"
    for content, expected in [
        (b"\0asm\1\0\0\0\0\x0f\x08dylink.0\1\4\0\0\0\0", True),
        (b"\0asm\1\0\0\0\0\x0c\x06dylink\0\0\0\0\0", True),
        (b"\0asm\1\0\0\0", False),
        (b"!<arch>\ndylink.0", False),
    ]:
        path.write_bytes(content)
        assert link_check.is_shared(path) is expected
    assert not link_check.is_shared(tmp_path / "nosuch")
