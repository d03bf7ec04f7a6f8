"""The relocations of an object file's code, rewritten so that chosen calls have other callees.

The new callee is one more undefined symbol of the object, for the same import: only its name
differs. Formats: tool-conventions' Linking.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from muslfall.wasm import module as wasm
from muslfall.wasm import writer as w
from muslfall.wasm.custom import EXPLICIT_NAME, UNDEFINED
from muslfall.wasm.localize import SYMBOL_TABLE
from muslfall.wasm.reader import Reader

CALL = 0  # R_WASM_FUNCTION_INDEX_LEB
#: The kinds that have an addend: those of addresses and offsets.
WITH_ADDEND = frozenset([3, 4, 5, 8, 9, 11, 14, 15, 16, 17, 21, 22, 23, 25])
RELOCATIONS, LINKING = "reloc.CODE", "linking"


@dataclass(frozen=True)
class Relocation:
    """kind, offset in the code section, index of a symbol, addend in its bytes."""

    kind: int
    offset: int
    index: int
    addend: bytes = b""

    def encoded(self) -> bytes:
        return bytes([self.kind]) + w.unsigned(self.offset) + w.unsigned(self.index) + self.addend


def calls(module: wasm.Module, wanted: Callable[[str], object]) -> list[str]:
    """The callees of the code's calls, in their order, of those that are wanted."""
    _, relocations = read(module)
    return [module.symbols[r.index].name for r in _chosen(module, relocations, wanted)]


def _chosen(
    module: wasm.Module, relocations: Sequence[Relocation], wanted: Callable[[str], object]
) -> list[Relocation]:
    found = [r for r in relocations if r.kind == CALL and wanted(module.symbols[r.index].name)]
    return sorted(found, key=lambda relocation: relocation.offset)


def rename_calls(
    module: wasm.Module, wanted: Callable[[str], object], names: Sequence[str | None]
) -> bytes:
    """The object in which each of the calls that `calls` gives has the callee of that name.

    names: one for each call; None leaves it as it is.
    """
    section, relocations = read(module)
    added: dict[str, tuple[int, bytes]] = {}
    changed: dict[Relocation, Relocation] = {}
    for relocation, name in zip(_chosen(module, relocations, wanted), names, strict=True):
        if name is not None:
            entry = undefined(module.symbols[relocation.index], name)
            index, _ = added.setdefault(name, (len(module.symbols) + len(added), entry))
            changed[relocation] = Relocation(relocation.kind, relocation.offset, index)
    entries = [changed.get(relocation, relocation).encoded() for relocation in relocations]
    contents = {
        RELOCATIONS: w.unsigned(section) + w.vector(entries),
        LINKING: with_symbols(module, [entry for _, entry in added.values()]),
    }
    return with_customs(module, contents)


def read(module: wasm.Module) -> tuple[int, list[Relocation]]:
    """The index of the code section, and its relocations; (0, []) if there are none."""
    reader = module.custom(RELOCATIONS)
    if reader is None:
        return 0, []
    section = reader.u32("a section's index")
    return section, reader.vector("relocations", _relocation)


def _relocation(reader: Reader) -> Relocation:
    kind = reader.byte("a relocation's kind")
    offset, index = reader.u32("an offset"), reader.u32("a symbol's index")
    start = reader.position
    if kind in WITH_ADDEND:
        reader.signed("an addend", 64)
    return Relocation(kind, offset, index, reader.data[start : reader.position])


def undefined(symbol: wasm.Symbol, name: str) -> bytes:
    """The entry of an undefined function: that symbol's import under another name."""
    flags = w.unsigned(UNDEFINED | EXPLICIT_NAME)
    return b"\0" + flags + w.unsigned(symbol.index) + w.name(name)


def with_symbols(module: wasm.Module, entries: Sequence[bytes]) -> bytes:
    """The content of the section linking with further symbols at the end of its table."""
    reader = module.custom(LINKING)
    parts = [w.unsigned(reader.u32("the linking section's version"))]
    while reader.left:
        kind = reader.byte("a subsection's kind")
        body = reader.within(reader.u32("a subsection's size"), "a subsection")
        if kind == SYMBOL_TABLE:
            count = w.unsigned(body.u32("the number of symbols") + len(entries))
            content = count + body.take(body.left, "symbols") + b"".join(entries)
        else:
            content = body.take(body.left, "a subsection")
        parts.append(bytes([kind]) + w.sized(content))
    return b"".join(parts)


def with_customs(module: wasm.Module, contents: dict[str, bytes]) -> bytes:
    """The module with those custom sections' contents, in their places."""
    out, start = [w.HEADER], len(w.HEADER)
    for section in module.sections:
        end = section.offset + section.size
        changed = section.id == wasm.CUSTOM and section.name in contents
        out.append(
            w.custom(section.name, contents[section.name]) if changed else module.data[start:end]
        )
        start = end
    return b"".join(out)
