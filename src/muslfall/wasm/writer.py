"""Wasm bytes from their parts: enough to write small modules by hand."""

from __future__ import annotations

from collections.abc import Iterable

from muslfall.base.errors import MuslfallError
from muslfall.wasm import module as wasm
from muslfall.wasm.types import (
    CORE_VERSION,
    HEAP_TYPES,
    KINDS,
    MAGIC,
    NUMBER_TYPES,
    REFERENCE_TYPES,
    FunctionType,
)

VALUE_TYPES = {name: code for code, name in (NUMBER_TYPES | REFERENCE_TYPES).items()}
VALUE_TYPES |= {f"(ref {name})": code for code, name in HEAP_TYPES.items()}
HEADER = MAGIC + CORE_VERSION


def unsigned(value: int) -> bytes:
    """Unsigned LEB128 (the core specification's 5.2.2) of a number that is not negative."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def signed(value: int) -> bytes:
    """Signed LEB128."""
    out = bytearray()
    while not -0x40 <= value < 0x40:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value & 0x7F])


def sized(content: bytes) -> bytes:
    """The content behind its size in bytes."""
    return unsigned(len(content)) + content


def name(text: str) -> bytes:
    """A name: its UTF-8 behind the size of that in bytes."""
    return sized(text.encode())


def vector(items: Iterable[bytes]) -> bytes:
    """The items behind their number."""
    items = list(items)
    return unsigned(len(items)) + b"".join(items)


def section(kind: int, items: Iterable[bytes]) -> bytes:
    """A section that is a vector; nothing at all if the vector is empty."""
    items = list(items)
    return bytes([kind]) + sized(vector(items)) if items else b""


def custom(title: str, content: bytes) -> bytes:
    """A custom section of that title."""
    return bytes([wasm.CUSTOM]) + sized(name(title) + content)


def value_type(text: str) -> bytes:
    """Raises MuslfallError for a reference to a type of one module: it means nothing elsewhere."""
    if text not in VALUE_TYPES:
        raise MuslfallError(f"the type {text} has no meaning outside its module")
    code = bytes([VALUE_TYPES[text]])
    return b"\x64" + code if text.startswith("(ref ") else code


def value_types(names: Iterable[str]) -> bytes:
    """A vector of value types, by their names. Raises MuslfallError as `value_type` does."""
    return vector(map(value_type, names))


def function_type(kind: FunctionType) -> bytes:
    """An entry of the type section. Raises MuslfallError as `value_type` does."""
    return b"\x60" + value_types(kind.params) + value_types(kind.results)


def limits(minimum: int, maximum: int | None = None) -> bytes:
    """Limits, in entries of a table or pages of a memory (64 KiB each)."""
    if maximum is None:
        return b"\0" + unsigned(minimum)
    return b"\1" + unsigned(minimum) + unsigned(maximum)


def table_type(minimum: int, maximum: int | None = None) -> bytes:
    """The type of a table of functions; its limits are numbers of entries."""
    return bytes([VALUE_TYPES["funcref"]]) + limits(minimum, maximum)


def memory_type(minimum: int, maximum: int | None = None) -> bytes:
    """The type of a memory; its limits are pages of 64 KiB."""
    return limits(minimum, maximum)


def global_type(value: str, mutable: bool) -> bytes:
    """The type of a global; value: a key of VALUE_TYPES."""
    return bytes([VALUE_TYPES[value], mutable])


def import_(module: str, field: str, kind: str, description: bytes) -> bytes:
    """description: a type index for a function, 0 and a type index for a tag, else the type."""
    return name(module) + name(field) + bytes([KINDS.index(kind)]) + description


def export(field: str, kind: str, index: int) -> bytes:
    """An entry of the export section. kind: one of KINDS; index: in that kind's index space."""
    return name(field) + bytes([KINDS.index(kind)]) + unsigned(index)


def body(code: bytes) -> bytes:
    """A function body without locals; code has no end yet."""
    return sized(b"\0" + code + b"\x0b")
