"""The start file of a static program: crt1.o in the form that the program's main has.

wasm checks the type of every call, so that main must be called as what it is; LOADER.md has the
forms, arch/wasm32/crt/crt1.c an object for each.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from muslfall.base.errors import MuslfallError
from muslfall.wasm import module as wasm
from muslfall.wasm.types import MAGIC, FunctionType

ARCHIVE = b"!<arch>\n"
BITCODE = b"BC\xc0\xde"
#: clang's second name for a main that takes nothing.
WITHOUT_ARGUMENTS = b"__main_void"
#: An archive's member begins with a header of 60 bytes, its size in decimal from byte 48 to 58.
HEADER, SIZE = 60, slice(48, 58)
#: main's names in an object: clang gives it the first when it takes argc and argv.
MANGLED, PLAIN = "__main_argc_argv", "main"
USUAL = "crt1.o"
LOCAL = 0x02  # a symbol's flag (tool-conventions' Linking.md): a static function


def choose(paths: Sequence[Path]) -> str | None:
    """The name of the start file for a program of these objects and archives.

    None: the program has its own _start, and no main. Where main is not seen, it is the usual one.
    Raises MuslfallError: main is of no form.
    """
    for objects in (_objects(paths, False), _objects(paths, True)):
        for module in objects:
            found = _functions(module)
            for name in (MANGLED, PLAIN):
                if name in found:
                    return form(name, found[name], module.path)
            if "_start" in found:
                return None
    return _of_bitcode(paths) or USUAL


def _of_bitcode(paths: Iterable[Path]) -> str | None:
    """The start file by the names in LLVM bitcode (-flto), which is no wasm yet; None: no main."""
    for path in paths:
        with contextlib.suppress(OSError):
            data = path.read_bytes()
            if data.startswith(BITCODE) and WITHOUT_ARGUMENTS in data:
                return "crt1-2.o"  # as what it becomes: LLVM gives main two parameters
    return None


def form(name: str, kind: FunctionType, path: str | None = None) -> str:
    """The start file for a main function of that name and type. Raises MuslfallError: no form."""
    counts = (2,) if name == MANGLED else (0, 1, 2, 3)
    if kind.params not in [("i32",) * n for n in counts] or kind.results not in ((), ("i32",)):
        raise MuslfallError(f"{name} is {kind}, which is no form of main", path)
    count = "" if name == MANGLED else f"-{len(kind.params)}"
    return f"crt1{count}{'' if kind.results else '-void'}.o"


def _functions(module: wasm.Module) -> dict[str, FunctionType]:
    """The functions that others see, and their types."""
    return {
        symbol.name: module.functions[symbol.index]
        for symbol in module.symbols
        if symbol.kind == "function" and symbol.is_defined and not symbol.flags & LOCAL
    }


def _objects(paths: Iterable[Path], archives: bool) -> Iterator[wasm.Module]:
    """The objects that may have main, of the archives or of what is none."""
    for path in paths:
        try:
            data = path.read_bytes()
        except OSError:
            continue  # a word for the linker
        if data.startswith(ARCHIVE) != archives:
            continue
        for member in members(data) if archives else [data]:
            if member.startswith(MAGIC) and (b"main" in member or b"_start" in member):
                yield wasm.parse(member, str(path))


def members(archive: bytes) -> Iterator[bytes]:
    """The members of an ar archive, its index and its long names among them."""
    at = len(ARCHIVE)
    while at + HEADER <= len(archive):
        header = archive[at : at + HEADER]
        try:
            size = int(header[SIZE])
        except ValueError:
            return  # corrupt: the linker says how
        yield archive[at + HEADER : at + HEADER + size]
        at += HEADER + size + size % 2
