"""wasmtime as an engine of the loader: what it compiles, once a module, and one program's store.

Allocate, instantiate and start in arch/wasm32/LOADER.md are asked for in `interface`'s words.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import wasmtime
from wasmtime import Linker, Module, Val, ValType

from muslfall.base import stacks
from muslfall.base.values import holder
from muslfall.loader.abi import WASI
from muslfall.loader.cache import Cache, Kept, make_key
from muslfall.loader.engines.interface import (
    ABORTED,
    REASONS,
    Engine,
    Exit,
    Handle,
    RawFrame,
    Refused,
    Trapped,
)
from muslfall.wasm import writer as write

if TYPE_CHECKING:
    from muslfall.wasm import module as wasm
    from muslfall.wasm.types import FunctionType

FEATURES = (
    "wasm_reference_types",
    "wasm_bulk_memory",
    "wasm_multi_value",
    "wasm_tail_call",
    "wasm_exceptions",
)


#: The first word of the name that a compiled module is given, by which a frame says whose it is.
WHOLE, PART = "whole", "part"
#: Frames of which wasmtime tells at most from some release on (WasmBacktrace); there is no setting
#: for it in its C interface.
FRAMES = 20


def frames(trap: wasmtime.Trap | wasmtime.WasmtimeError) -> list[RawFrame]:
    """The frames of a trap, the innermost first; none of an error that has no stack."""
    return [
        RawFrame(
            frame.module_name or "",
            frame.func_index,
            frame.func_offset if frame.func_offset < 1 << 32 else None,
        )
        for frame in getattr(trap, "frames", ())
    ]


def tagged(data: bytes, kind: str, digest: bytes) -> bytes:
    """A module with a name that tells whose it is: of several, wasmtime takes the last."""
    name = write.name(f"{kind} {digest.hex()}")
    return data + write.custom("name", b"\0" + write.sized(name))


def make_engine(threads: bool = True) -> wasmtime.Engine:
    """An engine with every feature that LLVM's code for wasm32 may use.

    threads: it may compile on threads of its own; a process that has some must not fork.
    """
    config = wasmtime.Config()
    if not threads:
        config.parallel_compilation = False
    for feature in FEATURES:
        if hasattr(wasmtime.Config, feature):  # on an instance it cannot be read
            setattr(config, feature, True)
    deepen(config)
    return wasmtime.Engine(config)


def deepen(config: wasmtime.Config) -> None:
    """Let calls nest as deep as `stacks` has it.

    wasmtime wants a stack for asynchronous calls, which nobody makes, to be as large; what sets
    its size is in the binding's C interface alone, and from some release on.
    """
    size = stacks.provide()
    interface = importlib.import_module("wasmtime._ffi")
    setter = getattr(interface, "wasmtime_config_async_stack_size_set", None)
    if size is None or setter is None or not hasattr(wasmtime.Config, "max_wasm_stack"):
        return
    setter(config.ptr(), size)
    config.max_wasm_stack = size


@cache
def identity() -> str:
    """The conditions of compiled code beside the module: wasmtime, its settings, the machine.

    wasmtime itself refuses code for a processor that has more than this one.
    """
    package = os.path.dirname(wasmtime.__file__)
    versions = [
        name
        for name in os.listdir(os.path.dirname(package))
        if name.startswith("wasmtime-") and name.endswith(".dist-info")
    ]
    libraries = []
    for folder in (entry.path for entry in os.scandir(package) if entry.is_dir()):
        for entry in os.scandir(folder):
            if "wasmtime." in entry.name:
                status = entry.stat()
                libraries.append(f"{entry.name} {status.st_size} {status.st_mtime_ns}")
    system = [sys.platform, os.uname().machine, WHOLE, PART]
    return "\n".join([*sorted(versions), *sorted(libraries), *FEATURES, *system])


@holder
class Part:
    """The part of a module that a program reaches, by the functions that it is asked for.

    module: gives the bytes of a module that has nothing else; None if that is not known.
    """

    names: Set[str]
    module: Callable[[], bytes | None]

    def maker(self) -> str:
        """The key that stands for it in a cache. The number is that of what `reachable` makes of a
        module, to be raised with it."""
        return f"{identity()}\npart 2 {sorted(self.names)}"


class Compiler:
    """An engine, the modules that it is to compile once only, and its cache.

    cache: None to compile anew whatever was compiled by another process.

    If a module is not in the cache, the first program has only the part compiled that it reaches; a
    second one that reaches something else has all of it compiled, and no later one any.
    """

    def __init__(self, threads: bool = True, cache: Cache | None = None) -> None:
        self.engine = make_engine(threads)
        self.cache = cache
        self.kept: dict[bytes, Module] = {}

    def keep(self, module: wasm.Module) -> None:
        """Compile a module now, for all programs to come. Raises wasmtime.WasmtimeError."""
        self.kept[module.digest] = self.compile(module)

    def compile(self, module: wasm.Module, part: Part | None = None) -> Module:
        """The module, for a program that reaches a part of it, if that is given, or all.

        Raises wasmtime.WasmtimeError.
        """
        if self.kept and module.digest in self.kept:
            return self.kept[module.digest]
        if self.cache is None:
            return self.compile_part(module, part) or self.compile_whole(module)
        key = make_key(module.digest, identity())
        return (
            (self.cached(self.cache, make_key(module.digest, part.maker())) if part else None)
            or self.cached(self.cache, key)
            or self.first(self.cache, module, part)
            or self.compile_and_cache(self.cache, key, module)
        )

    def first(self, cache: Cache, module: wasm.Module, part: Part | None) -> Module | None:
        """The part that a program reaches, if none was here before; None: to compile it all."""
        before = make_key(module.digest, f"{identity()}\nbefore")
        if cache.read(before) is not None:
            return None
        compiled = self.compile_part(module, part)
        if compiled:
            cache.write(make_key(module.digest, part.maker()), bytes(compiled.serialize()))
            cache.write(before, b"")
        return compiled

    def compile_part(self, module: wasm.Module, part: Part | None) -> Module | None:
        """The part that a program reaches of a module that is valid as a whole; None: not known."""
        data = part.module() if part else None
        if data is None:
            return None
        try:
            Module.validate(self.engine, module.data)
            return Module(self.engine, tagged(data, PART, module.digest))
        except wasmtime.WasmtimeError:
            return None

    def cached(self, cache: Cache, key: str) -> Module | None:
        kept = cache.open(key)
        if kept is None:
            return None
        with kept:
            return self.mapped(kept) or self.copied(kept)

    def mapped(self, kept: Kept) -> Module | None:
        """By the system's mapping of the file; None where it cannot be mapped as code, or named."""
        try:
            return Module.deserialize_file(self.engine, kept.path())
        except wasmtime.WasmtimeError:
            return None

    def copied(self, kept: Kept) -> Module | None:
        try:
            return Module.deserialize(self.engine, kept.read())
        except wasmtime.WasmtimeError:  # of another processor, for example
            return None

    def compile_whole(self, module: wasm.Module) -> Module:
        return Module(self.engine, tagged(module.data, WHOLE, module.digest))

    def compile_and_cache(self, cache: Cache, key: str, module: wasm.Module) -> Module:
        compiled = self.compile_whole(module)
        cache.write(key, bytes(compiled.serialize()))
        return compiled


class Wasmtime(Engine):
    """A store of wasmtime's. compiler: what several programs may share."""

    def __init__(self, compiler: Compiler) -> None:
        self.compiler = compiler
        self.store = wasmtime.Store(compiler.engine)
        self.exports = Linker(compiler.engine)

    def compile(self, module: wasm.Module, part: Part | None = None) -> Module:
        try:
            return self.compiler.compile(module, part)
        except wasmtime.WasmtimeError as error:
            raise Refused(error_reason(error)) from None

    def assemble(self, data: bytes) -> Module:
        return Module(self.compiler.engine, data)

    def configure(
        self,
        arguments: Sequence[str],
        environment: Sequence[tuple[str, str]],
        folders: Sequence[tuple[str, str]],
    ) -> list[str]:
        wasi = wasmtime.WasiConfig()
        wasi.argv = arguments
        wasi.env = environment
        wasi.inherit_stdin()
        wasi.inherit_stdout()
        wasi.inherit_stderr()
        unopened = []
        for host, guest in folders:
            try:
                wasi.preopen_dir(host, guest)
            except wasmtime.WasmtimeError:
                unopened.append(host)
        self.store.set_wasi(wasi)
        return unopened

    def instantiate(
        self,
        name: str,
        code: Module,
        given: Iterable[tuple[str, str, Handle]] = (),
        tags: Mapping[str, tuple[str, FunctionType]] = MappingProxyType({}),
        wasi: bool = False,
    ) -> None:
        linker = Linker(self.compiler.engine)
        linker.allow_shadowing = True
        if wasi:
            linker.define_wasi()
            exits = wasmtime.FuncType([ValType.i32()], [])
            linker.define_func(WASI, "proc_exit", exits, self.proc_exit)
        if tags:
            self.pass_tags(linker, tags)
        for module, item, value in given:
            linker.define(self.store, module, item, value)
        try:
            instance = linker.instantiate(self.store, code)
        except (wasmtime.ExitTrap, wasmtime.Trap) as end:
            with running():
                raise end
        except wasmtime.WasmtimeError as error:
            reason = error_reason(error)
            if reason == REASONS["UNCAUGHT_EXCEPTION"]:  # of a start function
                raise Trapped(reason) from None
            raise Refused(reason) from None
        self.exports.define_instance(self.store, name, instance)

    def proc_exit(self, status: int) -> None:
        """WASI's proc_exit: wasmtime's own takes a status of 126 or more, such as a signal's, for
        an error."""
        raise Exit(status & 0xFF, self.here() if status & 0xFF == ABORTED else ())

    def here(self) -> list[RawFrame]:
        """The stack of now, which wasmtime tells of with a trap alone."""
        from muslfall.loader import glue

        try:
            wasmtime.Instance(self.store, self.assemble(glue.trapping()), [])
        except wasmtime.Trap as trap:
            return frames(trap)
        return []

    def pass_tags(self, linker: Linker, tags: Mapping[str, tuple[str, FunctionType]]) -> None:
        """Tags go from instance to instance by linkers: older bindings have no object for one."""
        from muslfall.loader import glue

        instance = self.exports.instantiate(self.store, self.assemble(glue.passed_tags(tags)))
        linker.define_instance(self.store, "env", instance)

    def export(self, instance: str, name: str) -> wasmtime.AsExtern:
        return self.exports.get(self.store, instance, name)

    def call(self, function: wasmtime.Func, *arguments: int) -> int | None:
        with running():
            return function(self.store, *map(i32, arguments))

    def function(self, parameters: int, run: Callable[..., None]) -> wasmtime.Func:
        kind = wasmtime.FuncType([ValType.i32()] * parameters, [])
        return wasmtime.Func(self.store, kind, run)

    def memory(self, pages: int, limit: int) -> wasmtime.Memory:
        try:
            kind = wasmtime.MemoryType(wasmtime.Limits(pages, limit))
            return wasmtime.Memory(self.store, kind)
        except wasmtime.WasmtimeError as error:
            raise Refused(error_reason(error)) from None

    def read(self, memory: wasmtime.Memory, address: int, size: int) -> bytes:
        return bytes(memory.read(self.store, address, address + size))

    def write(self, memory: wasmtime.Memory, address: int, content: bytes) -> None:
        memory.write(self.store, bytearray(content), address)

    def memory_size(self, memory: wasmtime.Memory) -> int:
        return memory.data_len(self.store)

    def table(self, size: int) -> wasmtime.Table:
        kind = wasmtime.TableType(ValType.funcref(), wasmtime.Limits(size, None))
        return wasmtime.Table(self.store, kind, None)

    def table_size(self, table: wasmtime.Table) -> int:
        return table.size(self.store)

    def grow_table(self, table: wasmtime.Table, count: int) -> None:
        try:
            table.grow(self.store, count, None)
        except wasmtime.WasmtimeError as error:
            raise Refused(error_reason(error)) from None

    def set_entry(self, table: wasmtime.Table, index: int, function: wasmtime.Func) -> None:
        table.set(self.store, index, function)

    def cell(self, value: int, mutable: bool) -> wasmtime.Global:
        kind = wasmtime.GlobalType(ValType.i32(), mutable)
        return wasmtime.Global(self.store, kind, Val.i32(i32(value)))

    def set_cell(self, cell: wasmtime.Global, value: int) -> None:
        cell.set_value(self.store, Val.i32(i32(value)))

    def close(self) -> None:
        """Without it a program's store lives as long as the process, since wasmtime's bindings
        keep every host function in a table of their own, and a host function may know the store;
        at the end of the process Python then takes both apart in an order that crashes.
        """
        self.exports.close()
        self.store.close()


@contextmanager
def running() -> Iterator[None]:
    """Whatever wasm does in this block ends as Exit or Trapped."""
    try:
        yield
    except wasmtime.ExitTrap as end:
        raise Exit(end.code) from None
    except wasmtime.Trap as trap:
        raise Trapped(trap_reason(trap), frames(trap)) from None
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


def i32(value: int) -> int:
    """The signed number with the same 32 bits."""
    return (value & 0xFFFFFFFF ^ 0x80000000) - 0x80000000
