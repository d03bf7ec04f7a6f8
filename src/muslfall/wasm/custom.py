"""The custom sections that tools write: dynamic linking, symbols, names, producers, features.

Formats: tool-conventions' DynamicLinking.md, Linking.md, ProducersSection.md and
CoreConventions' target features; the name section is in the core specification's appendix.
"""

from __future__ import annotations

from collections.abc import Callable

from muslfall.base.values import Fresh, value
from muslfall.wasm.reader import Reader

# DynamicLinking.md, the flags of WASM_DYLINK_EXPORT_INFO and WASM_DYLINK_IMPORT_INFO,
# which are Linking.md's symbol flags.
BINDING_MASK = 0x3
BINDING_WEAK = 0x1
BINDING_LOCAL = 0x2
VISIBILITY_HIDDEN = 0x4
UNDEFINED = 0x10
EXPORTED = 0x20
EXPLICIT_NAME = 0x40
NO_STRIP = 0x80
TLS = 0x100
ABSOLUTE = 0x200

LINKING_VERSION = 2
SYMBOL_KINDS = ("function", "data", "global", "section", "tag", "table")


@value
class Dylink:
    """The facts that a dynamic linker needs of a module: dylink.0, or LLVM 13's dylink.

    memory_size, table_size: bytes of memory and entries of the table that it needs.
    memory_align, table_align: powers of two, as exponents.
    needed: file names of the libraries it needs. runtime_path: where to look for them.
    exports: name -> flags. imports: (module, name) -> flags.
    """

    memory_size: int = 0
    memory_align: int = 0
    table_size: int = 0
    table_align: int = 0
    needed: tuple[str, ...] = ()
    exports: dict[str, int] = Fresh(dict)
    imports: dict[tuple[str, str], int] = Fresh(dict)
    runtime_path: tuple[str, ...] = ()

    def is_weak(self, module: str, name: str) -> bool:
        """Whether the import may stay unmet."""
        return self.imports.get((module, name), 0) & BINDING_MASK == BINDING_WEAK


@value
class Symbol:
    """One symbol of an object file's linking section.

    index: the function's, global's, tag's, table's, section's or data segment's; None for
    undefined data. offset, size: bytes within the data segment.
    """

    kind: str
    name: str | None
    flags: int
    index: int | None = None
    offset: int = 0
    size: int = 0

    @property
    def is_defined(self) -> bool:
        """Whether the object itself has the definition."""
        return not self.flags & UNDEFINED

    @property
    def is_weak(self) -> bool:
        """Whether another definition may take its place, or, undefined, it may stay unmet."""
        return self.flags & BINDING_MASK == BINDING_WEAK

    @property
    def is_local(self) -> bool:
        """Whether only this object sees the symbol."""
        return self.flags & BINDING_MASK == BINDING_LOCAL

    @property
    def is_hidden(self) -> bool:
        """Whether no other module sees the symbol."""
        return bool(self.flags & VISIBILITY_HIDDEN)


@value
class Names:
    """The name section: index -> name for each index space."""

    module: str | None = None
    functions: dict[int, str] = Fresh(dict)
    globals: dict[int, str] = Fresh(dict)
    data: dict[int, str] = Fresh(dict)


def _subsections(reader: Reader, what: str, parsers: dict[int, Callable[[Reader], object]]) -> dict:
    """id -> parsed subsection, for the ids that have a parser; the rest is skipped."""
    found = {}
    while reader.left:
        kind = reader.byte(f"a subsection of {what}")
        body = reader.within(reader.u32("a subsection's size"), f"a subsection of {what}")
        if kind in parsers:
            found[kind] = parsers[kind](body)
            body.finish(f"subsection {kind} of {what}")
    return found


def _exponent(reader: Reader, what: str) -> int:
    start = reader.position
    value = reader.u32(what)
    if value > 31:
        reader.fail(f"expected {what}: a power of two below 2^32, found 2^{value}", start)
    return value


def _memory_info(reader: Reader) -> tuple[int, int, int, int]:
    return (
        reader.u32("the memory size"),
        _exponent(reader, "the memory alignment"),
        reader.u32("the table size"),
        _exponent(reader, "the table alignment"),
    )


def _file_names(reader: Reader) -> tuple[str, ...]:
    return tuple(reader.vector("file names", lambda item: item.name("a file name")))


def _export_info(reader: Reader) -> dict[str, int]:
    def entry(item: Reader) -> tuple[str, int]:
        return item.name("an export's name"), item.u32("an export's flags")

    return dict(reader.vector("export infos", entry))


def _import_info(reader: Reader) -> dict[tuple[str, str], int]:
    def entry(item: Reader) -> tuple[tuple[str, str], int]:
        key = item.name("an import's module"), item.name("an import's name")
        return key, item.u32("an import's flags")

    return dict(reader.vector("import infos", entry))


def parse_dylink_0(reader: Reader) -> Dylink:
    """The section dylink.0, of LLVM 14 and later."""
    found = _subsections(
        reader,
        "dylink.0",
        {1: _memory_info, 2: _file_names, 3: _export_info, 4: _import_info, 5: _file_names},
    )
    return Dylink(
        *found.get(1, (0, 0, 0, 0)),
        needed=found.get(2, ()),
        exports=found.get(3, {}),
        imports=found.get(4, {}),
        runtime_path=found.get(5, ()),
    )


def parse_dylink(reader: Reader) -> Dylink:
    """The section dylink, of LLVM 13 and earlier: no subsections, no flags."""
    info = _memory_info(reader)
    needed = _file_names(reader)
    reader.finish("dylink")
    return Dylink(*info, needed=needed)


def parse_dynamic_list(reader: Reader) -> tuple[str, ...]:
    """Our section dynamic-list: the names, of all that a module exports, that are not bound."""
    names = reader.vector("names", lambda item: item.name("a name"))
    reader.finish("dynamic-list")
    return tuple(names)


def parse_symbol(reader: Reader) -> Symbol:
    """The next symbol: the byte of its kind, its flags, ...; an import's own name is None."""
    start = reader.position
    code = reader.byte("a symbol's kind")
    if code >= len(SYMBOL_KINDS):
        reader.fail(f"expected a symbol's kind, 0 to {len(SYMBOL_KINDS) - 1}, found {code}", start)
    kind = SYMBOL_KINDS[code]
    flags = reader.u32("a symbol's flags")
    if kind == "data":
        return _data_symbol(reader, flags)
    index = reader.u32("a symbol's index")
    named = kind != "section" and (not flags & UNDEFINED or flags & EXPLICIT_NAME)
    return Symbol(kind, reader.name("a symbol's name") if named else None, flags, index)


def _data_symbol(reader: Reader, flags: int) -> Symbol:
    name = reader.name("a symbol's name")
    if flags & UNDEFINED:
        return Symbol("data", name, flags)
    index = reader.u32("a symbol's segment")
    offset = reader.unsigned("a symbol's offset", 64)
    return Symbol("data", name, flags, index, offset, reader.unsigned("a symbol's size", 64))


def parse_symbols(reader: Reader) -> tuple[Symbol, ...]:
    """The symbol table of the section linking; an import's own name is left as None."""
    start = reader.position
    version = reader.u32("the linking section's version")
    if version != LINKING_VERSION:
        reader.fail(f"expected linking version {LINKING_VERSION}, found {version}", start)
    found = _subsections(reader, "linking", {8: lambda body: body.vector("symbols", parse_symbol)})
    return tuple(found.get(8, ()))


def _name_map(reader: Reader) -> dict[int, str]:
    return dict(reader.vector("names", lambda item: (item.u32("an index"), item.name("a name"))))


def parse_names(reader: Reader) -> Names:
    """The section name."""
    found = _subsections(
        reader,
        "name",
        {0: lambda body: body.name("the module's name"), 1: _name_map, 7: _name_map, 9: _name_map},
    )
    return Names(found.get(0), found.get(1, {}), found.get(7, {}), found.get(9, {}))


def parse_producers(reader: Reader) -> dict[str, tuple[tuple[str, str], ...]]:
    """The section producers: field -> (tool, version) pairs."""

    def value(item: Reader) -> tuple[str, str]:
        return item.name("a producer"), item.name("a producer's version")

    def entry(item: Reader) -> tuple[str, tuple[tuple[str, str], ...]]:
        return item.name("a producers field"), tuple(item.vector("producers", value))

    return dict(reader.vector("producers fields", entry))


def parse_target_features(reader: Reader) -> dict[str, str]:
    """The section target_features: feature -> "+" used, "-" forbidden or "=" required."""

    def entry(item: Reader) -> tuple[str, str]:
        start = item.position
        prefix = chr(item.byte("a feature's prefix"))
        if prefix not in "+-=":
            item.fail(f"expected a feature's prefix, + - or =, found {prefix!r}", start)
        return item.name("a feature"), prefix

    return dict(reader.vector("features", entry))
