"""wasmtime's engine as the loader has it, and what it compiles: once for each module, by the cache.

A part of the fourth phase of arch/wasm32/LOADER.md.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Set
from functools import cache
from typing import TYPE_CHECKING

import wasmtime
from wasmtime import Module

from muslfall.base import stacks
from muslfall.base.values import holder
from muslfall.loader.cache import Cache, Kept, make_key

if TYPE_CHECKING:
    from muslfall.wasm import module as wasm

FEATURES = (
    "wasm_reference_types",
    "wasm_bulk_memory",
    "wasm_multi_value",
    "wasm_tail_call",
    "wasm_exceptions",
)


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
    """What compiled code depends on beside the module: wasmtime, its settings, the machine.

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
    system = [sys.platform, os.uname().machine]
    return "\n".join([*sorted(versions), *sorted(libraries), *FEATURES, *system])


@holder
class Part:
    """What a program reaches of a module, by the functions that it is asked for.

    module: gives the bytes of a module that has nothing else; None if that is not known.
    """

    names: Set[str]
    module: Callable[[], bytes | None]

    def maker(self) -> str:
        """What stands for it in a cache. The number is that of what `reachable` makes of a module,
        to be raised with it."""
        return f"{identity()}\npart 1 {sorted(self.names)}"


class Compiler:
    """An engine, the modules that it is to compile once only, and its cache.

    cache: None to compile anew whatever was compiled by another process.

    Of a module that is not in the cache, the first program has only that compiled which it
    reaches; a second one that reaches something else has all of it compiled, and no later one any.
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
            return self.compile_part(module, part) or Module(self.engine, module.data)
        key = make_key(module.digest, identity())
        return (
            (self.cached(self.cache, make_key(module.digest, part.maker())) if part else None)
            or self.cached(self.cache, key)
            or self.first(self.cache, module, part)
            or self.compile_and_cache(self.cache, key, module.data)
        )

    def first(self, cache: Cache, module: wasm.Module, part: Part | None) -> Module | None:
        """What a program reaches, if none was here before; None: to compile it all."""
        before = make_key(module.digest, f"{identity()}\nbefore")
        if cache.read(before) is not None:
            return None
        compiled = self.compile_part(module, part)
        if compiled:
            cache.write(make_key(module.digest, part.maker()), bytes(compiled.serialize()))
            cache.write(before, b"")
        return compiled

    def compile_part(self, module: wasm.Module, part: Part | None) -> Module | None:
        """What a program reaches of a module that is valid as a whole; None: not known."""
        data = part.module() if part else None
        if data is None:
            return None
        try:
            Module.validate(self.engine, module.data)
            return Module(self.engine, data)
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

    def compile_and_cache(self, cache: Cache, key: str, data: bytes) -> Module:
        module = Module(self.engine, data)
        cache.write(key, bytes(module.serialize()))
        return module
