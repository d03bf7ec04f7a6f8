"""A module, changed so that other modules may have some of what it defines instead of it.

LOADER.md says what comes of it. wasm-ld binds what a module defines: a call names the function's
index, an address is a constant or stands in a global of the module's own. So a function that is to
be *opened* gets another body, which calls the table entry that a cell names; its own body stays
there for other modules, under a new index and its old names. A cell is a mutable global that is
exported; a datum's is the global with its address, which wasm-ld makes where code is position
independent and the datum is not hidden.
"""

from __future__ import annotations

from collections.abc import Sequence

from muslfall.wasm import module as wasm
from muslfall.wasm import writer as write
from muslfall.wasm.order import LAST
from muslfall.wasm.reader import Reader
from muslfall.wasm.types import KINDS

LOCAL_GET, GLOBAL_GET, I32_CONST, CALL_INDIRECT, END = 0x20, 0x23, 0x41, 0x11, 0x0B
MUTABLE = 1
TABLE = "__indirect_function_table"
TABLE_IMPORT = write.import_("env", TABLE, "table", write.table_type(0))
#: A cell is exported under the name of what it is for, with one of these in front.
DATA_CELL, FUNCTION_CELL = "GOT.mem.", "GOT.func."
#: What wasm-ld calls the global with the address of a datum, in the section name.
ADDRESS_LABEL = "GOT.data.internal."


def dynamic_list(names: Sequence[str]) -> bytes:
    """The section that says that these names of a module are open, and no others."""
    return write.custom(wasm.DYNAMIC_LIST, write.vector(map(write.name, names)))


def with_cells(module: wasm.Module, names: Sequence[str]) -> bytes:
    """A linked module with cells for the data of these names, and the section dynamic-list.

    The section comes behind all but those that LLVM wants last (`order`). Raises WasmError: its
    section name is malformed.
    """
    cells = {
        index: label.removeprefix(ADDRESS_LABEL)
        for index, label in sorted(module.names.globals.items())
        if label.startswith(ADDRESS_LABEL) and label.removeprefix(ADDRESS_LABEL) in names
    }
    data = bytearray(module.data)
    places = dict(enumerate(wasm.global_places(module), len(module.imported("global"))))
    for index in cells:
        if module.globals[index].value != "i32":
            raise wasm.WasmError("expected an address of 32 bits", places[index], module.path)
        data[places[index] + 1] = MUTABLE
    added = [write.export(DATA_CELL + name, "global", index) for index, name in cells.items()]
    held = [name for name in names if name in module.exports]
    parts, start = [bytes(data[:8])], 8
    for section in module.sections:
        end = section.offset + section.size
        if section.id == wasm.EXPORT:
            rest = Reader(module.data, section.offset, end)
            count = rest.u32("the number of exports") + len(added)
            parts.append(
                _section(section.id, write.unsigned(count) + _rest(rest) + b"".join(added))
            )
        else:
            parts.append(bytes(data[start:end]))
        start = end
    last = len(parts)
    while last > 1 and module.sections[last - 2].name in LAST:
        last -= 1
    return b"".join([*parts[:last], dynamic_list(held), *parts[last:]])


def can_open(module: wasm.Module) -> bool:
    """Whether functions of a module can be opened: it imports what it has of memory and tables."""
    return bool(module.imports) and len(module.tables) == len(module.imported("table"))


def opened(module: wasm.Module, names: Sequence[str]) -> bytes:
    """The module, in which calls of the functions that it exports as `names` go by cells.

    names: one of each function. module: one that can be opened (`can_open`). A cell is exported as
    FUNCTION_CELL + name, and holds 0.
    """
    return _Opening(module, names).module()


class _Opening:
    """A module, which of its functions are opened, and its new bytes."""

    def __init__(self, module: wasm.Module, names: Sequence[str]) -> None:
        self.whole = module
        self.names = names
        self.opened = [module.exports[name].index for name in names]
        #: Old index -> index of the function's own body.
        self.moved = {old: len(module.functions) + i for i, old in enumerate(self.opened)}
        tables = [item.name for item in module.imported("table")]
        self.has_table = TABLE in tables
        self.table = tables.index(TABLE) if self.has_table else len(tables)
        numbers = module.type_numbers()
        self.types = {old: numbers[module.functions[old]] for old in self.opened}

    def module(self) -> bytes:
        makers = {
            wasm.IMPORT: self.imports,
            wasm.FUNCTION: self.functions,
            wasm.GLOBAL: self.globals,
            wasm.EXPORT: self.exports,
            wasm.CODE: self.code,
        }
        data = self.whole.data
        parts, start = [data[:8]], 8
        for section in self.whole.sections:
            end = section.offset + section.size
            if section.id == wasm.EXPORT and not self.whole.defined_globals:
                parts.append(_section(wasm.GLOBAL, self.globals(None)))
            if section.id in makers and section.size:
                reader = Reader(data, section.offset, end)
                parts.append(_section(section.id, makers[section.id](reader)))
            else:
                parts.append(data[start:end])
            start = end
        return b"".join(parts)

    def imports(self, reader: Reader) -> bytes:
        """wasm-ld leaves the import of a table out of a library that does nothing with it."""
        added = [] if self.has_table else [TABLE_IMPORT]
        count = reader.u32("the number of imports") + len(added)
        return write.unsigned(count) + _rest(reader) + b"".join(added)

    def functions(self, reader: Reader) -> bytes:
        count = reader.u32("the number of functions") + len(self.opened)
        added = (write.unsigned(self.types[old]) for old in self.opened)
        return write.unsigned(count) + _rest(reader) + b"".join(added)

    def globals(self, reader: Reader | None) -> bytes:
        count = len(self.whole.defined_globals) + len(self.opened)
        if reader:
            reader.u32("the number of globals")
        cell = write.global_type("i32", mutable=True) + bytes([I32_CONST, 0, END])
        return write.unsigned(count) + (_rest(reader) if reader else b"") + cell * len(self.opened)

    def exports(self, _: Reader) -> bytes:
        kept = (
            write.name(item.name)
            + bytes([KINDS.index(item.kind)])
            + write.unsigned(
                self.moved.get(item.index, item.index) if item.kind == "function" else item.index
            )
            for item in self.whole.exports.values()
        )
        first = len(self.whole.globals)
        cells = (
            write.export(FUNCTION_CELL + name, "global", first + i)
            for i, name in enumerate(self.names)
        )
        return write.vector([*kept, *cells])

    def code(self, reader: Reader) -> bytes:
        imported = len(self.whole.imported("function"))
        bodies = []
        for _ in range(reader.u32("the number of function bodies")):
            bodies.append(write.sized(reader.take(reader.u32("a body's size"), "a body")))
        moved = [bodies[old - imported] for old in self.opened]
        for i, old in enumerate(self.opened):
            bodies[old - imported] = self.body(old, len(self.whole.globals) + i)
        return write.vector([*bodies, *moved])

    def body(self, function: int, cell: int) -> bytes:
        """A call of the table entry that the cell names, with the same arguments."""
        parameters = range(len(self.whole.functions[function].params))
        code = b"".join(bytes([LOCAL_GET]) + write.unsigned(i) for i in parameters)
        code += bytes([GLOBAL_GET]) + write.unsigned(cell)
        code += bytes([CALL_INDIRECT]) + write.unsigned(self.types[function])
        return write.body(code + write.unsigned(self.table))


def _section(kind: int, content: bytes) -> bytes:
    return bytes([kind]) + write.sized(content)


def _rest(reader: Reader) -> bytes:
    return reader.take(reader.left, "a section")
