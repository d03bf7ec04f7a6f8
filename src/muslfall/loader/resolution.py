"""The dynamic linker's decisions: what every import of a program's modules resolves to.

The second phase of arch/wasm32/LOADER.md, pure: no engine, no files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from muslfall.base.values import value, value_by
from muslfall.loader.abi import (
    ADDRESS,
    BASES,
    CELL,
    KERNEL_FUNCTIONS,
    LIBC_CALLS,
    MAIN_FORMS,
    MAINS,
    MODULE_CALLS,
    OWN,
    SHARED,
    START,
    WASI,
)
from muslfall.loader.program import LoadError, Program
from muslfall.wasm import module as wasm
from muslfall.wasm.interposition import DATA_CELL, FUNCTION_CELL, can_open
from muslfall.wasm.types import ExternType, FunctionType, GlobalType, Import, TableType


@value_by("unit", "index")
class Function:
    """A function that a unit defines: its place in units, its index there, one export of it."""

    unit: int
    index: int
    name: str
    type: FunctionType


@value
class Stub:
    """A function that no module exports: it says so when the unit calls it, and traps."""

    unit: int
    name: str
    type: FunctionType


Callee = Function | Stub


@value
class Shared:
    """The one memory, table or stack pointer, by its name."""

    name: str


@value
class Base:
    """Where the importing module's own data or table entries begin, by its name."""

    name: str


@value
class Call:
    """A function; through a trampoline if its module is not instantiated before the importer."""

    callee: Callee
    trampoline: bool = False


@value
class Address:
    """GOT.mem: offset bytes behind the memory base of unit; nothing, 0, if unit is None."""

    unit: int | None
    offset: int = 0


@value
class Pointer:
    """GOT.func: the table index of a function; 0 for None."""

    callee: Callee | None


@value
class Tag:
    """A tag that unit exports; a new one, the same for all who import the name, for None."""

    unit: int | None
    name: str
    type: FunctionType


@value
class Wasi:
    """A function of the host, by its name."""

    name: str


#: A module's path and a function's name -> `HEADER: DECLARATION`, or None.
Declared = Callable[[str, str], str | None]

Resolution = Shared | Base | Call | Address | Pointer | Tag | Wasi


@value
class Resolved:
    """The facts that instantiation needs.

    imports: for each unit, what each of its imports resolves to.
    cells: for each unit, what is its own and an earlier unit's instead: the name of the cell that
    it exports, or that `interposition` gives it, and what goes into it.
    entries: functions that need a table entry of the loader's own, in order.
    main: the name of the main module's main function, and its type.
    libc: the place in units of the module that has __init_libc.
    """

    program: Program
    imports: tuple[tuple[Resolution, ...], ...]
    cells: tuple[dict[str, Address | Pointer], ...]
    entries: tuple[Callee, ...]
    main: tuple[str, FunctionType]
    libc: int | None

    def resolutions(self) -> Iterator[Resolution]:
        """The resolution of each import, and of each cell."""
        yield from (item for unit in self.imports for item in unit)
        yield from (item for unit in self.cells for item in unit.values())

    def interposed(self, place: int) -> tuple[str, ...]:
        """The functions of a unit's own that it calls by their cells."""
        names = (name for name in self.cells[place] if name.startswith(FUNCTION_CELL))
        return tuple(name.removeprefix(FUNCTION_CELL) for name in names)

    def marks(self) -> Iterator[Address]:
        """The i32s that are to be 1: musl's __malloc_replaced, of a module whose malloc is
        interposed, and its like."""
        for place, unit in enumerate(self.program.units):
            for name in self.interposed(place):
                offset = datum(unit.wasm, f"__{name}_replaced")
                if offset is not None:
                    yield Address(place, offset)


def asked(plan: Resolved, place: int) -> set[str]:
    """The functions that the loader, or another module, may ask a unit of a program for."""
    names = {*MODULE_CALLS, *LIBC_CALLS, *KERNEL_FUNCTIONS, plan.main[0]}
    names.update(plan.interposed(place))
    for resolution in plan.resolutions():
        callee = getattr(resolution, "callee", None)
        if isinstance(callee, Function) and callee.unit == place:
            names.add(callee.name)
    return names


def undeclared(path: str, name: str) -> None:
    """No header is known."""


def resolve(program: Program, strict: bool = False, declared: Declared = undeclared) -> Resolved:
    """Resolve every import and check every interface.

    strict: an unmet function is a problem instead of a stub. declared: what a header says of a
    function, for messages. Raises LoadError with all problems.
    """
    linker = _Linker(program, strict, declared)
    imports = tuple(tuple(linker.unit(place)) for place in range(len(program.units)))
    if linker.problems:
        raise LoadError(linker.problems)
    main = find_main(program.units[0].wasm)
    assert main is not None
    plan = Resolved(program, imports, tuple(linker.cells), (), main, find_libc(program))
    return Resolved(program, imports, plan.cells, _entries(plan), main, plan.libc)


def find_main(module: wasm.Module) -> tuple[str, FunctionType] | None:
    """The function to start a main module with, whatever its type; None if there is none."""
    for name in (*MAINS, "_start"):
        if module.exported(name, "function"):
            return name, module.export_type(name)
    return None


def find_libc(program: Program) -> int | None:
    """The first unit that has __init_libc."""
    for place, unit in enumerate(program.modules):
        if unit.wasm.exported("__init_libc", "function"):
            return place
    return None


def own_entries(module: wasm.Module, table_base: int) -> dict[int, int]:
    """function index -> table index, from the active element segments of table 0.

    A segment's offset is a constant, __table_base, or the sum of both; others are not counted.
    """
    bases = {
        index: table_base
        for index, item in enumerate(module.imported("global"))
        if (item.module, item.name) == ("env", "__table_base")
    }
    entries: dict[int, int] = {}
    for segment in module.elements:
        if segment.mode != "active" or segment.table != 0:
            continue
        offset = wasm.evaluate(segment.offset, bases)
        if offset is None:
            continue
        for place, function in enumerate(segment.functions):
            if function is not None:
                entries.setdefault(function, (offset + place) & 0xFFFFFFFF)
    return entries


def _entries(plan: Resolved) -> tuple[Callee, ...]:
    """Whatever is called through the table and has no entry there by its own module's segments."""
    own = [own_entries(unit.wasm, 0) for unit in plan.program.units]
    wanted: dict[Callee, None] = {}
    for item in plan.resolutions():
        if isinstance(item, Pointer) or (isinstance(item, Call) and item.trampoline):
            callee = item.callee
            if isinstance(callee, Stub) or (callee and callee.index not in own[callee.unit]):
                wanted[callee] = None
    return tuple(wanted)


class _Linker:
    """The look-ups of one resolve, and the problems that it gathers."""

    def __init__(self, program: Program, strict: bool, declared: Declared) -> None:
        self.program = program
        self.strict = strict
        self.declared = declared
        self.problems: list[str] = []
        self.cells: list[dict[str, Address | Pointer]] = []
        self.libc = find_libc(program)
        self.passed = [unit.wasm.imported("function") for unit in program.units]
        self.ranks = {place: rank for rank, place in enumerate(program.load_order)}
        if program.kernel is not None:
            self.ranks[program.kernel] = -1

    def name(self, unit: int) -> str:
        return self.program.units[unit].name

    def unit(self, unit: int) -> Iterator[Resolution]:
        """The resolutions of one unit's imports; its problems are gathered, each once."""
        seen: dict[str, None] = {}
        for item in self.program.units[unit].wasm.imports:
            result = self.resolve(unit, item)
            if isinstance(result, str):
                seen[result] = None
            else:
                yield result
        self.cells.append({})
        for name, result in self.replaced(unit):
            if isinstance(result, str):
                seen[result] = None
            else:
                self.cells[unit][name] = result
        seen.update(dict.fromkeys(self.interface(unit)))
        self.problems += (f"{self.name(unit)}: {problem}" for problem in seen)

    def interface(self, unit: int) -> Iterator[str]:
        """The problems with what a unit defines and exports."""
        module = self.program.units[unit].wasm
        if self.program.is_command:
            return
        if unit == self.program.kernel:
            yield from _kernel_problems(module)
            return
        if len(module.memories) > len(module.imported("memory")):
            yield "has a memory of its own; link it with --import-memory"
        if unit == 0:
            yield from _main_problems(module)
        yield from _call_problems(module, MODULE_CALLS)
        if unit == self.libc:
            yield from _call_problems(module, LIBC_CALLS)

    def resolve(self, unit: int, item: Import) -> Resolution | str:
        """The resolution of the import, or the problem with it."""
        if unit == self.program.kernel or self.program.is_command:
            return self.host_import(item)
        if item.module == "env":
            return self.env(unit, item)
        if item.module == "GOT.mem" and item.type == CELL:
            return self.address(unit, item)
        if item.module == "GOT.func" and item.type == CELL:
            return self.pointer(unit, item)
        if item.module == WASI:
            return f"imports {item.module}.{item.name}, which only the kernel may"
        return _nothing(item)

    def host_import(self, item: Import) -> Resolution | str:
        if item.module == WASI and item.kind == "function":
            return Wasi(item.name)
        return _nothing(item)

    def env(self, unit: int, item: Import) -> Resolution | str:
        if item.kind == "function":
            return self.call(unit, item)
        if item.kind == "tag":
            return self.tag(unit, item)
        if SHARED.get(item.name) == item.kind:
            return Shared(item.name)
        if item.name in BASES and item.type == ADDRESS:
            return Base(item.name)
        return _nothing(item)

    def is_bound(self, unit: int, name: str, kind: str) -> bool:
        """Whether the unit's own definition is what it finds, wherever it comes in search order."""
        module = self.program.units[unit].wasm
        if module.dynamic_list is None or name in module.dynamic_list:
            return False
        export = module.exported(name, kind)
        return export is not None and export.index >= len(module.imported(kind))

    def exporter(self, name: str, kind: str, asks: int | None = None) -> int | None:
        """The first unit in search order, the kernel last, that exports name.

        asks: the unit that imports it, whose own it is if that is bound.
        """
        if asks is not None and self.is_bound(asks, name, kind):
            return asks
        for place, unit in enumerate(self.program.units):
            if unit.wasm.exported(name, kind):
                if kind != "function" and place == self.program.kernel:
                    return None
                return place
        return None

    def function(self, name: str, asks: int | None = None) -> Callee | None:
        """The function called name, through modules that only pass it on.

        asks: the unit that imports it.

        None: no module exports it, or modules that export it only pass it on to each other, in a
        circle. The stub of a module that passes on what no module exports.
        """
        callee: Callee | None = None
        passed = set()
        while (place := self.exporter(name, "function", asks)) is not None:
            if name in passed:
                return None
            passed.add(name)
            module = self.program.units[place].wasm
            index = module.exports[name].index
            imported = self.passed[place]
            kind = module.functions[index]
            if index >= len(imported) or place == self.program.kernel:
                return Function(place, index, name, kind)
            name, asks = imported[index].name, place
            callee = Stub(place, name, kind)
            if imported[index].module != "env":
                break
        return callee

    def replaced(self, unit: int) -> Iterator[tuple[str, Address | Pointer | str]]:
        """The cells of what the unit defines and earlier units have instead, or the problems."""
        if unit in (0, self.program.kernel):
            return
        module = self.program.units[unit].wasm
        for name in module.dynamic_list or ():
            cell = module.exported(DATA_CELL + name, "global")
            address = cell and module.globals[cell.index] == CELL and self.datum(name)
            if address and address.unit < unit:
                yield DATA_CELL + name, address
        for index, name in self.replaced_functions(unit):
            pointer = self.replacement(unit, name, index)
            if pointer is not None:
                yield FUNCTION_CELL + name, pointer

    def replaced_functions(self, unit: int) -> Iterator[tuple[int, str]]:
        """The functions that a unit defines, and an earlier one exports under each of the names by
        which this one calls them: index, and the first name.

        A name that it imports, too, is not one of these: its calls go by the import.
        """
        module = self.program.units[unit].wasm
        if not can_open(module):
            return iter(())
        imported = {item.name for item in self.passed[unit]} | OWN
        first: dict[int, str] = {}
        shadowed = set()
        for name in module.exports if module.dynamic_list is None else module.dynamic_list:
            export = module.exported(name, "function")
            if export and name not in imported and self.exporter(name, "function") < unit:
                first.setdefault(export.index, name)
                shadowed.add(name)
        bound = {
            item.index
            for item in (module.exports.values() if first else ())
            if item.kind == "function" and item.name not in shadowed | imported
        }
        defined = len(self.passed[unit])
        return ((i, name) for i, name in first.items() if i >= defined and i not in bound)

    def replacement(self, unit: int, name: str, index: int) -> Pointer | str | None:
        """The function that an earlier unit has instead of the unit's own, or the problem."""
        callee = self.function(name)
        if not isinstance(callee, Function) or (callee.unit, callee.index) == (unit, index):
            return None
        own = self.program.units[unit].wasm.functions[index]
        if callee.type != own:
            return self.mismatch(name, own, self.exporter(name, "function"), callee.type, "defines")
        return Pointer(callee)

    def unmet(self, unit: int, item: Import) -> str | None:
        """The problem with an unmet function, if it is one."""
        if self.strict and not self.is_weak(unit, item):
            return f"{item.name}: no module exports this function"
        return None

    def is_weak(self, unit: int, item: Import) -> bool:
        dylink = self.program.units[unit].wasm.dylink
        return dylink is not None and any(
            dylink.is_weak(module, item.name) for module in (item.module, "env")
        )

    def call(self, unit: int, item: Import) -> Resolution | str:
        exporter = self.exporter(item.name, "function", unit)
        if exporter is not None:
            exported = self.program.units[exporter].wasm.export_type(item.name)
            if exported != item.type:
                return self.mismatch(item.name, item.type, exporter, exported)
        function = self.function(item.name, unit)
        if function is None:
            return self.unmet(unit, item) or Call(Stub(unit, item.name, item.type))
        later = isinstance(function, Function) and self.ranks[function.unit] >= self.ranks[unit]
        return Call(function, trampoline=later)

    def mismatch(
        self, name: str, wanted: object, exporter: int, exported: object, does: str = "imports"
    ) -> str:
        said = f"{does} {name} as {wanted}, but {self.name(exporter)} exports it as {exported}"
        line = self.declared(self.program.units[exporter].path, name)
        return f"{said} ({line})" if line else said

    def tag(self, unit: int, item: Import) -> Resolution | str:
        kind = item.type.function
        exporter = self.exporter(item.name, "tag")
        if exporter is None:
            return Tag(None, item.name, kind)
        exported = self.program.units[exporter].wasm.export_type(item.name).function
        if exported != kind:
            return self.mismatch(item.name, kind, exporter, exported)
        if self.ranks[exporter] >= self.ranks[unit]:
            owner = self.name(exporter)
            return f"imports the tag {item.name} of {owner}, which is instantiated after it"
        return Tag(exporter, item.name, kind)

    def address(self, unit: int, item: Import) -> Resolution | str:
        found = self.datum(item.name, unit)
        if found is not None:
            return found
        if self.is_weak(unit, item):
            return Address(None)
        return f"{item.name}: no module exports this datum"

    def datum(self, name: str, asks: int | None = None) -> Address | None:
        """The datum called name, of the first unit that exports it, or of the unit that asks."""
        units = list(enumerate(self.program.modules))
        if asks is not None and self.is_bound(asks, name, "global"):
            units.insert(0, units[asks])
        for place, unit in units:
            offset = datum(unit.wasm, name)
            if offset is not None:
                return Address(place, offset)
        return None

    def pointer(self, unit: int, item: Import) -> Resolution | str:
        function = self.function(item.name, unit)
        if function is not None:
            return Pointer(function)
        if self.is_weak(unit, item):
            return Pointer(None)
        return self.unmet(unit, item) or Pointer(self.pointed_stub(item.name))

    def pointed_stub(self, name: str) -> Stub:
        """The one stub behind every GOT.func of that name."""
        units = [unit.wasm.imports for unit in self.program.modules]
        first = next(
            place
            for place, imports in enumerate(units)
            if any((item.module, item.name) == ("GOT.func", name) for item in imports)
        )
        types = (
            item.type
            for imports in units
            for item in imports
            if (item.module, item.name, item.kind) == ("env", name, "function")
        )
        return Stub(first, name, next(types, FunctionType()))


def datum(module: wasm.Module, name: str) -> int | None:
    """The offset of an exported datum from the module's memory base; None if there is none."""
    export = module.exported(name, "global")
    defined = export.index - len(module.imported("global")) if export else -1
    if export is None or defined < 0:
        return None
    value = module.defined_globals[defined].value
    if module.globals[export.index] != ADDRESS or len(value) != 1:
        return None
    return value[0][1] if value[0][0] == "i32.const" else None


def _nothing(item: Import) -> str:
    return f"imports {item.module}.{item.name}, which nothing provides"


def _main_problems(module: wasm.Module) -> Iterator[str]:
    main = find_main(module)
    if main is None:
        yield "exports no main"
    elif main[1] not in ((START,) if main[0] == "_start" else MAIN_FORMS):
        yield f"exports {main[0]} as {main[1]}, which is no form of main"


def _call_problems(module: wasm.Module, calls: dict[str, FunctionType]) -> Iterator[str]:
    for name, wanted in calls.items():
        if module.exported(name, "function") and module.export_type(name) != wanted:
            found = module.export_type(name)
            yield f"exports {name} as {found}, but the loader calls it as {wanted}"


def _can_be_shared(kind: ExternType) -> bool:
    if isinstance(kind, GlobalType):
        return kind == CELL
    if isinstance(kind, TableType) and kind.element != "funcref":
        return False
    return not kind.limits.is_64


def _kernel_problems(module: wasm.Module) -> Iterator[str]:
    for name, kind in SHARED.items():
        if not module.exported(name, kind) or not _can_be_shared(module.export_type(name)):
            yield f"exports no {name}, which a kernel must"
    for name, wanted in KERNEL_FUNCTIONS.items():
        if not module.exported(name, "function"):
            yield f"exports no {name}, which a kernel must"
        elif module.export_type(name) != wanted:
            yield f"exports {name} as {module.export_type(name)}, but a kernel has it as {wanted}"
