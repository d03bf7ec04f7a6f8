"""A wasm module as its binary describes it: types, imports, exports, no engine needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

from muslfall.base import digest
from muslfall.base.values import Fresh, holder
from muslfall.wasm import custom as wasm_custom
from muslfall.wasm.custom import Dylink, Names, Symbol
from muslfall.wasm.reader import Reader, WasmError
from muslfall.wasm.types import (
    _SHORT,
    CONSTANT_PROPOSALS,
    CORE_VERSION,
    FORM_PROPOSALS,
    HEAP_TYPES,
    KIND_PROPOSALS,
    KINDS,
    MAGIC,
    NUMBER_TYPES,
    REFERENCE_TYPES,
    VALUE_PROPOSALS,
    ElementSegment,
    Export,
    Expression,
    ExternType,
    FunctionType,
    Global,
    GlobalType,
    Import,
    Instruction,
    Limits,
    MemoryType,
    Section,
    TableType,
    TagType,
)

__all__ = [
    "Dylink", "ElementSegment", "Export", "FunctionType", "Global", "GlobalType", "Import",
    "Limits", "MemoryType", "Module", "Names", "Section", "Symbol", "TableType", "TagType",
    "WasmError", "evaluate", "global_places", "parse",
]  # fmt: skip

#: The section of ours that says which of a module's names another module may have instead.
DYNAMIC_LIST = "dynamic-list"
INDEXES = {kind: f"a {kind} index" for kind in KINDS}

# Core specification, binary format: section ids in the order that they must have.
CUSTOM, TYPE, IMPORT, FUNCTION, TABLE, MEMORY, GLOBAL = 0, 1, 2, 3, 4, 5, 6
EXPORT, START, ELEMENT, CODE, DATA, DATA_COUNT, TAG = 7, 8, 9, 10, 11, 12, 13
ORDER = (
    TYPE, IMPORT, FUNCTION, TABLE, MEMORY, TAG, GLOBAL, EXPORT, START, ELEMENT, DATA_COUNT, CODE,
    DATA,
)  # fmt: skip


@holder
class Module:
    """functions, tables, memories, globals and tags are index spaces: imports come first.

    dylink: what dylink.0 or dylink says, if it is the first section, as it must be.
    dynamic_list: what our section of that name says (LOADER.md); None if there is none.
    """

    data: bytes
    path: str | None = None
    sections: tuple[Section, ...] = ()
    types: tuple[FunctionType, ...] = ()
    imports: tuple[Import, ...] = ()
    functions: tuple[FunctionType, ...] = ()
    tables: tuple[TableType, ...] = ()
    memories: tuple[MemoryType, ...] = ()
    globals: tuple[GlobalType, ...] = ()
    tags: tuple[TagType, ...] = ()
    defined_globals: tuple[Global, ...] = ()
    exports: dict[str, Export] = Fresh(dict)
    start: int | None = None
    elements: tuple[ElementSegment, ...] = ()
    dylink: Dylink | None = None
    dynamic_list: tuple[str, ...] | None = None

    @cached_property
    def digest(self) -> bytes:
        """A digest that stands for the module's bytes."""
        return digest.of(self.data)

    def type_numbers(self) -> dict[FunctionType, int]:
        """Each type's first index among the types."""
        return {kind: number for number, kind in reversed(list(enumerate(self.types)))}

    def misplaced_dylink(self) -> str | None:
        """The name of a dylink.0 or dylink section, if none is the first section."""
        names = (section.name for section in self.sections if self.dylink is None)
        return next((name for name in names if name in ("dylink.0", "dylink")), None)

    def imported(self, kind: str) -> list[Import]:
        """The imports of a kind: the start of its index space."""
        return [item for item in self.imports if item.kind == kind]

    def space(self, kind: str) -> tuple[ExternType, ...]:
        """The index space of a kind."""
        return {
            "function": self.functions,
            "table": self.tables,
            "memory": self.memories,
            "global": self.globals,
            "tag": self.tags,
        }[kind]

    def export_type(self, name: str) -> ExternType:
        """The type of the export name. KeyError if there is none."""
        export = self.exports[name]
        return self.space(export.kind)[export.index]

    def exported(self, name: str, kind: str) -> Export | None:
        """The export called name, if it is of this kind."""
        export = self.exports.get(name)
        return export if export is not None and export.kind == kind else None

    def custom(self, name: str) -> Reader | None:
        """A reader over the first custom section called name."""
        for section in self.sections:
            if section.id == CUSTOM and section.name == name:
                end = section.offset + section.size
                return Reader(self.data, section.offset, end, self.path)
        return None

    @cached_property
    def names(self) -> Names:
        """The name section. WasmError if it is malformed."""
        reader = self.custom("name")
        return wasm_custom.parse_names(reader) if reader else Names()

    @cached_property
    def symbols(self) -> tuple[Symbol, ...]:
        """The symbol table of an object file. WasmError if it is malformed."""
        reader = self.custom("linking")
        return self._named(wasm_custom.parse_symbols(reader)) if reader else ()

    def _named(self, symbols: tuple[Symbol, ...]) -> tuple[Symbol, ...]:
        """An undefined symbol without a name of its own has its import's."""
        spaces = {kind: [item.name for item in self.imported(kind)] for kind in KINDS}
        named = []
        for symbol in symbols:
            space = spaces.get(symbol.kind, [])
            if symbol.name is None and symbol.index is not None and symbol.index < len(space):
                name = space[symbol.index]
                symbol = Symbol(symbol.kind, name, symbol.flags, symbol.index)
            named.append(symbol)
        return tuple(named)

    @cached_property
    def producers(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """field -> (tool, version) pairs. WasmError if the section is malformed."""
        reader = self.custom("producers")
        return wasm_custom.parse_producers(reader) if reader else {}

    @cached_property
    def target_features(self) -> dict[str, str]:
        """feature -> prefix. WasmError if the section is malformed."""
        reader = self.custom("target_features")
        return wasm_custom.parse_target_features(reader) if reader else {}


def parse(data: bytes, path: str | None = None) -> Module:
    """Read a module; path is used in messages only.

    Function bodies and data are not looked at; custom sections but dylink are read when asked for.
    Raises WasmError, and nothing else, whatever the bytes are.
    """
    parser = _Parser(bytes(data), path)
    return parser.module()


def global_places(module: Module) -> list[int]:
    """Where in the bytes each global begins that the module defines: its type, then its value."""
    places = []
    for section in module.sections:
        if section.id == GLOBAL:
            reader = Reader(module.data, section.offset, section.offset + section.size)
            for _ in range(reader.u32("the number of globals")):
                places.append(reader.position)
                _global_type(reader)
                _expression(reader)
    return places


def evaluate(expression: Expression, global_values: Mapping[int, int]) -> int | None:
    """The value of a constant expression of i32 or i64 (not wrapped to 32 bits), or None.

    global_values: index -> value of the globals whose values are known.
    """
    stack: list[int] = []
    for name, operand in expression:
        if name in ("i32.const", "i64.const"):
            stack.append(operand)
        elif name == "global.get" and operand in global_values:
            stack.append(global_values[operand])
        elif name[3:] in _ARITHMETIC and len(stack) >= 2:
            right = stack.pop()
            stack.append(_ARITHMETIC[name[3:]](stack.pop(), right))
        else:
            return None
    return stack[0] if len(stack) == 1 else None


_ARITHMETIC: dict[str, Callable[[int, int], int]] = {
    ".add": lambda left, right: left + right,
    ".sub": lambda left, right: left - right,
    ".mul": lambda left, right: left * right,
}

_PLAIN_OPCODES = {
    0x6A: "i32.add", 0x6B: "i32.sub", 0x6C: "i32.mul",
    0x7C: "i64.add", 0x7D: "i64.sub", 0x7E: "i64.mul",
}  # fmt: skip


class _Parser:
    """The state of one parse: the index spaces as they fill."""

    def __init__(self, data: bytes, path: str | None):
        self.data = data
        self.path = path
        self.reader = Reader(data, 0, len(data), path)
        self.sections: list[Section] = []
        self.types: list[FunctionType] = []
        self.imports: list[Import] = []
        self.spaces: dict[str, list] = {kind: [] for kind in KINDS}
        self.defined_functions = 0
        self.defined_globals: list[Global] = []
        self.exports: dict[str, Export] = {}
        self.start: int | None = None
        self.elements: list[ElementSegment] = []
        self.dylink: Dylink | None = None
        self.dynamic_list: tuple[str, ...] | None = None

    def module(self) -> Module:
        self._header()
        last = -1
        while self.reader.left:
            last = self._section(last)
        self._check_bodies()
        functions, tables, memories, globals_, tags = (tuple(self.spaces[kind]) for kind in KINDS)
        return Module(
            self.data,
            self.path,
            tuple(self.sections),
            tuple(self.types),
            tuple(self.imports),
            functions,
            tables,
            memories,
            globals_,
            tags,
            tuple(self.defined_globals),
            self.exports,
            self.start,
            tuple(self.elements),
            self.dylink,
            self.dynamic_list,
        )

    def _header(self) -> None:
        if self.data[:4] != MAGIC:
            self.reader.fail("expected a wasm binary, which starts with \\0asm")
        if self.data[4:8] != CORE_VERSION:
            self.reader.fail("expected version 1 of a core module", 4)
        self.reader.position = 8

    def _section(self, last: int) -> int:
        """Read one section; last and the result are places in ORDER."""
        start = self.reader.position
        kind = self.reader.byte("a section")
        if kind != CUSTOM and kind not in ORDER:
            self.reader.fail(f"expected a section, 0 to {max(ORDER)}, found {kind}", start)
        body = self.reader.within(self.reader.u32("a section's size"), f"section {kind}")
        if kind == CUSTOM:
            self._custom(body)
            return last
        place = ORDER.index(kind)
        if place <= last:
            self.reader.fail(f"expected section {kind} once, before section {ORDER[last]}", start)
        self.sections.append(Section(kind, None, body.position, body.left))
        self._parse(kind, body)
        return place

    def _custom(self, body: Reader) -> None:
        name = body.name("a custom section's name")
        parsers = {"dylink.0": wasm_custom.parse_dylink_0, "dylink": wasm_custom.parse_dylink}
        self.sections.append(Section(CUSTOM, name, body.position, body.left))
        if name in parsers and len(self.sections) == 1:
            self.dylink = parsers[name](body)
        elif name == DYNAMIC_LIST and self.dynamic_list is None:
            self.dynamic_list = wasm_custom.parse_dynamic_list(body)

    def _parse(self, kind: int, body: Reader) -> None:
        parsers: dict[int, tuple[str, Callable[[Reader], None]]] = {
            TYPE: ("types", self._type),
            IMPORT: ("imports", self._import),
            FUNCTION: ("functions", self._function),
            TABLE: ("tables", self._table),
            MEMORY: ("memories", self._memory),
            TAG: ("tags", self._tag),
            GLOBAL: ("globals", self._global),
            EXPORT: ("exports", self._export),
            ELEMENT: ("element segments", self._element),
        }
        if kind == FUNCTION and self._short_functions(body):
            return
        if kind in parsers:
            what, item = parsers[kind]
            body.vector(what, item)
            body.finish(f"the {what}")
        elif kind == START:
            self.start = self._index(body, "function")
            body.finish("the start section")

    def _check_bodies(self) -> None:
        """The code section has as many bodies as the function section has functions."""
        for section in self.sections:
            if section.id == CODE:
                body = Reader(self.data, section.offset, section.offset + section.size, self.path)
                count = body.u32("the number of function bodies")
                break
        else:
            count = 0
        if count != self.defined_functions:
            self.reader.fail(f"expected {self.defined_functions} function bodies, found {count}")

    def _type(self, reader: Reader) -> None:
        start = reader.position
        form = reader.byte("a type")
        if form != 0x60:
            reader.unknown(FORM_PROPOSALS, form, "a function type, 0x60", start)
        params = reader.vector("parameters", _value_type)
        self.types.append(FunctionType(tuple(params), tuple(reader.vector("results", _value_type))))

    def _type_index(self, reader: Reader) -> FunctionType:
        start = reader.position
        index = reader.u32("a type index")
        if index >= len(self.types):
            reader.fail(f"expected a type index below {len(self.types)}, found {index}", start)
        return self.types[index]

    def _index(self, reader: Reader, kind: str) -> int:
        start = reader.position
        index = reader.u32(INDEXES[kind])
        size = len(self.spaces[kind])
        if index >= size:
            reader.fail(f"expected a {kind} index below {size}, found {index}", start)
        return index

    def _kind(self, reader: Reader, what: str) -> str:
        start = reader.position
        code = reader.byte(what)
        if code >= len(KINDS):
            reader.unknown(KIND_PROPOSALS, code, f"{what}, 0 to {len(KINDS) - 1}", start)
        return KINDS[code]

    def _tag_type(self, reader: Reader) -> TagType:
        start = reader.position
        if reader.byte("a tag's attribute") != 0:
            reader.fail("expected a tag's attribute, 0", start)
        return TagType(self._type_index(reader))

    def _import(self, reader: Reader) -> None:
        module = reader.name("an import's module")
        name = reader.name("an import's name")
        kind = self._kind(reader, "an import's kind")
        parsers: dict[str, Callable[[Reader], ExternType]] = {
            "function": self._type_index,
            "table": _table_type,
            "memory": _memory_type,
            "global": _global_type,
            "tag": self._tag_type,
        }
        extern = parsers[kind](reader)
        self.imports.append(Import(module, name, kind, extern))
        self.spaces[kind].append(extern)

    def _short_functions(self, body: Reader) -> bool:
        """Read the function section if each type's index is right and has one byte, as usual."""
        reader = Reader(body.data, body.position, body.end, self.path)
        count = reader.u32("the number of functions")
        indexes = reader.take(reader.left, "functions")
        if len(indexes) != count or not indexes or max(indexes) >= min(len(self.types), 0x80):
            return False
        self.spaces["function"] += map(self.types.__getitem__, indexes)
        self.defined_functions = count
        return True

    def _function(self, reader: Reader) -> None:
        self.spaces["function"].append(self._type_index(reader))
        self.defined_functions += 1

    def _table(self, reader: Reader) -> None:
        if reader.left and reader.data[reader.position] == 0x40:
            reader.take(2, "a table with an initial value")
            self.spaces["table"].append(_table_type(reader))
            _expression(reader)
        else:
            self.spaces["table"].append(_table_type(reader))

    def _memory(self, reader: Reader) -> None:
        self.spaces["memory"].append(_memory_type(reader))

    def _tag(self, reader: Reader) -> None:
        self.spaces["tag"].append(self._tag_type(reader))

    def _global(self, reader: Reader) -> None:
        extern = _global_type(reader)
        self.defined_globals.append(Global(extern, _expression(reader)))
        self.spaces["global"].append(extern)

    def _export(self, reader: Reader) -> None:
        start = reader.position
        name = reader.name("an export's name")
        kind = self._kind(reader, "an export's kind")
        if name in self.exports:
            reader.fail(f"expected each export's name once, found {name} again", start)
        self.exports[name] = Export(name, kind, self._index(reader, kind))

    def _element(self, reader: Reader) -> None:
        """Core specification, element segments: bit 0 not active, bit 1 explicit table (or, if not
        active, declarative), bit 2 expressions instead of function indexes."""
        start = reader.position
        flags = reader.u32("an element segment's flags")
        if flags > 7:
            reader.fail(f"expected an element segment's flags, 0 to 7, found {flags}", start)
        mode = "active" if not flags & 1 else "declarative" if flags & 2 else "passive"
        table = self._index(reader, "table") if flags & 3 == 2 else 0
        offset = _expression(reader) if mode == "active" else ()
        if flags & 3:
            if flags & 4:
                _value_type(reader)
            elif reader.byte("an element kind") != 0:
                reader.fail("expected the element kind 0, a function", reader.position - 1)
        item = _reference if flags & 4 else lambda reader: self._index(reader, "function")
        functions = tuple(reader.vector("elements", item))
        self.elements.append(ElementSegment(mode, functions, table, offset))


def _reference(reader: Reader) -> int | None:
    """The function index of a constant expression that is one ref.func."""
    expression = _expression(reader)
    if len(expression) == 1 and expression[0][0] == "ref.func":
        return expression[0][1]
    return None


def _heap_type(reader: Reader) -> str:
    start = reader.position
    value = reader.signed("a heap type", 33)
    if value >= 0:
        return str(value)
    if value & 0x7F not in HEAP_TYPES or value < -64:
        reader.fail("expected a heap type", start)
    return HEAP_TYPES[value & 0x7F]


def _value_type(reader: Reader) -> str:
    start = reader.position
    code = reader.byte("a value type")
    name = NUMBER_TYPES.get(code) or REFERENCE_TYPES.get(code)
    if name is not None:
        return name
    if code == 0x63:
        heap = _heap_type(reader)
        return _SHORT.get(heap, f"(ref null {heap})")
    if code == 0x64:
        return f"(ref {_heap_type(reader)})"
    reader.unknown(VALUE_PROPOSALS, code, "a value type", start)


def _limits(reader: Reader) -> Limits:
    start = reader.position
    flags = reader.byte("limits")
    if flags > 0xF:
        reader.fail(f"expected limits, 0 to 15, found {flags:#04x}", start)
    bits = 64 if flags & 4 else 32
    minimum = reader.unsigned("a minimum", bits)
    maximum = reader.unsigned("a maximum", bits) if flags & 1 else None
    page = reader.u32("a page size") if flags & 8 else None
    return Limits(minimum, maximum, bool(flags & 2), bool(flags & 4), page)


def _table_type(reader: Reader) -> TableType:
    element = _value_type(reader)
    return TableType(element, _limits(reader))


def _memory_type(reader: Reader) -> MemoryType:
    return MemoryType(_limits(reader))


def _global_type(reader: Reader) -> GlobalType:
    value = _value_type(reader)
    start = reader.position
    mutable = reader.byte("a global's mutability")
    if mutable > 1:
        reader.fail(f"expected a global's mutability, 0 or 1, found {mutable}", start)
    return GlobalType(value, bool(mutable))


def _expression(reader: Reader) -> Expression:
    """A constant expression, up to and with its end."""
    instructions: list[Instruction] = []
    while (instruction := _instruction(reader)) is not None:
        instructions.append(instruction)
    return tuple(instructions)


def _instruction(reader: Reader) -> Instruction | None:
    """One instruction of a constant expression; None for end."""
    start = reader.position
    code = reader.byte("a constant expression")
    if code == 0x0B:
        return None
    if code == 0x41:
        return "i32.const", reader.signed("an i32", 32)
    if code == 0x42:
        return "i64.const", reader.signed("an i64", 64)
    if code == 0x43:
        return "f32.const", int.from_bytes(reader.take(4, "an f32"), "little")
    if code == 0x44:
        return "f64.const", int.from_bytes(reader.take(8, "an f64"), "little")
    if code == 0x23:
        return "global.get", reader.u32("a global index")
    if code == 0xD0:
        _heap_type(reader)
        return "ref.null", 0
    if code == 0xD2:
        return "ref.func", reader.u32("a function index")
    if code == 0xFD and reader.u32("a vector instruction") == 12:
        return "v128.const", int.from_bytes(reader.take(16, "a v128"), "little")
    if code in _PLAIN_OPCODES:
        return _PLAIN_OPCODES[code], 0
    reader.unknown(CONSTANT_PROPOSALS, code, "a constant instruction", start)
