"""The link-time check: every symbol that a module imports is there, and of the same type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from muslfall.libc import prototypes
from muslfall.loader.abi import ADDRESS, BASES, MAINS, SHARED
from muslfall.wasm import module as wasm
from muslfall.wasm.module import Module
from muslfall.wasm.types import MAGIC, FunctionType, Import

#: What the loader itself provides to every module.
LOADER = frozenset([*SHARED, *BASES])
#: How configure scripts (autoconf's AC_CHECK_FUNC, CMake's CheckFunctionExists) ask whether a
#: function is there: they declare it as `char f();`, call it, link, and do not run it.
PROBE = FunctionType((), ("i32",))


@dataclass(frozen=True)
class Problem:
    """The fault of an import, in a line; is_error: no module can be loaded with it and no configure
    script asks for it."""

    text: str
    is_error: bool = True


def read(path: Path) -> Module:
    """The module in a file. Raises OSError, or WasmError naming the file."""
    return wasm.parse(path.read_bytes(), str(path))


def is_shared(path: Path) -> bool:
    """Whether a file is a dynamically linkable module: its first section is dylink's."""
    try:
        with path.open("rb") as file:
            head = file.read(32)
    except OSError:
        return False
    return head.startswith(MAGIC) and b"dylink" in head


def wanted(module: Module) -> list[str]:
    """The symbols that a module looks for in others."""
    names = {item.name for item in module.imports if item.module in ("env", "GOT.mem", "GOT.func")}
    return sorted(names - LOADER)


def has_main(module: Module) -> bool:
    """Whether a loader can start the module."""
    return any(name in module.exports for name in (*MAINS, "_start"))


def problems(
    module: Module, providers: Sequence[Module], objects: Iterable[Path], only_types: bool = False
) -> list[Problem]:
    """The faults of a module's imports, one problem for each symbol.

    providers: the modules that it will be loaded with, in the order of search; one finds itself.
    objects: what it was linked from, to say who wants a symbol.
    only_types: a symbol that nobody has is right, one of another type is not.
    """
    found: dict[str, Problem] = {}
    for item in module.imports:
        if item.name in LOADER or item.name in found:
            continue
        problem = _problem(module, item, (module, *providers), only_types)
        if problem:
            found[item.name] = problem
    if not found:
        return []
    users = _users(objects, set(found))
    return [
        replace(problem, text=f"{users[name]}: {problem.text}") if name in users else problem
        for name, problem in found.items()
    ]


def _problem(
    module: Module, item: Import, providers: Sequence[Module], only_types: bool
) -> Problem | None:
    if item.module not in ("env", "GOT.mem", "GOT.func"):
        return None  # an import of the program's own making
    for provider in providers:
        if item.name in provider.exports:
            text = _mismatch(item, provider)
            return Problem(text, item.type != PROBE) if text else None
    dylink = module.dylink
    weak = dylink and any(dylink.is_weak(place, item.name) for place in (item.module, "env"))
    return None if weak or only_types else Problem(f"undefined symbol: {item.name}")


def _mismatch(item: Import, provider: Module) -> str | None:
    """How an import differs from the provider's export of that name."""
    there = provider.export_type(item.name)
    kind = provider.exports[item.name].kind
    name = Path(provider.path or "").name
    if item.module == "GOT.mem":
        wrong = kind != "global" or there != ADDRESS
        return f"{item.name} is no datum, but a {kind}, in {name}" if wrong else None
    if item.module == "GOT.func":
        wrong = kind != "function"
        return f"{item.name} is no function, but a {kind}, in {name}" if wrong else None
    if item.kind != kind:
        return f"{item.name} is no {item.kind}, but a {kind}, in {name}"
    if item.type == there:
        return None
    line = prototypes.reader(_read_file)(provider.path or "", item.name)
    said = f"{item.name} is called as {item.type}, but {name} has it as {there}"
    return f"{said} ({line})" if line else said


def _read_file(path: str) -> bytes:
    return Path(path).read_bytes()


def _users(objects: Iterable[Path], names: set[str]) -> dict[str, str]:
    """Symbol to the base name of the first object that has it undefined."""
    users: dict[str, str] = {}
    for path in objects:
        try:
            symbols = read(path).symbols
        except (OSError, wasm.WasmError):
            continue  # an archive
        for symbol in symbols:
            if symbol.name in names and not symbol.is_defined:
                users.setdefault(symbol.name, path.name)
    return users
