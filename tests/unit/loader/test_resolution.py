"""Search and load order, resolution, allocation: the loader's decisions, without an engine."""

import struct

import pytest

from muslfall.loader import abi, allocation, program, resolution
from muslfall.loader.program import LoadError, Program, Unit
from muslfall.loader.resolution import (
    Address,
    Base,
    Call,
    Function,
    Pointer,
    Shared,
    Stub,
    Tag,
    Wasi,
)
from muslfall.wasm import module as wasm
from muslfall.wasm import types as wasm_types
from muslfall.wasm import writer as write
from muslfall.wasm.module import Dylink, Module
from muslfall.wasm.types import (
    ElementSegment,
    Export,
    FunctionType,
    Global,
    GlobalType,
    Import,
    Limits,
    MemoryType,
    TableType,
    TagType,
)

UNARY = FunctionType(("i32",), ("i32",))
MAIN = FunctionType((), ("i32",))
NOTHING = FunctionType()
CELL = GlobalType("i32", True)
ADDRESS = GlobalType("i32", False)


def needs(name: str, kind=UNARY, module="env") -> Import:
    """An import; its kind follows from its type."""
    kinds = {GlobalType: "global", TagType: "tag"}
    return Import(module, name, kinds.get(type(kind), "function"), kind)


def module(*imports, has=(), data=(), tags=(), elements=(), dylink=None, passes=()) -> Module:
    """A module with functions (name or (name, type)), data (name, offset), tags (name, type).

    passes: (export, import) names of functions that it only passes on.
    """
    has = [item if isinstance(item, tuple) else (item, UNARY) for item in has]
    of = {
        kind: [item.type for item in imports if item.kind == kind]
        for kind in ("function", "global", "tag")
    }
    exports = {}
    for kind, items in (("function", has), ("global", data), ("tag", tags)):
        for i, (name, _) in enumerate(items):
            exports[name] = Export(name, kind, len(of[kind]) + i)
    functions = [item.name for item in imports if item.kind == "function"]
    for name, passed in passes:
        exports[name] = Export(name, "function", functions.index(passed))
    return Module(
        b"",
        imports=imports,
        functions=(*of["function"], *(kind for _, kind in has)),
        globals=(*of["global"], *(ADDRESS for _ in data)),
        defined_globals=tuple(Global(ADDRESS, (("i32.const", value),)) for _, value in data),
        tags=(*of["tag"], *(TagType(kind) for _, kind in tags)),
        exports=exports,
        elements=elements,
        dylink=dylink or Dylink(),
    )


def a_program(main: Module, *libraries: Module, kernel: Module | None = None) -> Program:
    """main.wasm, a.wasm, b.wasm, …, with a main function added to the first."""
    if not resolution.find_main(main):
        main.exports["main"] = Export("main", "function", len(main.functions))
        main.functions += (MAIN,)
    names = ["main.wasm", "a.wasm", "b.wasm", "c.wasm"]
    units = [Unit(name, item) for name, item in zip(names, (main, *libraries), strict=False)]
    order = tuple(reversed(range(len(units))))
    if kernel is not None:
        units.append(Unit("kernel.wasm", kernel))
    return Program(tuple(units), order, has_kernel=kernel is not None)


def resolve(*modules: Module, kernel: Module | None = None, strict: bool = False):
    """The resolutions of the main module's imports."""
    return resolution.resolve(a_program(*modules, kernel=kernel), strict).imports[0]


def problems(*modules: Module, kernel: Module | None = None, strict: bool = False) -> list[str]:
    with pytest.raises(LoadError) as error:
        resolution.resolve(a_program(*modules, kernel=kernel), strict)
    return list(error.value.problems)


def a_kernel(**changes) -> Module:
    functions = {**abi.KERNEL_FUNCTIONS, **changes}
    kernel = module(has=[item for item in functions.items() if item[1] is not None])
    for name, kind in abi.SHARED.items():
        kernel.exports[name] = Export(name, kind, 0)
    kernel.globals = (CELL,)
    kernel.tables = (TableType("funcref", Limits(1)),)
    kernel.memories = (MemoryType(Limits(1)),)
    return kernel


# Reading


def binary(needed=(), syscall: int | None = None) -> bytes:
    names = write.vector(map(write.name, needed))
    content = write.HEADER + write.custom("dylink.0", b"\2" + write.sized(names))
    if syscall is not None:
        content += write.section(wasm.TYPE, [write.function_type(NOTHING)])
        item = write.import_("env", f"__syscall{syscall}", "function", b"\0")
        content += write.section(wasm.IMPORT, [item])
    return content


def read(files: dict[str, bytes], *paths: str, kernel: str | None = None) -> Program:
    def read_file(path: str) -> bytes:
        if path not in files:
            raise FileNotFoundError(path)
        return files[path]

    return program.read(paths, kernel, read_file)


def read_problems(files: dict[str, bytes], *paths: str, kernel: str | None = None) -> list[str]:
    with pytest.raises(LoadError) as error:
        read(files, *paths, kernel=kernel)
    return list(error.value.problems)


def test_search_order_is_the_command_line_then_breadth_first():
    files = {
        "m": binary(["x", "y"]), "x": binary(["z"]), "y": binary(["w"]), "z": binary(),
        "w": binary(["m"]), "l": binary(),
    }  # fmt: skip
    assert [unit.name for unit in read(files, "m", "l").units] == ["m", "l", "x", "y", "z", "w"]


def test_what_a_module_needs_lies_beside_it():
    files = {"d/m": binary(["x"]), "d/x": binary(["y"]), "d/y": binary()}
    assert [unit.path for unit in read(files, "d/m").units] == ["d/m", "d/x", "d/y"]


def test_the_command_line_satisfies_a_need():
    files = {"m": binary(["x"]), "elsewhere/x": binary()}
    assert [unit.path for unit in read(files, "m", "elsewhere/x").units] == ["m", "elsewhere/x"]


@pytest.mark.parametrize(
    ("needs", "named", "order"),
    [
        ({"m": "", "a": "", "b": ""}, "mab", "bam"),
        ({"m": "ab", "a": "", "b": ""}, "m", "abm"),
        ({"m": "ab", "a": "b", "b": ""}, "m", "bam"),
        ({"m": "a", "a": "m"}, "m", "am"),
        ({"m": "a", "a": "b", "b": "a"}, "m", "bam"),
        ({"m": "", "a": "b", "b": ""}, "mab", "bam"),
        ({"m": "", "a": "", "b": "a"}, "mab", "abm"),
        ({"m": "a", "a": "a"}, "m", "am"),
    ],
)
def test_load_order_is_depth_first_and_later_before_earlier(needs, named, order):
    files = {name: binary(list(needed)) for name, needed in needs.items()}
    loaded = read(files, *named)
    assert "".join(loaded.units[place].name for place in loaded.load_order) == order


def test_a_long_chain_of_needs():
    files = {f"m{i}": binary([f"m{i + 1}"]) for i in range(3000)} | {"m3000": binary()}
    assert read(files, "m0").load_order == tuple(reversed(range(3001)))


def test_the_kernel_lies_beside_the_first_module_that_needs_it():
    files = {"m": binary(), "d/x": binary(syscall=6), "d/kernel.wasm": write.HEADER}
    loaded = read(files, "m", "d/x")
    assert loaded.units[loaded.kernel].path == "d/kernel.wasm"
    assert loaded.load_order == (1, 0)
    assert len(loaded.modules) == 2


def test_a_kernel_that_is_given_is_loaded_though_nobody_needs_it():
    assert read({"m": binary(), "k": write.HEADER}, "m", kernel="k").has_kernel
    assert not read({"m": binary()}, "m").has_kernel
    assert not read({"m": binary(syscall=7)}, "m").has_kernel


def test_every_problem_of_reading_is_gathered():
    files = {
        "m": binary(["gone"]),
        "d/not": b"\x7fELF",
        "cut": write.HEADER + b"\1",
        "plain": write.HEADER,
        "late": write.HEADER + write.custom("n", b"") + write.custom("dylink.0", b""),
    }
    assert read_problems(files, "m", "d/not", "cut", "plain", "late", "./m", "none") == [
        "m: is given twice",
        "not: is not a wasm module",
        "cut: is corrupt at byte 9: expected a section's size, found the end",
        "plain: has no dylink.0 section, so it is not position independent",
        "late: its dylink.0 section is not the first",
        "none: cannot be read",
        "m: needs gone, which cannot be read",
    ]


def test_a_kernel_that_is_not_there():
    missing = "m: needs a kernel, and there is no kernel.wasm beside it"
    assert read_problems({"m": binary(syscall=0)}, "m") == [missing]
    assert read_problems({"m": binary()}, "m", kernel="d/k") == ["k: cannot be read"]


# Functions


def test_the_first_module_in_search_order_provides():
    (call,) = resolve(module(needs("f")), module(has=["f"]), module(has=["f"]))
    assert call == Call(Function(1, 0, "f", UNARY))


def test_the_kernel_provides_last():
    kernel = a_kernel(f=UNARY)
    assert resolve(module(needs("f")), kernel=kernel)[0].callee.unit == 1
    assert resolve(module(needs("f")), module(has=["f"]), kernel=kernel)[0].callee.unit == 1


def test_what_is_instantiated_later_comes_by_trampoline():
    plan = resolution.resolve(a_program(module(has=["f"]), module(needs("f"))))
    (call,) = plan.imports[1]
    assert call == Call(Function(0, 0, "f", UNARY), trampoline=True)
    assert plan.entries == (call.callee,)


def test_a_module_that_is_first_provides_for_itself():
    (call,) = resolve(module(needs("f"), has=["f"]), module(has=["f"]))
    assert call == Call(Function(0, 1, "f", UNARY), trampoline=True)


def test_a_module_is_interposed_by_an_earlier_one():
    plan = resolution.resolve(a_program(module(has=["f"]), module(needs("f"), has=["f"])))
    assert plan.imports[1][0].callee.unit == 0


def test_a_function_that_is_passed_on_is_the_one_behind():
    main = module(needs("f"))
    between = module(needs("g"), passes=[("f", "g")])
    (call,) = resolve(main, between, module(has=["g"]))
    assert call == Call(Function(2, 0, "g", UNARY))


def test_what_is_passed_on_and_unmet_is_the_stub_of_who_passes_it_on():
    main = module(needs("f"), needs("f", CELL, "GOT.func"))
    between = module(needs("g"), passes=[("f", "g")])
    stub = Stub(1, "g", UNARY)
    assert resolve(main, between) == (Call(stub), Pointer(stub))
    assert problems(main, between, strict=True) == ["a.wasm: g: no module exports this function"]


def test_modules_that_pass_a_function_on_in_a_circle_do_not_have_it():
    circle = module(needs("g"), passes=[("f", "g")]), module(needs("f"), passes=[("g", "f")])
    main = module(needs("f"), needs("f", CELL, "GOT.func"))
    stub = Stub(0, "f", UNARY)
    assert resolve(main, *circle) == (Call(stub), Pointer(stub))
    assert problems(main, *circle, strict=True) == [
        "main.wasm: f: no module exports this function",
        "a.wasm: g: no module exports this function",
        "b.wasm: f: no module exports this function",
    ]


def test_a_mismatch_names_symbol_modules_and_types():
    main = module(needs("f"))
    library = module(has=[("f", FunctionType(("i64",), ("i32",)))])
    assert problems(main, library) == [
        "main.wasm: imports f as (i32) -> (i32), but a.wasm exports it as (i64) -> (i32)"
    ]


def test_an_unmet_function_is_a_stub_of_its_importer():
    plan = resolution.resolve(a_program(module(needs("f")), module(needs("f", NOTHING))))
    assert plan.imports[0] == (Call(Stub(0, "f", UNARY)),)
    assert plan.imports[1] == (Call(Stub(1, "f", NOTHING)),)
    assert plan.entries == ()


def test_an_unmet_function_is_a_problem_if_strict():
    main = module(needs("f"), needs("f", CELL, "GOT.func"), needs("g"))
    assert problems(main, module(needs("f")), strict=True) == [
        "main.wasm: f: no module exports this function",
        "main.wasm: g: no module exports this function",
        "a.wasm: f: no module exports this function",
    ]


def weakly(*names: str) -> Dylink:
    return Dylink(imports={("env", name): 0x11 for name in names})


def test_a_weak_function_is_never_a_problem():
    main = module(needs("f"), needs("f", CELL, "GOT.func"), dylink=weakly("f"))
    assert resolve(main, strict=True) == (Call(Stub(0, "f", UNARY)), Pointer(None))


# Pointers


def test_one_entry_for_one_function():
    main = module(needs("f", CELL, "GOT.func"), needs("g", CELL, "GOT.func"))
    library = module(has=["f"], passes=[])
    library.exports["g"] = Export("g", "function", 0)
    plan = resolution.resolve(a_program(main, library))
    assert plan.imports[0][0] == plan.imports[0][1]
    assert len(plan.entries) == 1


def test_a_function_lies_where_its_own_module_puts_it():
    base = needs("__table_base", ADDRESS)
    offset = (("global.get", 0), ("i32.const", 3), ("i32.add", 0))
    segment = ElementSegment("active", (None, 0), offset=offset)
    library = module(base, has=["f"], elements=(segment,))
    plan = resolution.resolve(a_program(module(needs("f", CELL, "GOT.func")), library))
    assert plan.entries == ()
    (pointer,) = plan.imports[0]
    assert allocation.table_indexes(plan, {0: 10, 1: 20}, 30) == {pointer.callee: 24}


def test_entries_of_the_loaders_own_follow_in_order():
    main = module(needs("f", CELL, "GOT.func"), needs("g", CELL, "GOT.func"))
    plan = resolution.resolve(a_program(main, module(has=["f"])))
    function, stub = plan.entries
    assert stub == Stub(0, "g", NOTHING)
    assert allocation.table_indexes(plan, {0: 1, 1: 1}, 7) == {function: 7, stub: 8}


@pytest.mark.parametrize(
    "segment",
    [
        ElementSegment("passive", (0,)),
        ElementSegment("active", (0,), table=1, offset=(("i32.const", 0),)),
        ElementSegment("active", (0,), offset=(("global.get", 5),)),
    ],
)
def test_segments_that_give_no_table_index(segment):
    assert resolution.own_entries(module(has=["f"], elements=(segment,)), 5) == {}


def test_the_stub_behind_a_pointer_has_the_type_of_the_first_import():
    pointer = needs("f", CELL, "GOT.func")
    plan = resolution.resolve(
        a_program(module(needs("g")), module(pointer), module(needs("f"), pointer))
    )
    assert plan.imports[1] == (Pointer(Stub(1, "f", UNARY)),)
    assert plan.imports[2] == (Call(Stub(2, "f", UNARY)), Pointer(Stub(1, "f", UNARY)))


# Data, tags, the rest


def test_data():
    main = module(needs("d", CELL, "GOT.mem"))
    assert resolve(main, module(data=[("d", 12)]), module(data=[("d", 16)])) == (Address(1, 12),)


def test_a_datum_is_an_immutable_i32_with_a_plain_value():
    library = module(data=[("d", 12)])
    library.defined_globals = (Global(ADDRESS, (("global.get", 0),)),)
    assert problems(module(needs("d", CELL, "GOT.mem")), library) == [
        "main.wasm: d: no module exports this datum"
    ]
    library = module(data=[("d", 12)])
    library.globals = (CELL,)
    assert problems(module(needs("d", CELL, "GOT.mem")), library)


def test_the_kernel_exports_no_data():
    kernel = a_kernel()
    kernel.globals += (ADDRESS,)
    kernel.defined_globals = (Global(CELL, ()), Global(ADDRESS, (("i32.const", 8),)))
    kernel.exports["d"] = Export("d", "global", 1)
    assert problems(module(needs("d", CELL, "GOT.mem")), kernel=kernel)


def test_a_weak_datum_may_be_unmet():
    assert resolve(module(needs("d", CELL, "GOT.mem"), dylink=weakly("d"))) == (Address(None),)


def test_tags():
    tag = TagType(FunctionType(("i32",)))
    assert resolve(module(needs("t", tag)), module(tags=[("t", tag.function)])) == (
        Tag(1, "t", tag.function),
    )
    assert resolve(module(needs("t", tag))) == (Tag(None, "t", tag.function),)


def test_a_tag_of_another_type_or_of_a_later_module():
    tag = TagType(FunctionType(("i32",)))
    assert problems(module(needs("t", tag)), module(tags=[("t", NOTHING)])) == [
        "main.wasm: imports t as (i32) -> (), but a.wasm exports it as () -> ()"
    ]
    assert problems(module(tags=[("t", tag.function)]), module(needs("t", tag))) == [
        "a.wasm: imports the tag t of main.wasm, which is instantiated after it"
    ]


def test_what_the_loader_itself_provides():
    main = module(
        Import("env", "memory", "memory", wasm_types.MemoryType(wasm_types.Limits(1))),
        Import("env", "__indirect_function_table", "table", wasm_types.TableType("funcref", None)),
        needs("__stack_pointer", CELL),
        needs("__memory_base", ADDRESS),
        needs("__table_base", ADDRESS),
    )
    assert resolve(main) == (
        Shared("memory"),
        Shared("__indirect_function_table"),
        Shared("__stack_pointer"),
        Base("__memory_base"),
        Base("__table_base"),
    )


def test_what_nothing_provides():
    main = module(
        needs("g", ADDRESS),
        needs("__memory_base", CELL),
        needs("f", UNARY, "other"),
        needs("d", ADDRESS, "GOT.mem"),
        needs("memory", CELL),
        needs("fd_write", UNARY, abi.WASI),
    )
    assert problems(main) == [
        "main.wasm: imports env.g, which nothing provides",
        "main.wasm: imports env.__memory_base, which nothing provides",
        "main.wasm: imports other.f, which nothing provides",
        "main.wasm: imports GOT.mem.d, which nothing provides",
        "main.wasm: imports env.memory, which nothing provides",
        "main.wasm: imports wasi_snapshot_preview1.fd_write, which only the kernel may",
    ]


def test_the_kernels_imports():
    kernel = a_kernel()
    kernel.imports = (needs("fd_write", UNARY, abi.WASI),)
    kernel.functions = (UNARY, *kernel.functions)
    kernel.exports = {
        name: Export(name, item.kind, item.index + (item.kind == "function"))
        for name, item in kernel.exports.items()
    }
    assert resolution.resolve(a_program(module(), kernel=kernel)).imports[1] == (Wasi("fd_write"),)
    kernel.imports = (needs("f"),)
    assert problems(module(), kernel=kernel) == [
        "kernel.wasm: imports env.f, which nothing provides"
    ]


@pytest.mark.parametrize(
    ("space", "kind", "name"),
    [
        ("memories", MemoryType(Limits(1, is_64=True)), "memory"),
        ("tables", TableType("funcref", Limits(1, is_64=True)), "__indirect_function_table"),
        ("tables", TableType("externref", Limits(1)), "__indirect_function_table"),
    ],
)
def test_what_no_other_module_can_share(space, kind, name):
    kernel = a_kernel()
    setattr(kernel, space, (kind,))
    wanted = [f"kernel.wasm: exports no {name}, which a kernel must"]
    assert problems(module(), kernel=kernel) == wanted


def test_half_a_kernel():
    kernel = a_kernel(__syscall3=None, __kernel_free=NOTHING)
    del kernel.exports["memory"]
    kernel.globals = (ADDRESS,)
    assert problems(module(), kernel=kernel) == [
        "kernel.wasm: exports no memory, which a kernel must",
        "kernel.wasm: exports no __stack_pointer, which a kernel must",
        "kernel.wasm: exports no __syscall3, which a kernel must",
        "kernel.wasm: exports __kernel_free as () -> (), but a kernel has it as (i32, i32) -> ()",
    ]


# Main


@pytest.mark.parametrize(
    ("exports", "found"),
    [
        ([("main", MAIN), ("__main_argc_argv", MAIN)], "__main_argc_argv"),
        ([("__main_void", MAIN), ("_start", NOTHING)], "__main_void"),
        ([("_start", NOTHING)], "_start"),
    ],
)
def test_which_main(exports, found):
    assert resolution.resolve(a_program(module(has=exports))).main[0] == found


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("main", FunctionType(("i64",), ("i32",))),
        ("main", FunctionType((), ("i64",))),
        ("main", FunctionType(("i32",) * 4, ("i32",))),
        ("_start", MAIN),
    ],
)
def test_no_form_of_main(name, kind):
    wanted = [f"main.wasm: exports {name} as {kind}, which is no form of main"]
    assert problems(module(has=[(name, kind)])) == wanted


def test_only_the_main_module_needs_a_main():
    library = module(has=["f"])
    program_ = a_program(module(), library)
    program_.units[0].wasm.exports.clear()
    with pytest.raises(LoadError) as error:
        resolution.resolve(program_)
    assert error.value.problems == ("main.wasm: exports no main",)


def test_the_libc_is_the_first_with_init_libc():
    libc = module(has=[("__init_libc", FunctionType(("i32", "i32")))])
    assert resolution.resolve(a_program(module(), module(), libc, libc)).libc == 2
    assert resolution.resolve(a_program(module())).libc is None


# Layout


def sized(memory: int, align: int = 0, table: int = 0, table_align: int = 0) -> Module:
    return module(dylink=Dylink(memory, align, table, table_align))


def test_memory_without_a_kernel():
    loaded = a_program(sized(10), sized(0, 16), sized(7, 4))
    bases, end = allocation.memory_bases(loaded)
    assert bases == {2: allocation.STACK_SIZE, 1: 0, 0: allocation.STACK_SIZE + 7}
    assert end == allocation.STACK_SIZE + 17


def test_more_memory_than_there_is():
    with pytest.raises(LoadError) as error:
        allocation.memory_bases(a_program(sized(1), sized(2**32 - 1)))
    assert error.value.problems == (
        "a.wasm: wants 4294967295 bytes of memory, which cannot be had",
    )


def test_the_table():
    loaded = a_program(sized(0, 0, 3), sized(0, 0, 5, 3))
    assert allocation.table_bases(loaded, 1, 2) == ({1: 8, 0: 13}, 16)


def test_a_table_beyond_the_limit():
    with pytest.raises(LoadError, match="cannot be loaded"):
        allocation.table_bases(a_program(sized(0, 0, allocation.TABLE_LIMIT)), 1, 0)
    allocation.table_bases(a_program(sized(0, 0, allocation.TABLE_LIMIT - 2)), 1, 1)


def test_the_start_block():
    block = allocation.start_block([b"prog", b"x"], [b"A=b"], 0x1000)
    words = struct.unpack_from("<8I", block)
    assert words[0] == 2
    text = [block[at - 0x1000 :].split(b"\0")[0] for at in (words[1], words[2], words[4])]
    assert text == [b"prog", b"x", b"A=b"]
    assert (words[3], words[5], words[6], words[7]) == (0, 0, 0, 0)
