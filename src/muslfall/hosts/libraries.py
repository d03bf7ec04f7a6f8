"""The libraries that a program needs: which files they are, in the order in which ELF has them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from muslfall.wasm import module as wasm
from muslfall.wasm.custom import parse_dylink, parse_dylink_0
from muslfall.wasm.reader import Reader, WasmError
from muslfall.wasm.types import CORE_VERSION, MAGIC

PARSERS = {"dylink.0": parse_dylink_0, "dylink": parse_dylink}
#: Bytes that hold a module's header and the head of its first section.
HEAD = 16


def names(path: Path) -> tuple[str, ...]:
    """The libraries that a module names; none if it is no position-independent module.

    Only the first section is read: what is wrong with the rest, the loader finds and says.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
            if head[:8] != MAGIC + CORE_VERSION:
                return ()
            reader = Reader(head, 8, len(head))
            if reader.byte("a section") != wasm.CUSTOM:
                return ()
            size = reader.u32("a section's size")
            file.seek(reader.position)
            section = file.read(size)
        body = Reader(section, 0, len(section))
        parse = PARSERS.get(body.name("a section's name"))
        return parse(body).needed if parse else ()
    except (OSError, WasmError):
        return ()


def libraries(program: Path, libc: Path, folders: Sequence[Path] = ()) -> list[Path]:
    """The libraries to load with a program, breadth first as ELF's dynamic linkers search them.

    libc: its own place is where a module first names it, else the last. folders: where a library is
    looked for that is not beside the module which needs it; as in LD_LIBRARY_PATH, files that are
    no modules are passed over. The loader itself complains of a library that is found nowhere.
    """
    found: dict[str, Path] = {}
    queue = [program]
    for module in queue:
        for name in names(module):
            if name in found or name == program.name:
                continue
            path = libc if name == libc.name else find(name, [module.parent, *folders])
            if path:
                found[name] = path
                queue.append(path)
    found.setdefault(libc.name, libc)
    return list(found.values())


def find(name: str, folders: Sequence[Path]) -> Path | None:
    """The first module of this name in the folders."""
    for folder in folders:
        path = folder / name
        try:
            with path.open("rb") as file:
                if file.read(4) == MAGIC:
                    return path
        except OSError:
            continue
    return None
