"""A module without what a program cannot reach: its other bodies trap, its other exports are gone.

A program that is loaded has all the modules that it will ever have. So of a library it reaches
what the others import, what the loader calls, what is in a table, and what these call, as the
file beside the library says (`calls`). Everything keeps its index and its name.
"""

from __future__ import annotations

from collections.abc import Callable

from muslfall import calls, wasm
from muslfall import wasm_writer as write
from muslfall.link import KERNEL_FUNCTIONS, LIBC_CALLS, MODULE_CALLS, Function, Plan
from muslfall.wasm_reader import Reader

#: A body: its size, no locals, unreachable, end.
TRAP = b"\3\0\0\x0b"


def find(plan: Plan, place: int, read_file: Callable[[str], bytes]) -> bytes | None:
    """The module at `place` of a program, without what it does not reach.

    None if it is not known what calls what. read_file: path -> bytes, raising OSError.
    """
    unit = plan.program.units[place]
    try:
        said = calls.load(read_file(calls.path_for(unit.path)), unit.wasm)
    except (OSError, ValueError):
        return None
    if said is None or not _is_plain(unit.wasm):
        return None
    return without(unit.wasm, said, asked(plan, place))


def asked(plan: Plan, place: int) -> set[str]:
    """The functions that the loader, or another module, may ask a unit of a program for."""
    names = {*MODULE_CALLS, *LIBC_CALLS, *KERNEL_FUNCTIONS, plan.main[0]}
    for resolution in (item for unit in plan.imports for item in unit):
        callee = getattr(resolution, "callee", None)
        if isinstance(callee, Function) and callee.unit == place:
            names.add(callee.name)
    return names


def without(module: wasm.Module, said: calls.Calls, names: set[str]) -> bytes:
    """The module, of whose functions nobody asks for others than `names`."""
    kept = said.reached(roots(module, names))
    parts, start = [module.data[:8]], 8
    for section in module.sections:
        end = section.offset + section.size
        if section.id == wasm.CODE:
            bodies = _bodies(module, section, kept)
            parts.append(bytes([wasm.CODE]) + write.sized(bodies))
        elif section.id == wasm.EXPORT:
            exports = (item for item in module.exports.values()
                       if item.kind != "function" or item.name in names)  # fmt: skip
            parts.append(write.section(wasm.EXPORT, (write.export(*item) for item in exports)))
        else:
            parts.append(module.data[start:end])
        start = end
    return b"".join(parts)


def roots(module: wasm.Module, names: set[str]) -> set[int]:
    """The functions that are asked for, those in tables, and the start function."""
    found = {item.index for item in module.exports.values()
             if item.kind == "function" and item.name in names}  # fmt: skip
    for segment in module.elements:
        found.update(function for function in segment.functions if function is not None)
    if module.start is not None:
        found.add(module.start)
    return found


def _is_plain(module: wasm.Module) -> bool:
    """Whether functions get into tables and globals by element segments alone, as LLVM has it."""
    values = (item.value for item in module.defined_globals)
    expressions = any(name == "ref.func" for value in values for name, _ in value)
    return not expressions and len(module.tables) == len(module.imported("table"))


def _bodies(module: wasm.Module, section: wasm.Section, kept: set[int]) -> bytes:
    """The code section's content, with the bodies of functions that are not kept replaced."""
    reader = Reader(module.data, section.offset, section.offset + section.size)
    first = len(module.imported("function"))
    last = first + reader.u32("the number of function bodies")
    parts = [module.data[section.offset : reader.position]]
    for function in range(first, last):
        start = reader.position
        size = reader.u32("a body's size")
        reader.take(size, "a body")
        parts.append(module.data[start : reader.position] if function in kept else TRAP)
    return b"".join(parts)
