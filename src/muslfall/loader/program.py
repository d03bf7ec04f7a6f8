"""A program as it is loaded: its modules, read and parsed, in search order and in load order.

The first phase of arch/wasm32/LOADER.md. Pure: files are read by a function that is given.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from muslfall.base.errors import MuslfallError
from muslfall.base.values import value
from muslfall.loader import module_file
from muslfall.wasm import module as wasm
from muslfall.wasm.reader import UnknownProposal
from muslfall.wasm.types import CORE_VERSION, MAGIC, FunctionType

KERNEL_NAME = "kernel.wasm"
#: The third field of a component's head: core modules have 0 there.
COMPONENT_LAYER = b"\1"
#: As many as the loaders can write, too, which stubs and trampolines need.
VALUE_TYPES = frozenset(["i32", "i64", "f32", "f64", "v128", "funcref", "externref", "exnref"])
SYSCALLS = tuple(f"__syscall{n}" for n in range(7))


class LoadError(MuslfallError):
    """The program cannot be loaded; problems are lines, each `MODULE: what is wrong`."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("the program cannot be loaded", problems=problems)


@value
class Unit:
    """One module of a program. path: as given, or as found; wasm: what it says of itself."""

    path: str
    wasm: wasm.Module

    @property
    def name(self) -> str:
        """The base name, which messages use."""
        return os.path.basename(self.path)


@value
class Program:
    """units: in search order, the kernel last if there is one; load_order: without the kernel.

    is_command: its one unit is a WASI command, with all that it needs in it.
    """

    units: tuple[Unit, ...]
    load_order: tuple[int, ...]
    has_kernel: bool = False
    is_command: bool = False

    @property
    def kernel(self) -> int | None:
        """The kernel's place in units."""
        return len(self.units) - 1 if self.has_kernel else None

    @property
    def modules(self) -> tuple[Unit, ...]:
        """The units without the kernel: the main module, then the libraries."""
        return self.units[:-1] if self.has_kernel else self.units


def read(
    paths: Sequence[str],
    kernel: str | None,
    read_file: Callable[[str], bytes],
    parse: Callable[[bytes, str], wasm.Module] = wasm.parse,
    read_named: Callable[[str], bytes] | None = None,
) -> Program:
    """Read the modules named, what they need, and the kernel if it is given or needed.

    paths: the main module, then libraries. kernel: a path, or None for the default.
    read_file: path -> bytes, raising OSError, ValueError. parse: bytes and path -> what the module
    says of itself. read_named: reads what a module names, and no user; default: read_file.
    Raises LoadError with every problem.
    """
    reading = _Reading(read_file, read_named or read_file, parse)
    reading.command_line(paths)
    main = reading.found[0]
    if main is not None and is_command(main.wasm):
        return Program((main,), (0,), is_command=True)
    count = len(reading.found)
    reading.needed()
    modules = [unit for unit in reading.found if unit is not None]
    reading.kernel(kernel, modules)
    if reading.problems:
        raise LoadError(reading.problems)
    return Program(
        tuple(unit for unit in reading.found if unit is not None),
        load_order(modules, count),
        has_kernel=len(reading.found) > len(modules),
    )


def is_command(module: wasm.Module) -> bool:
    """Whether a module is a whole program for a WASI host, as musl-clang --static makes them."""
    start = module.exported("_start", "function")
    return (
        module.dylink is None
        and module.misplaced_dylink() is None
        and module.exported("memory", "memory") is not None
        and start is not None
        and module.functions[start.index] == FunctionType()
    )


def load_order(modules: Sequence[Unit], named: int) -> tuple[int, ...]:
    """Depth first over NEEDED, what is named later before what is named earlier.

    named: how many of the modules, which are in search order, stand on the command line.
    """
    places = {unit.name: place for place, unit in reversed(list(enumerate(modules)))}
    order: list[int] = []
    seen: set[int] = set()
    for root in reversed(range(named)):
        stack = [(root, iter(_needs(modules[root], places)))] if root not in seen else []
        seen.add(root)
        while stack:
            place, needs = stack[-1]
            following = next((need for need in needs if need not in seen), None)
            if following is None:
                order.append(place)
                stack.pop()
            else:
                seen.add(following)
                stack.append((following, iter(_needs(modules[following], places))))
    return tuple(order)


def _needs(unit: Unit, places: dict[str, int]) -> list[int]:
    needed = unit.wasm.dylink.needed if unit.wasm.dylink else ()
    return [places[base] for name in needed if (base := os.path.basename(name)) in places]


class _Reading:
    """Modules found so far, in search order (None: not readable or not valid), and problems."""

    def __init__(
        self,
        read_file: Callable[[str], bytes],
        read_named: Callable[[str], bytes],
        parse: Callable[[bytes, str], wasm.Module],
    ) -> None:
        self.read_file = read_file
        self.read_named = read_named
        self.parse = parse
        self.found: list[Unit | None] = []
        self.names: set[str] = set()
        self.problems: list[str] = []

    def module(self, path: str, needy: str | None = None) -> None:
        """Read and parse a module, which must be position independent; the first, or a command.

        needy: the module that names it; None: the user does.
        """
        first = not self.found
        self.add(path, needy)
        unit = self.found[-1]
        if unit is None:
            return
        misplaced = unit.wasm.misplaced_dylink()
        if misplaced:
            self.problems.append(f"{unit.name}: its {misplaced} section is not the first")
        elif unit.wasm.dylink is None and not (first and is_command(unit.wasm)):
            what = "has no dylink.0 section, so it is not position independent"
            self.problems.append(f"{unit.name}: {what}")

    def add(self, path: str, needy: str | None = None) -> None:
        """Read and parse one file; what is wrong with it is a problem."""
        name = os.path.basename(path)
        self.names.add(name)
        self.found.append(None)
        try:
            data = self.read_file(path) if needy is None else self.read_named(path)
        except (OSError, ValueError) as error:
            self.problems.append(unreadable(name, needy, module_file.reason(error)))
            return
        try:
            self.found[-1] = Unit(path, self.parsed(data, path))
        except NotLoadable as error:
            self.problems.append(f"{name}: {error}")

    def parsed(self, data: bytes, path: str) -> wasm.Module:
        """The facts about a module. Raises NotLoadable."""
        if data[:4] == MAGIC and data[6:7] == COMPONENT_LAYER:
            raise NotLoadable("is a component; the loader takes core modules")
        if data[:8] != MAGIC + CORE_VERSION:
            raise NotLoadable("is not a wasm module")
        try:
            module = self.parse(data, path)
        except UnknownProposal as error:
            raise NotLoadable(no_proposal(error.proposal)) from None
        except wasm.WasmError as error:
            raise NotLoadable(f"is corrupt at byte {error.offset}: {error.reason}") from None
        if proposal := foreign(module):
            raise NotLoadable(no_proposal(proposal))
        return module

    def command_line(self, paths: Sequence[str]) -> None:
        first = {os.path.basename(path): path for path in reversed(paths)}
        names = [os.path.basename(path) for path in paths]
        twice = sorted({name for name in names if names.count(name) > 1}, key=names.index)
        self.problems += (f"{name}: is given twice" for name in twice)
        for name in dict.fromkeys(names):
            self.module(first[name])
            if self.found[0] is not None and is_command(self.found[0].wasm):
                return  # all that it needs is in it

    def needed(self) -> None:
        """Breadth first: found grows while it is walked."""
        for unit in self.found:
            if unit is None or unit.wasm.dylink is None:
                continue
            for name in unit.wasm.dylink.needed:
                if name not in self.names:
                    self.need(unit, name)

    def need(self, unit: Unit, name: str) -> None:
        """Read what a module names, which is beside it and nowhere else."""
        if not is_base_name(name):
            self.names.add(name)
            self.problems.append(f"{unit.name}: needs {name}, which is no base name")
            return
        self.module(os.path.join(os.path.dirname(unit.path), name), unit.name)

    def kernel(self, path: str | None, modules: Sequence[Unit]) -> None:
        if path is not None:
            self.add(path)
            return
        needy = next((unit for unit in modules if needs_kernel(unit, modules)), None)
        if needy is not None:
            self.add(os.path.join(os.path.dirname(needy.path), KERNEL_NAME), needy.name)


class NotLoadable(Exception):
    """The bytes of a file are no module that can be loaded; the text says why."""


def is_base_name(name: str) -> bool:
    """Whether it can only be of a file in the folder where it is looked for."""
    return name not in ("", ".", "..") and "/" not in name and "\0" not in name


def unreadable(name: str, needy: str | None, reason: str | None) -> str:
    """The problem of a file that cannot be read. needy: the module that names it, if one does."""
    why = f": {reason}" if reason else ""
    if needy is None:
        return f"{name}: cannot be read{why}"
    if name == KERNEL_NAME and reason in (None, module_file.NO_FILE):
        return f"{needy}: needs a kernel, and there is no {KERNEL_NAME} beside it"
    return f"{needy}: needs {name}, which cannot be read{why}"


def no_proposal(proposal: str) -> str:
    """The problem of a module that uses a proposal which is not known here."""
    what = f"uses the proposal {proposal}, which this loader cannot read"
    return f"{what}; compile and link it without"


def foreign(module: wasm.Module) -> str | None:
    """The proposal that a module's types or limits are of, if the loaders take none of it."""
    kinds = [kind for function in module.types for kind in (*function.params, *function.results)]
    kinds += [item.value for item in module.globals] + [item.element for item in module.tables]
    if not VALUE_TYPES.issuperset(kinds):
        return "gc"
    limits = [item.limits for item in (*module.memories, *module.tables)]
    if any(item.page_size_log2 is not None for item in limits):
        return "custom-page-sizes"
    return None


def needs_kernel(unit: Unit, modules: Sequence[Unit]) -> bool:
    """Whether the unit imports a system call that no module exports."""
    return any(
        item.module == "env"
        and item.kind == "function"
        and item.name in SYSCALLS
        and not any(other.wasm.exported(item.name, "function") for other in modules)
        for item in unit.wasm.imports
    )
