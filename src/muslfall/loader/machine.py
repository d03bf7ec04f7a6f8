"""The phases of the loader that an engine does: compile, allocate, instantiate, relocate, start.

The last four phases of arch/wasm32/LOADER.md, in the words of engines/interface. A call from one
module to another never goes through Python: an export of one instance is given to the next as it
is. Each phase is given what the one before it made, so that it can be gone through again for
modules that are loaded later: `Machine` is what lasts, a `Loading` is one load.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from muslfall.base.values import value
from muslfall.loader import allocation
from muslfall.loader.abi import TABLE
from muslfall.loader.engines.interface import REASONS, Code, Engine, Handle, Refused, Trapped
from muslfall.loader.program import SYSCALLS, LoadError, Program
from muslfall.loader.resolution import (
    Address,
    Base,
    Call,
    Callee,
    Function,
    Pointer,
    Resolution,
    Resolved,
    Shared,
    Stub,
    Tag,
)

if TYPE_CHECKING:
    from muslfall.loader.trace import Tracer
    from muslfall.wasm import module as wasm

#: Instances that are no unit's, whose names are their numbers.
#: a load's own have its number, too.
GLUE, NEW_TAGS, COUNTER = "glue", "tags", "calls"


@value
class Space:
    """The values that all modules of a program share, those that are loaded later included.

    memory, table, stack_pointer: the engine's. block: the address of the start block; None: the
    kernel has it.
    """

    memory: Handle
    table: Handle
    stack_pointer: Handle
    block: int | None


@value
class Layout:
    """Where the modules of one load lie: unit to base in memory, in bytes, and in the table; and
    the one table index of each function that has one."""

    memory_bases: Mapping[int, int]
    table_bases: Mapping[int, int]
    indexes: Mapping[Callee, int]


class Machine:
    """A program in an engine, from compilation to its end.

    program: as read. report: called with a line for stderr when a stub is called.
    """

    def __init__(self, program: Program, report: Callable[[str], None], engine: Engine) -> None:
        self.program = program
        self.report = report
        self.engine = engine

    # Compile

    def compile_all(
        self,
        part: Callable[[int], Any] = lambda place: None,
        opened: Mapping[int, wasm.Module] = MappingProxyType({}),
    ) -> list[Code]:
        """Every module, compiled. Raises LoadError with every refusal.

        part: a unit's place to what the program reaches of it; None for all.
        opened: a unit's place to what is compiled instead of it.
        """
        codes, problems = [], []
        for place, unit in enumerate(self.program.units):
            try:
                codes.append(self.engine.compile(opened.get(place, unit.wasm), part(place)))
            except Refused as error:
                problems.append(f"{unit.name}: cannot be compiled: {error}")
        if problems:
            raise LoadError(problems)
        return codes

    # Allocate

    def set_wasi(
        self,
        arguments: Sequence[str],
        environment: Sequence[tuple[str, str]],
        folders: Sequence[tuple[str, str]],
    ) -> None:
        """Arguments, environment and (host, guest) folders of the kernel's WASI.

        Raises LoadError: folders cannot be opened.
        """
        if unopened := self.engine.configure(arguments, environment, folders):
            raise LoadError([f"{host}: cannot be opened as a folder" for host in unopened])

    def allocate(
        self,
        plan: Resolved,
        codes: Sequence[Code],
        arguments: Sequence[str],
        environment: Sequence[str],
    ) -> tuple[Space, Layout]:
        """Memory and table for all modules; arguments and environment as for a start block.

        Raises LoadError: there is no room; Exit or Trapped: the kernel ended so.
        """
        if self.program.kernel is None:
            space, bases = self.own_memory(arguments, environment)
        else:
            space = self.kernel_memory(codes[self.program.kernel], self.program.kernel)
            bases = self.kernel_bases(self.program.kernel)
        return space, self.lay_out(plan, space, bases)

    def kernel_memory(self, code: Code, kernel: int) -> Space:
        """Instantiate the kernel, which has memory, table and stack."""
        self.instantiate(kernel, code, wasi=True)
        self.call(kernel, "_initialize")
        names = ("memory", TABLE, "__stack_pointer")
        return Space(*(self.export(kernel, name) for name in names), block=None)

    def kernel_bases(self, kernel: int) -> dict[int, int]:
        """Have the kernel allocate the modules' data."""
        bases = {}
        for place in self.program.load_order:
            dylink = self.program.units[place].wasm.dylink
            bases[place] = 0
            if dylink.memory_size:
                base = self.call(
                    kernel, "__kernel_alloc", dylink.memory_size, 1 << dylink.memory_align
                )
                if base == 0:
                    raise allocation.no_memory(self.program, place)
                bases[place] = base & 0xFFFFFFFF
        return bases

    def own_memory(
        self, arguments: Sequence[str], environment: Sequence[str]
    ) -> tuple[Space, dict[int, int]]:
        """Without a kernel: memory, table and stack of the loader's own, and the start block."""
        bases, end = allocation.memory_bases(self.program)
        block = allocation.aligned(end, 16)
        content = allocation.start_block(
            [text.encode() for text in arguments], [text.encode() for text in environment], block
        )
        pages = allocation.aligned(block + len(content), allocation.PAGE) // allocation.PAGE
        try:
            memory = self.engine.memory(pages, allocation.MEMORY_LIMIT // allocation.PAGE)
        except Refused:
            raise allocation.no_memory(self.program, self.program.load_order[-1]) from None
        self.engine.write(memory, block, content)
        stack_pointer = self.engine.cell(allocation.STACK_SIZE, mutable=True)
        return Space(memory, self.engine.table(1), stack_pointer, block), bases

    def lay_out(self, plan: Resolved, space: Space, bases: Mapping[int, int]) -> Layout:
        """Room in the table, behind what is in it. bases: those in memory. Raises LoadError."""
        size = self.engine.table_size(space.table)
        count = len(plan.entries)
        table_bases, first = allocation.table_bases(self.program, max(size, 1), count)
        if first + count > size:
            wanted = first + count - size
            try:
                self.engine.grow_table(space.table, wanted)
            except Refused:
                raise allocation.no_table(self.program, 0, wanted) from None
        return Layout(bases, table_bases, allocation.table_indexes(plan, table_bases, first))

    # Instantiate

    def instantiate(self, place: int, code: Code, **given: Any) -> None:
        """An instance of a unit. Raises LoadError; Exit or Trapped: its start function's end."""
        try:
            self.engine.instantiate(str(place), code, **given)
        except Refused as error:
            name = self.program.units[place].name
            raise LoadError([f"{name}: cannot be instantiated: {error}"]) from None

    def export(self, place: int, name: str) -> Handle:
        return self.engine.export(str(place), name)

    def has(self, place: int, name: str) -> bool:
        return self.program.units[place].wasm.exported(name, "function") is not None

    def call(self, place: int, name: str, *arguments: int) -> int | None:
        """Call an exported function: the program runs. Raises Exit or Trapped."""
        return self.engine.call(self.export(place, name), *arguments)

    def call_if_there(self, place: int, name: str) -> None:
        if self.has(place, name):
            self.call(place, name)

    def link_command(self, code: Code) -> Handle:
        """Instantiate a program that is one WASI command; returns its memory."""
        self.instantiate(0, code, wasi=True)
        return self.export(0, "memory")

    def run_command(self) -> int:
        """Run a WASI command. Returns its status, or raises Exit or Trapped."""
        self.call(0, "_start")
        return 0

    # Start

    def start(self, loading: Loading) -> int:
        """Run the program. Returns its status, or raises Exit or Trapped."""
        plan, block = loading.plan, loading.space.block
        if block is None:
            block = self.call(self.program.kernel, "__kernel_start") & 0xFFFFFFFF
        argc = loading.word(block)
        argv = block + 4
        envp = argv + 4 * (argc + 1)
        early = None
        if plan.libc is not None:
            if not self.has(plan.libc, "__wasm_apply_data_relocs"):
                early = plan.libc
                self.call_if_there(early, "__wasm_call_ctors")
                loading.write_cells(early)
            self.call(plan.libc, "__init_libc", envp, loading.word(argv))
        for place in self.program.load_order:
            if place != early:
                self.call_if_there(place, "__wasm_call_ctors")
        name, kind = plan.main
        status = self.call(0, name, *(argc, argv, envp)[: len(kind.params)]) or 0
        if plan.libc is not None and self.has(plan.libc, "exit"):
            self.call(plan.libc, "exit", status)
        return status


class Counter:
    """Counts the modules' system calls, and has a tracer told of them.

    Calls and returns go from wasm to wasm: a tracer's functions are called beside them.
    """

    def __init__(self, machine: Machine, tracer: Tracer | None) -> None:
        from muslfall.loader import glue

        self.engine = engine = machine.engine
        kernel = machine.program.kernel
        given = [("k", str(n), machine.export(kernel, f"__syscall{n}")) for n in range(7)]
        if tracer:
            given.append(("h", "enter", engine.function(8, tracer.enter)))
            given.append(("h", "leave", engine.function(1, tracer.leave)))
        code = engine.assemble(glue.system_calls(tracer is not None))
        engine.instantiate(COUNTER, code, given)

    def function(self, name: str) -> Handle:
        """The function that stands for the kernel's of that name."""
        return self.engine.export(COUNTER, name[-1])

    def made(self) -> dict[int, int]:
        """Number to how often the system call was made."""
        from muslfall.loader import glue

        counts = self.engine.export(COUNTER, "counts")
        content = self.engine.read(counts, 0, 4 * glue.COUNTED)
        numbers = enumerate(struct.unpack(f"<{glue.COUNTED}I", content))
        return {number: count for number, count in numbers if count}


class Loading:
    """One load of modules into a machine: they are instantiated, then relocated.

    codes: of the units, compiled. counter: what stands between them and the kernel, if anything.
    number: 0 for the first load of a machine, another for each.
    """

    def __init__(
        self,
        machine: Machine,
        plan: Resolved,
        codes: Sequence[Code],
        space: Space,
        layout: Layout,
        counter: Counter | None = None,
        number: int = 0,
    ) -> None:
        self.machine = machine
        self.engine = machine.engine
        self.program = machine.program
        self.plan = plan
        self.codes = codes
        self.space = space
        self.layout = layout
        self.counter = counter
        self.glue_name, self.tags_name = f"{GLUE} {number}", f"{NEW_TAGS} {number}"
        self.cells: dict[Resolution, Handle] = {}
        self.glue = self.glue_functions()

    def link(self) -> None:
        """Instantiate the modules in load order, then relocate them.

        Raises LoadError, Exit, Trapped.
        """
        self.new_tags()
        if self.program.kernel is not None:
            self.fill_entries(self.program.kernel)
        for place in self.program.load_order:
            tags = self.tags(place)
            self.machine.instantiate(place, self.codes[place], given=self.given(place), tags=tags)
            self.fill_entries(place)
        self.relocate()

    def given(self, place: int) -> Iterator[tuple[str, str, Handle]]:
        """Exactly what one module imports, but for its tags."""
        imports = self.program.units[place].wasm.imports
        for item, resolution in zip(imports, self.plan.imports[place], strict=True):
            if not isinstance(resolution, Tag):
                yield item.module, item.name, self.value(place, resolution)
        if self.plan.interposed(place):  # it may have had no use of it
            yield "env", TABLE, self.space.table

    def value(self, place: int, resolution: Resolution) -> Handle:
        """The value of an import that is not a tag."""
        if isinstance(resolution, Shared):
            return {
                "memory": self.space.memory,
                TABLE: self.space.table,
                "__stack_pointer": self.space.stack_pointer,
            }[resolution.name]
        if isinstance(resolution, Base):
            layout = self.layout
            in_memory = resolution.name == "__memory_base"
            bases = layout.memory_bases if in_memory else layout.table_bases
            return self.engine.cell(bases[place], mutable=False)
        if isinstance(resolution, Call):
            return self.function(resolution.callee, resolution.trampoline)
        if resolution not in self.cells:
            self.cells[resolution] = self.engine.cell(0, mutable=True)
        return self.cells[resolution]

    def function(self, callee: Callee, trampoline: bool = False) -> Handle:
        if self.counter is not None and self.is_system_call(callee):
            return self.counter.function(callee.name)
        if isinstance(callee, Stub) or trampoline:
            return self.glue[callee]
        return self.machine.export(callee.unit, callee.name)

    def is_system_call(self, callee: Callee) -> bool:
        named = isinstance(callee, Function) and callee.name in SYSCALLS
        return named and callee.unit == self.program.kernel

    def fill_entries(self, place: int) -> None:
        """Put the functions of an instance into the entries that the loader added for them."""
        for entry in self.plan.entries:
            if isinstance(entry, Function) and entry.unit == place:
                self.fill(entry, self.function(entry))

    def fill(self, entry: Callee, function: Handle) -> None:
        self.engine.set_entry(self.space.table, self.layout.indexes[entry], function)

    def glue_functions(self) -> dict[Callee, Handle]:
        """One small module with all trampolines and stubs; stubs go into their entries."""
        calls = [item for unit in self.plan.imports for item in unit if isinstance(item, Call)]
        trampolines = list(dict.fromkeys(item.callee for item in calls if item.trampoline))
        callees = (*(item.callee for item in calls), *self.plan.entries)
        stubs = list(dict.fromkeys(item for item in callees if isinstance(item, Stub)))
        if not trampolines and not stubs:
            return {}
        from muslfall.loader import glue

        pairs = [(item.type, self.layout.indexes[item]) for item in trampolines]
        code = self.engine.assemble(glue.functions(pairs, [stub.type for stub in stubs]))
        given = [("env", "table", self.space.table)]
        if stubs:
            given.append(("env", "report", self.engine.function(1, self.reporter(stubs))))
        self.engine.instantiate(self.glue_name, code, given)
        numbered = enumerate([*trampolines, *stubs])
        made = {
            callee: self.engine.export(self.glue_name, str(number)) for number, callee in numbered
        }
        for entry in self.plan.entries:
            if isinstance(entry, Stub):
                self.fill(entry, made[entry])
        return made

    def reporter(self, stubs: Sequence[Stub]) -> Callable[[int], None]:
        """The function that a stub calls with its number."""

        def report(number: int) -> None:
            unit = self.program.units[stubs[number].unit].name
            self.machine.report(f"{unit} called {stubs[number].name}, which no module exports")

        return report

    def new_tags(self) -> None:
        """One small module that defines the tags that no module exports."""
        tags = {
            item.name: item.type
            for unit in reversed(self.plan.imports)
            for item in reversed(unit)
            if isinstance(item, Tag) and item.unit is None
        }
        if tags:
            from muslfall.loader import glue

            self.engine.instantiate(self.tags_name, self.engine.assemble(glue.new_tags(tags)))

    def tags(self, place: int) -> dict[str, tuple[str, Any]]:
        """The tags that a module imports: the instance that has each, and its type."""
        tags = [item for item in self.plan.imports[place] if isinstance(item, Tag)]
        return {
            item.name: (self.tags_name if item.unit is None else str(item.unit), item.type)
            for item in tags
        }

    # Relocate

    def relocate(self) -> None:
        """Write GOT.mem and GOT.func, have each module apply its own relocations, then write the
        cells of what is interposed."""
        for resolution, cell in self.cells.items():
            self.engine.set_cell(cell, self.got_value(resolution))
        for place in self.program.load_order:
            self.machine.call_if_there(place, "__wasm_apply_data_relocs")
            self.write_cells(place)
        for mark in self.plan.marks():
            self.engine.write(self.space.memory, self.got_value(mark), struct.pack("<I", 1))

    def write_cells(self, place: int) -> None:
        """Write what a module's interposed functions lead to."""
        for name, resolution in self.plan.cells[place].items():
            self.engine.set_cell(self.machine.export(place, name), self.got_value(resolution))

    def got_value(self, resolution: Resolution) -> int:
        if isinstance(resolution, Pointer):
            return self.layout.indexes[resolution.callee] if resolution.callee is not None else 0
        assert isinstance(resolution, Address)
        if resolution.unit is None:
            return 0
        return self.layout.memory_bases[resolution.unit] + resolution.offset

    def word(self, address: int) -> int:
        """The i32 in memory at address, as a number that is not negative. Raises Trapped."""
        content = self.engine.read(self.space.memory, address, 4)
        if len(content) < 4:
            raise Trapped(REASONS["MEMORY_OUT_OF_BOUNDS"])
        return struct.unpack("<I", content)[0]
