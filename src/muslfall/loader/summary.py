"""The facts about a module, as bytes that are read again in a tenth of the time.

For the cache (`cache`) alone: marshal does not check what it reads.
"""

from __future__ import annotations

import marshal
import sys

from muslfall.base import digest
from muslfall.loader.cache import Cache, make_key
from muslfall.wasm import module as wasm
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
    Section,
    TableType,
    TagType,
)

#: What a summary depends on beside the module: what is written here and what `wasm` finds, both
#: by a number to be raised with either, and Python's marshal.
FORMAT = f"summary 2 {sys.implementation.cache_tag}"
#: Bytes of a module below which reading it takes no longer than reading its summary.
WORTHWHILE = 1 << 17


def parse(data: bytes, path: str | None, cache: Cache) -> Module:
    """What `wasm.parse` gives, by the summary that the cache has or is given now."""
    if len(data) < WORTHWHILE:
        return wasm.parse(data, path)
    module_digest = digest.of(data)
    key = make_key(module_digest, FORMAT)
    summary = cache.read(key)
    if summary is not None:
        module = load(summary, data, path)
    else:
        module = wasm.parse(data, path)
        cache.write(key, dump(module))
    module.digest = module_digest
    return module


def dump(module: Module) -> bytes:
    """The summary of a module that `wasm.parse` gave."""
    numbers = module.type_numbers()
    dylink = module.dylink
    return marshal.dumps(
        (
            [_fields(section) for section in module.sections],
            [_fields(kind) for kind in module.types],
            [(item.module, item.name, item.kind) for item in module.imports],
            [numbers[kind] for kind in module.functions],
            [(kind.element, _fields(kind.limits)) for kind in module.tables],
            [_fields(kind.limits) for kind in module.memories],
            [_fields(kind) for kind in module.globals],
            [numbers[kind.function] for kind in module.tags],
            [item.value for item in module.defined_globals],
            [tuple(item) for item in module.exports.values()],
            module.start,
            [_fields(segment) for segment in module.elements],
            None if dylink is None else _fields(dylink),
            module.dynamic_list,
        )
    )


def load(summary: bytes, data: bytes, path: str | None = None) -> Module:
    """The module with the bytes `data`, by its summary."""
    (sections, types, imports, functions, tables, memories, globals_, tags, values, exports, start,
     elements, dylink, dynamic_list) = marshal.loads(summary)  # fmt: skip
    kinds = [FunctionType(*kind) for kind in types]
    shared = {kind: GlobalType(*kind) for kind in set(globals_)}
    spaces = {
        "function": tuple([kinds[number] for number in functions]),
        "table": tuple(TableType(element, Limits(*limits)) for element, limits in tables),
        "memory": tuple(MemoryType(Limits(*limits)) for limits in memories),
        "global": tuple([shared[kind] for kind in globals_]),
        "tag": tuple(TagType(kinds[number]) for number in tags),
    }
    given = {kind: iter(space) for kind, space in spaces.items()}
    return Module(
        data,
        path,
        tuple(Section(*section) for section in sections),
        tuple(kinds),
        tuple(Import(*item, next(given[item[2]])) for item in imports),
        *spaces.values(),
        # What is left of the globals is what the module defines.
        tuple(map(Global, given["global"], values)),
        {item.name: item for item in map(Export._make, exports)},
        start,
        tuple(ElementSegment(*segment) for segment in elements),
        None if dylink is None else Dylink(*dylink),
        dynamic_list,
    )


def _fields(value: object) -> tuple:
    return tuple(getattr(value, name) for name in type(value).__annotations__)
