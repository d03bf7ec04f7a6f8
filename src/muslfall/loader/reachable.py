"""A module without what a program cannot reach: other functions are gone, and other exports.

A program that is loaded has all the modules that it will ever have. So of a library it reaches what
the others import, what the loader calls, what is in a table, and what these call, as the file
beside the library says (`call_graph`). The functions that are left have new indexes, and their old
names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set

from muslfall.loader import call_graph
from muslfall.loader.program import Unit
from muslfall.wasm import module as wasm
from muslfall.wasm import writer as write
from muslfall.wasm.reader import Reader
from muslfall.wasm.types import KINDS

#: The subsections of the section name whose names are indexed by functions (core specification,
#: appendix): the functions', their locals', their labels'.
FUNCTION_NAMES, LOCAL_NAMES, LABEL_NAMES = 1, 2, 3
#: The instructions of a segment's offset, as LLVM has it: operand -> bytes.
OFFSETS = {
    "i32.const": lambda operand: b"\x41" + write.signed(operand),
    "global.get": lambda operand: b"\x23" + write.unsigned(operand),
    "i32.add": lambda _: b"\x6a",
}


def find(unit: Unit, names: Set[str], read_file: Callable[[str], bytes]) -> bytes | None:
    """A module without what is not reached when it is asked for the functions `names` alone.

    None if it is not known what calls what. read_file: path -> bytes, raising OSError.
    """
    try:
        said = call_graph.load(read_file(call_graph.path_for(unit.path)), unit.wasm)
        if said is None or not is_plain(unit.wasm):
            return None
        return Reduction(unit.wasm, said, names).module()
    except (OSError, ValueError, wasm.WasmError):  # no file; bodies or names that are wrong
        return None


def is_plain(module: wasm.Module) -> bool:
    """Whether nothing but active segments of function indexes brings functions into tables and
    globals, as LLVM has it."""
    values = (item.value for item in module.defined_globals)
    return (
        not any(name == "ref.func" for value in values for name, _ in value)
        and len(module.tables) == len(module.imported("table"))
        and all(
            segment.mode == "active"
            and segment.table == 0
            and None not in segment.functions
            and all(name in OFFSETS for name, _ in segment.offset)
            for segment in module.elements
        )
    )


def kept(unit: Unit, names: Set[str], read_file: Callable[[str], bytes]) -> list[int] | None:
    """The functions that `find`'s module has, by their indexes in it; None: it gives none."""
    try:
        said = call_graph.load(read_file(call_graph.path_for(unit.path)), unit.wasm)
    except (OSError, ValueError):
        return None
    return Reduction(unit.wasm, said, names).kept if said and is_plain(unit.wasm) else None


def widened(number: bytes, size: int) -> bytes:
    """The same LEB128 number in so many bytes; it has no more."""
    missing = size - len(number)
    if not missing:
        return number
    return number[:-1] + bytes([number[-1] | 0x80]) + b"\x80" * (missing - 1) + b"\0"


class Reduction:
    """A module, of whose functions nobody asks for others than `names`, and its new bytes."""

    def __init__(self, module: wasm.Module, said: call_graph.Calls, names: Set[str]) -> None:
        self.whole = module
        self.said = said
        self.exports = [
            item
            for item in module.exports.values()
            if item.kind != "function" or item.name in names
        ]
        self.imported = len(module.imported("function"))
        self.kept = sorted({*range(self.imported), *said.reached(self.roots())})
        #: Old index -> new index, as it is written.
        self.indexes = {old: write.unsigned(new) for new, old in enumerate(self.kept)}

    def roots(self) -> Iterable[int]:
        """The functions that are asked for, those in tables, and the start function."""
        yield from (item.index for item in self.exports if item.kind == "function")
        for segment in self.whole.elements:
            yield from segment.functions
        if self.whole.start is not None:
            yield self.whole.start

    def module(self) -> bytes:
        makers = {
            wasm.FUNCTION: self.functions,
            wasm.EXPORT: self.export,
            wasm.START: self.start,
            wasm.ELEMENT: self.elements,
            wasm.CODE: self.code,
        }
        data = self.whole.data
        parts, start = [data[:8]], 8
        for section in self.whole.sections:
            end = section.offset + section.size
            reader = Reader(data, section.offset, end)
            if section.id in makers:
                parts.append(bytes([section.id]) + write.sized(makers[section.id](reader)))
            elif section.name == "name":
                parts.append(write.custom("name", self.names(reader)))
            else:
                parts.append(data[start:end])
            start = end
        return b"".join(parts)

    def functions(self, _: Reader) -> bytes:
        numbers = self.whole.type_numbers()
        kinds = (self.whole.functions[function] for function in self.kept[self.imported :])
        return write.vector(write.unsigned(numbers[kind]) for kind in kinds)

    def export(self, _: Reader) -> bytes:
        return write.vector(
            write.name(item.name)
            + bytes([KINDS.index(item.kind)])
            + (self.indexes[item.index] if item.kind == "function" else write.unsigned(item.index))
            for item in self.exports
        )

    def start(self, _: Reader) -> bytes:
        return self.indexes[self.whole.start]

    def elements(self, _: Reader) -> bytes:
        return write.vector(
            b"\0"
            + b"".join(OFFSETS[name](operand) for name, operand in segment.offset)
            + b"\x0b"
            + write.vector(self.indexes[function] for function in segment.functions)
            for segment in self.whole.elements
        )

    def code(self, reader: Reader) -> bytes:
        bodies = []
        reader.u32("the number of function bodies")
        for function in range(self.imported, len(self.whole.functions)):
            size = reader.u32("a body's size")
            start = reader.position
            reader.take(size, "a body")
            if function in self.indexes:
                bodies.append(write.sized(self.body(function, start, reader.position)))
        return write.vector(bodies)

    def body(self, function: int, start: int, end: int) -> bytes:
        """The body, which is data[start:end], with the new indexes of what it calls."""
        data = self.whole.data
        parts = []
        for callee, place in self.said.of(function):
            parts.append(data[start:place])
            start = place + 1
            while data[start - 1] & 0x80:
                start += 1
            # As long as it was: a frame's place within its function stays what it is.
            parts.append(widened(self.indexes[callee], start - place))
        return b"".join([*parts, data[start:end]])

    def names(self, reader: Reader) -> bytes:
        """The section's content: of functions that are gone there are no names."""
        parts = []
        while reader.left:
            kind = reader.byte("a subsection")
            body = reader.within(reader.u32("a subsection's size"), "a subsection")
            if kind == FUNCTION_NAMES:
                parts.append(bytes([kind]) + write.sized(self.function_names(body)))
            elif kind not in (LOCAL_NAMES, LABEL_NAMES):
                parts.append(bytes([kind]) + write.sized(body.take(body.left, "a subsection")))
        return b"".join(parts)

    def function_names(self, reader: Reader) -> bytes:
        names = []
        for _ in range(reader.u32("the number of names")):
            index = self.indexes.get(reader.u32("an index"))
            name = reader.take(reader.u32("a name's length"), "a name")
            if index is not None:
                names.append(index + write.sized(name))
        return write.vector(names)
