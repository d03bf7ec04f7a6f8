"""The types of a module's parts, and the numbers of the binary format."""

from __future__ import annotations

from typing import NamedTuple

from muslfall.base.values import value

MAGIC = b"\0asm"
CORE_VERSION = b"\1\0\0\0"
KINDS = ("function", "table", "memory", "global", "tag")
NUMBER_TYPES = {0x7F: "i32", 0x7E: "i64", 0x7D: "f32", 0x7C: "f64", 0x7B: "v128"}
HEAP_TYPES = {
    0x74: "noexn", 0x73: "nofunc", 0x72: "noextern", 0x71: "none", 0x70: "func", 0x6F: "extern",
    0x6E: "any", 0x6D: "eq", 0x6C: "i31", 0x6B: "struct", 0x6A: "array", 0x69: "exn",
}  # fmt: skip
REFERENCE_TYPES = {
    0x74: "nullexnref", 0x73: "nullfuncref", 0x72: "nullexternref", 0x71: "nullref",
    0x70: "funcref", 0x6F: "externref", 0x6E: "anyref", 0x6D: "eqref", 0x6C: "i31ref",
    0x6B: "structref", 0x6A: "arrayref", 0x69: "exnref",
}  # fmt: skip
_SHORT = {HEAP_TYPES[code]: name for code, name in REFERENCE_TYPES.items()}
# What other codes mean, by the proposals: of a value's type, of a type's form, of an import's
# kind, of a constant's instruction.
VALUE_PROPOSALS = {0x65: "shared-everything-threads", 0x67: "stringref", 0x68: "stack-switching",
                   0x75: "stack-switching"}  # fmt: skip
FORM_PROPOSALS = {
    0x4C: "custom-descriptors", 0x4D: "custom-descriptors", 0x4E: "gc", 0x4F: "gc", 0x50: "gc",
    0x5D: "stack-switching", 0x5E: "gc", 0x5F: "gc", 0x65: "shared-everything-threads",
}  # fmt: skip
KIND_PROPOSALS = {0x20: "custom-descriptors", 0x7E: "compact-imports", 0x7F: "compact-imports"}
CONSTANT_PROPOSALS = {0xFB: "gc"}
Instruction = tuple[str, int]
Expression = tuple[Instruction, ...]


@value
class FunctionType:
    """(params) -> (results), each a value type in the text format's words."""

    params: tuple[str, ...] = ()
    results: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"({', '.join(self.params)}) -> ({', '.join(self.results)})"


@value
class Limits:
    """minimum, maximum: pages of a memory, entries of a table."""

    minimum: int
    maximum: int | None = None
    shared: bool = False
    is_64: bool = False
    page_size_log2: int | None = None

    def __str__(self) -> str:
        return str(self.minimum) if self.maximum is None else f"{self.minimum} {self.maximum}"


@value
class TableType:
    element: str
    limits: Limits

    def __str__(self) -> str:
        return f"table {self.limits} {self.element}"


@value
class MemoryType:
    limits: Limits

    def __str__(self) -> str:
        return f"memory {self.limits}{' shared' if self.limits.shared else ''}"


@value
class GlobalType:
    value: str
    mutable: bool

    def __str__(self) -> str:
        return f"global (mut {self.value})" if self.mutable else f"global {self.value}"


@value
class TagType:
    function: FunctionType

    def __str__(self) -> str:
        return f"tag ({', '.join(self.function.params)})"


ExternType = FunctionType | TableType | MemoryType | GlobalType | TagType


@value
class Import:
    """kind is one of KINDS."""

    module: str
    name: str
    kind: str
    type: ExternType


class Export(NamedTuple):  # of all that a module has most; a tuple is made in no time
    """kind is one of KINDS; index counts imports of that kind first."""

    name: str
    kind: str
    index: int


@value
class Global:
    """A global that the module defines."""

    type: GlobalType
    value: Expression


@value
class ElementSegment:
    """mode is active, passive or declarative; a function is None where the entry is not a plain
    ref.func. offset is there for an active segment only."""

    mode: str
    functions: tuple[int | None, ...]
    table: int = 0
    offset: Expression = ()


@value
class Section:
    """offset, size: bytes of the section's content within the file; name of a custom section."""

    id: int
    name: str | None
    offset: int
    size: int
