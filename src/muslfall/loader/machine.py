"""The part of the loader that wasmtime does: compile, allocate, instantiate, relocate, start.

The last four phases of arch/wasm32/LOADER.md. A call from one module to another never goes
through Python: an export of one instance is given to the next as it is.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING

import wasmtime
from wasmtime import Global, Instance, Linker, Memory, Module, Table, Val, ValType

from muslfall.loader import allocation
from muslfall.loader.abi import TABLE
from muslfall.loader.engines.wasmtime import Compiler, Part
from muslfall.loader.program import SYSCALLS, LoadError, Program
from muslfall.loader.resolution import (
    Address,
    Base,
    Call,
    Callee,
    Function,
    Plan,
    Pointer,
    Resolution,
    Shared,
    Stub,
    Tag,
)

if TYPE_CHECKING:
    from muslfall.loader.trace import Tracer
    from muslfall.wasm import module as wasm

#: In the words of the core specification's tests; V8 tells a null entry and a wrong type
#: apart no more than we do.
REASONS = {
    "STACK_OVERFLOW": "call stack exhausted",
    "MEMORY_OUT_OF_BOUNDS": "out of bounds memory access",
    "TABLE_OUT_OF_BOUNDS": "out of bounds table access",
    "INDIRECT_CALL_TO_NULL": "indirect call type mismatch",
    "BAD_SIGNATURE": "indirect call type mismatch",
    "INTEGER_OVERFLOW": "integer overflow",
    "INTEGER_DIVISION_BY_ZERO": "integer divide by zero",
    "BAD_CONVERSION_TO_INTEGER": "invalid conversion to integer",
    "UNREACHABLE": "unreachable",
    "UNCAUGHT_EXCEPTION": "uncaught exception",
}


class Exit(Exception):
    """The program called WASI's proc_exit with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Trapped(Exception):
    """The program ended with a wasm trap; the text is the reason."""


def proc_exit(status: int) -> None:
    """WASI's proc_exit: wasmtime's own takes a status of 126 or more, such as a signal's, for
    an error."""
    raise Exit(status & 0xFF)


@contextmanager
def running() -> Iterator[None]:
    """Whatever wasm does in this block ends as Exit or Trapped."""
    try:
        yield
    except wasmtime.ExitTrap as end:
        raise Exit(end.code) from None
    except wasmtime.Trap as trap:
        raise Trapped(trap_reason(trap)) from None
    except wasmtime.WasmtimeError as error:
        raise Trapped(error_reason(error)) from None


def trap_reason(trap: wasmtime.Trap) -> str:
    """Why it trapped, in words that are the same for every engine where REASONS has them."""
    try:
        code = trap.trap_code
    except ValueError:  # a code that this version of the binding does not know
        code = None
    if code is not None and code.name in REASONS:
        return REASONS[code.name]
    return error_reason(trap)


def error_reason(error: Exception) -> str:
    """wasmtime's message in one line: what caused it, without wasm's and Rust's backtraces."""
    message, _, _ = str(error).partition("Stack backtrace:")
    _, _, causes = message.rpartition("Caused by:")
    lines = [line.strip() for line in causes.splitlines() if line.strip()]
    reason = ": ".join(line.removeprefix("wasm trap: ") for line in lines)
    return REASONS["UNCAUGHT_EXCEPTION"] if "thrown Wasm exception" in reason else reason


class Machine:
    """One store and what lives in it: a program from compilation to its end.

    program: as read. report: called with a line for stderr when a stub is called.
    compiler: one that several programs share; default: one of its own.
    """

    def __init__(
        self, program: Program, report: Callable[[str], None], compiler: Compiler | None = None
    ) -> None:
        self.program = program
        self.report = report
        self.compiler = compiler or Compiler()
        self.engine = self.compiler.engine
        self.store = wasmtime.Store(self.engine)
        self.exports = Linker(self.engine)
        self.instances: dict[int, Instance] = {}
        self.modules: list[Module] = []
        self.memory: Memory | None = None
        self.system_calls: wasmtime.InstanceExports | None = None

    def close(self) -> None:
        """Give back all that the program had. What stays readable: nothing.

        Without it a machine lives as long as the process, since wasmtime's bindings keep every
        host function in a table of their own, and a host function may know the machine; at the
        end of the process Python then takes both apart in an order that crashes.
        """
        self.exports.close()
        self.store.close()

    # Compile

    def compile_all(
        self,
        part: Callable[[int], Part | None] = lambda place: None,
        opened: Mapping[int, wasm.Module] = MappingProxyType({}),
    ) -> None:
        """Compile every module. Raises LoadError with every refusal.

        part: a unit's place to what the program reaches of it; None for all.
        opened: a unit's place to what is compiled instead of it.
        """
        problems = []
        for place, unit in enumerate(self.program.units):
            try:
                module = opened.get(place, unit.wasm)
                self.modules.append(self.compiler.compile(module, part(place)))
            except wasmtime.WasmtimeError as error:
                problems.append(f"{unit.name}: cannot be compiled: {error_reason(error)}")
        if problems:
            raise LoadError(problems)

    # Allocate

    def set_wasi(
        self,
        arguments: Sequence[str],
        environment: Sequence[tuple[str, str]],
        folders: Sequence[tuple[str, str]],
    ) -> None:
        """Arguments, environment and (host, guest) folders of the kernel's WASI."""
        wasi = wasmtime.WasiConfig()
        wasi.argv = arguments
        wasi.env = environment
        wasi.inherit_stdin()
        wasi.inherit_stdout()
        wasi.inherit_stderr()
        problems = []
        for host, guest in folders:
            try:
                wasi.preopen_dir(host, guest)
            except wasmtime.WasmtimeError:
                problems.append(f"{host}: cannot be opened as a folder")
        if problems:
            raise LoadError(problems)
        self.store.set_wasi(wasi)

    def export(self, place: int, name: str) -> wasmtime.AsExtern:
        return self.exports.get(self.store, str(place), name)

    def call(self, place: int, name: str, *arguments: int) -> int | None:
        """Call an exported function: the program runs."""
        function = self.export(place, name)
        with running():
            return function(self.store, *map(i32, arguments))

    def allocate(self, plan: Plan, arguments: Sequence[str], environment: Sequence[str]) -> None:
        """Memory and table for all modules; arguments and environment as for a start block."""
        if self.program.kernel is None:
            self.own_memory(arguments, environment)
        else:
            self.kernel_memory(self.program.kernel)
        self.place_table(plan)

    def kernel_memory(self, kernel: int) -> None:
        """Instantiate the kernel, then have it allocate the modules' data."""
        self.instantiate(kernel, self.host_linker())
        self.call(kernel, "_initialize")
        self.memory = self.export(kernel, "memory")
        self.table = self.export(kernel, "__indirect_function_table")
        self.stack_pointer = self.export(kernel, "__stack_pointer")
        self.memory_bases = {}
        for place in self.program.load_order:
            dylink = self.program.units[place].wasm.dylink
            self.memory_bases[place] = 0
            if dylink.memory_size:
                base = self.call(
                    kernel, "__kernel_alloc", dylink.memory_size, 1 << dylink.memory_align
                )
                if base == 0:
                    raise allocation.no_memory(self.program, place)
                self.memory_bases[place] = base & 0xFFFFFFFF

    def own_memory(self, arguments: Sequence[str], environment: Sequence[str]) -> None:
        """Without a kernel: memory, table and stack of the loader's own, and the start block."""
        self.memory_bases, end = allocation.memory_bases(self.program)
        self.block = allocation.aligned(end, 16)
        content = allocation.start_block(
            [text.encode() for text in arguments],
            [text.encode() for text in environment],
            self.block,
        )
        pages = allocation.aligned(self.block + len(content), allocation.PAGE) // allocation.PAGE
        try:
            limits = wasmtime.Limits(pages, allocation.MEMORY_LIMIT // allocation.PAGE)
            self.memory = Memory(self.store, wasmtime.MemoryType(limits))
        except wasmtime.WasmtimeError:
            raise allocation.no_memory(self.program, self.program.load_order[-1]) from None
        self.memory.write(self.store, bytearray(content), self.block)
        self.stack_pointer = self.cell(allocation.STACK_SIZE, mutable=True)
        limits = wasmtime.Limits(1, None)
        self.table = Table(self.store, wasmtime.TableType(ValType.funcref(), limits), None)

    def cell(self, value: int, mutable: bool) -> Global:
        kind = wasmtime.GlobalType(ValType.i32(), mutable)
        return Global(self.store, kind, Val.i32(i32(value)))

    def host_linker(self) -> Linker:
        """A linker that has the host's WASI."""
        linker = Linker(self.engine)
        linker.define_wasi()
        linker.allow_shadowing = True
        exits = wasmtime.FuncType([ValType.i32()], [])
        linker.define_func("wasi_snapshot_preview1", "proc_exit", exits, proc_exit)
        return linker

    def place_table(self, plan: Plan) -> None:
        size = self.table.size(self.store)
        count = len(plan.entries)
        self.table_bases, first = allocation.table_bases(self.program, max(size, 1), count)
        if first + count > size:
            try:
                self.table.grow(self.store, first + count - size, None)
            except wasmtime.WasmtimeError:
                wanted = first + count - size
                raise allocation.no_table(self.program, 0, wanted) from None
        self.indexes = allocation.table_indexes(plan, self.table_bases, first)

    # Instantiate

    def link(self, plan: Plan) -> None:
        """Instantiate the modules in load order, then relocate them."""
        self.cells: dict[Resolution, Global] = {}
        self.glue_functions(plan)
        self.glue_tags(plan)
        if self.program.kernel is not None:
            self.fill_entries(plan, self.program.kernel)
        for place in self.program.load_order:
            self.instantiate(place, self.linker(plan, place))
            self.fill_entries(plan, place)
        self.relocate(plan)

    def link_command(self) -> None:
        """Instantiate a program that is one WASI command."""
        self.instantiate(0, self.host_linker())
        self.memory = self.export(0, "memory")

    def run_command(self) -> int:
        """Run a WASI command. Returns its status, or raises Exit or Trapped."""
        self.call(0, "_start")
        return 0

    def instantiate(self, place: int, linker: Linker) -> None:
        try:
            instance = linker.instantiate(self.store, self.modules[place])
        except (wasmtime.ExitTrap, wasmtime.Trap) as end:
            with running():
                raise end
        except wasmtime.WasmtimeError as error:
            reason = error_reason(error)
            if reason == REASONS["UNCAUGHT_EXCEPTION"]:  # of a start function
                raise Trapped(reason) from None
            name = self.program.units[place].name
            raise LoadError([f"{name}: cannot be instantiated: {reason}"]) from None
        self.instances[place] = instance
        self.exports.define_instance(self.store, str(place), instance)

    def linker(self, plan: Plan, place: int) -> Linker:
        """A linker that has exactly what one module imports."""
        linker = Linker(self.engine)
        linker.allow_shadowing = True
        self.define_tags(linker, plan, place)
        pairs = zip(self.program.units[place].wasm.imports, plan.imports[place], strict=True)
        for item, resolution in pairs:
            if not isinstance(resolution, Tag):
                value = self.value(place, resolution)
                linker.define(self.store, item.module, item.name, value)
        if plan.interposed(place):  # it may have had no use of it
            linker.define(self.store, "env", TABLE, self.table)
        return linker

    def value(self, place: int, resolution: Resolution) -> wasmtime.AsExtern:
        """What an import that is not a tag is given."""
        if isinstance(resolution, Shared):
            return {
                "memory": self.memory,
                "__indirect_function_table": self.table,
                "__stack_pointer": self.stack_pointer,
            }[resolution.name]
        if isinstance(resolution, Base):
            bases = self.memory_bases if resolution.name == "__memory_base" else self.table_bases
            return self.cell(bases[place], mutable=False)
        if isinstance(resolution, Call):
            return self.function(resolution.callee, resolution.trampoline)
        if resolution not in self.cells:
            self.cells[resolution] = self.cell(0, mutable=True)
        return self.cells[resolution]

    def interpose(self, tracer: Tracer | None) -> None:
        """Count the modules' system calls from now on, and have a tracer told of them.

        Calls and returns go from wasm to wasm: a tracer's functions are called beside them.
        """
        kernel = self.program.kernel
        imports = [self.export(kernel, f"__syscall{n}") for n in range(7)]
        for function, words in ((tracer.enter, 8), (tracer.leave, 1)) if tracer else ():
            kind = wasmtime.FuncType([ValType.i32()] * words, [])
            imports.append(wasmtime.Func(self.store, kind, function))
        from muslfall.loader import glue

        module = Module(self.engine, glue.system_calls(tracer is not None))
        self.system_calls = Instance(self.store, module, imports).exports(self.store)

    def calls_made(self) -> dict[int, int]:
        """Number -> how often the system call was made, since interpose."""
        if self.system_calls is None:
            return {}
        from muslfall.loader import glue

        content = self.system_calls["counts"].read(self.store, 0, 4 * glue.COUNTED)
        counts = enumerate(struct.unpack(f"<{glue.COUNTED}I", content))
        return {number: count for number, count in counts if count}

    def read(self, address: int, size: int) -> bytes:
        """What is in memory, less if it ends before."""
        return bytes(self.memory.read(self.store, address, address + size))

    def function(self, callee: Callee, trampoline: bool = False) -> wasmtime.Func:
        if self.system_calls is not None and self.is_system_call(callee):
            return self.system_calls[callee.name[-1]]
        if isinstance(callee, Stub) or trampoline:
            return self.glue[callee]
        return self.export(callee.unit, callee.name)

    def is_system_call(self, callee: Callee) -> bool:
        named = isinstance(callee, Function) and callee.name in SYSCALLS
        return named and callee.unit == self.program.kernel

    def fill_entries(self, plan: Plan, place: int) -> None:
        """Put the functions of an instance into the entries that the loader added for them."""
        for entry in plan.entries:
            if isinstance(entry, Function) and entry.unit == place:
                self.table.set(self.store, self.indexes[entry], self.function(entry))

    def glue_functions(self, plan: Plan) -> None:
        """One small module with all trampolines and stubs; stubs go into their entries."""
        calls = [item for unit in plan.imports for item in unit if isinstance(item, Call)]
        trampolines = list(dict.fromkeys(item.callee for item in calls if item.trampoline))
        callees = (*(item.callee for item in calls), *plan.entries)
        stubs = list(dict.fromkeys(item for item in callees if isinstance(item, Stub)))
        self.glue: dict[Callee, wasmtime.Func] = {}
        if not trampolines and not stubs:
            return
        from muslfall.loader import glue

        pairs = [(item.type, self.indexes[item]) for item in trampolines]
        module = Module(self.engine, glue.functions(pairs, [stub.type for stub in stubs]))
        imports = [self.table, *([self.reporter(stubs)] if stubs else [])]
        exports = Instance(self.store, module, imports).exports(self.store)
        for number, callee in enumerate([*trampolines, *stubs]):
            self.glue[callee] = exports[str(number)]
        for entry in plan.entries:
            if isinstance(entry, Stub):
                self.table.set(self.store, self.indexes[entry], self.glue[entry])

    def reporter(self, stubs: Sequence[Stub]) -> wasmtime.Func:
        """The function that a stub calls with its number."""

        def report(number: int) -> None:
            unit = self.program.units[stubs[number].unit].name
            self.report(f"{unit} called {stubs[number].name}, which no module exports")

        return wasmtime.Func(self.store, wasmtime.FuncType([ValType.i32()], []), report)

    def glue_tags(self, plan: Plan) -> None:
        """One small module that defines the tags that no module exports."""
        tags = {
            item.name: item.type
            for unit in reversed(plan.imports)
            for item in reversed(unit)
            if isinstance(item, Tag) and item.unit is None
        }
        self.new_tags = None
        if tags:
            from muslfall.loader import glue

            module = Module(self.engine, glue.new_tags(tags))
            self.new_tags = Instance(self.store, module, [])

    def define_tags(self, linker: Linker, plan: Plan, place: int) -> None:
        """Tags go from instance to instance by linkers: older bindings have no object for one."""
        tags = [item for item in plan.imports[place] if isinstance(item, Tag)]
        if any(item.unit is None for item in tags):
            linker.define_instance(self.store, "env", self.new_tags)
        passed = {item.name: (str(item.unit), item.type) for item in tags if item.unit is not None}
        if passed:
            from muslfall.loader import glue

            module = Module(self.engine, glue.passed_tags(passed))
            instance = self.exports.instantiate(self.store, module)
            linker.define_instance(self.store, "env", instance)

    # Relocate

    def relocate(self, plan: Plan) -> None:
        """Write GOT.mem and GOT.func, have each module apply its own relocations, then write the
        cells of what is interposed."""
        for resolution, cell in self.cells.items():
            cell.set_value(self.store, Val.i32(i32(self.got_value(resolution))))
        for place in self.program.load_order:
            self.call_if_there(place, "__wasm_apply_data_relocs")
            self.write_cells(plan, place)
        for mark in plan.marks():
            self.memory.write(self.store, bytearray(struct.pack("<I", 1)), self.got_value(mark))

    def write_cells(self, plan: Plan, place: int) -> None:
        for name, resolution in plan.cells[place].items():
            value = Val.i32(i32(self.got_value(resolution)))
            self.export(place, name).set_value(self.store, value)

    def got_value(self, resolution: Resolution) -> int:
        if isinstance(resolution, Pointer):
            return self.indexes[resolution.callee] if resolution.callee is not None else 0
        assert isinstance(resolution, Address)
        if resolution.unit is None:
            return 0
        return self.memory_bases[resolution.unit] + resolution.offset

    def has(self, place: int, name: str) -> bool:
        return self.program.units[place].wasm.exported(name, "function") is not None

    def call_if_there(self, place: int, name: str) -> None:
        if self.has(place, name):
            self.call(place, name)

    # Start

    def start(self, plan: Plan) -> int:
        """Run the program. Returns its status, or raises Exit or Trapped."""
        if self.program.kernel is not None:
            self.block = self.call(self.program.kernel, "__kernel_start") & 0xFFFFFFFF
        argc = self.word(self.block)
        argv = self.block + 4
        envp = argv + 4 * (argc + 1)
        early = None
        if plan.libc is not None:
            if not self.has(plan.libc, "__wasm_apply_data_relocs"):
                early = plan.libc
                self.call_if_there(early, "__wasm_call_ctors")
                self.write_cells(plan, early)
            self.call(plan.libc, "__init_libc", envp, self.word(argv))
        for place in self.program.load_order:
            if place != early:
                self.call_if_there(place, "__wasm_call_ctors")
        name, kind = plan.main
        status = self.call(0, name, *(argc, argv, envp)[: len(kind.params)]) or 0
        if plan.libc is not None and self.has(plan.libc, "exit"):
            self.call(plan.libc, "exit", status)
        return status

    def word(self, address: int) -> int:
        """The i32 in memory at address, as a number that is not negative."""
        content = self.memory.read(self.store, address, address + 4)
        if len(content) < 4:
            raise Trapped(REASONS["MEMORY_OUT_OF_BOUNDS"])
        return struct.unpack("<I", content)[0]

    def memory_size(self) -> int:
        """Bytes of memory now; 0 before there is one."""
        return self.memory.data_len(self.store) if self.memory is not None else 0


def i32(value: int) -> int:
    """The signed number with the same 32 bits."""
    return (value & 0xFFFFFFFF ^ 0x80000000) - 0x80000000
