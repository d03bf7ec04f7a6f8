"""Where a program's parts lie in memory and table.

The third phase of arch/wasm32/LOADER.md, pure: the addresses, not the allocation.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from muslfall.loader.program import LoadError, Program
from muslfall.loader.resolution import Callee, Function, Resolved, own_entries
from muslfall.wasm import module as wasm

PAGE = 65536
MEMORY_LIMIT = 1 << 32
STACK_SIZE = 1 << 20
#: V8's limit on the size of a table.
TABLE_LIMIT = 10_000_000


def aligned(address: int, align: int) -> int:
    """The least multiple of align that is not below address."""
    return (address + align - 1) // align * align


def no_memory(program: Program, place: int) -> LoadError:
    """The error of a module that wants more memory than there is."""
    unit = program.units[place]
    size = (unit.wasm.dylink or wasm.Dylink()).memory_size
    return LoadError([f"{unit.name}: wants {size} bytes of memory, which cannot be had"])


def no_table(program: Program, place: int, size: int) -> LoadError:
    """The error of a module that wants more table entries than there are."""
    name = program.units[place].name
    return LoadError([f"{name}: wants {size} table entries, which cannot be had"])


def memory_bases(program: Program) -> tuple[dict[int, int], int]:
    """Without a kernel: unit -> base of its data, all behind the stack, and where they end."""
    bases = {}
    end = STACK_SIZE
    for place in program.load_order:
        dylink = program.units[place].wasm.dylink or wasm.Dylink()
        bases[place] = 0
        if dylink.memory_size:
            bases[place] = aligned(end, 1 << dylink.memory_align)
            end = bases[place] + dylink.memory_size
        if end > MEMORY_LIMIT:
            raise no_memory(program, place)
    return bases, end


def table_bases(program: Program, size: int, entries: int) -> tuple[dict[int, int], int]:
    """unit -> base of its table entries behind the first size, and where they end.

    entries: how many the loader itself adds behind them. Raises LoadError beyond TABLE_LIMIT.
    """
    bases = {}
    for place in program.load_order:
        dylink = program.units[place].wasm.dylink or wasm.Dylink()
        bases[place] = aligned(size, 1 << dylink.table_align)
        size = bases[place] + dylink.table_size
        if size + entries > TABLE_LIMIT:
            raise no_table(program, place, dylink.table_size)
    return bases, size


def table_indexes(plan: Resolved, bases: Mapping[int, int], first: int) -> dict[Callee, int]:
    """The one table index of each function that has one: its own module's entry, else ours.

    first: the first of the loader's own entries.
    """
    indexes: dict[Callee, int] = {entry: first + i for i, entry in enumerate(plan.entries)}
    own = [
        own_entries(unit.wasm, bases.get(place, 0)) for place, unit in enumerate(plan.program.units)
    ]
    for resolution in plan.resolutions():
        callee = getattr(resolution, "callee", None)
        if isinstance(callee, Function) and callee.index in own[callee.unit]:
            indexes[callee] = own[callee.unit][callee.index]
    return indexes


def start_block(arguments: Sequence[bytes], environment: Sequence[bytes], address: int) -> bytes:
    """argc, argv, envp and an empty auxv as Linux leaves them on a new process's stack.

    arguments, environment: without their final zeros. address: where the block will lie.
    """
    words = 1 + len(arguments) + 1 + len(environment) + 1 + 2
    strings = b""
    pointers = []
    for text in (*arguments, *environment):
        pointers.append(address + 4 * words + len(strings))
        strings += text + b"\0"
    count = len(arguments)
    block = [count, *pointers[:count], 0, *pointers[count:], 0, 0, 0]
    return struct.pack(f"<{words}I", *block) + strings
