"""The symbols that a program or a library may have instead of another's, as in ELF.

A program exports what the libraries beside it, and the libc by musl's dynamic.list, look for or
define themselves; a loader has them use it. A library's own calls are open to that, unless it is
linked with -Bsymbolic or its like: then a section says so (LOADER.md).
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from muslfall.base.errors import MuslfallError
from muslfall.driver.check import LOADER, is_shared
from muslfall.driver.invocation import Invocation
from muslfall.driver.tools import LIBC
from muslfall.loader.abi import OWN
from muslfall.wasm import interposition
from muslfall.wasm import module as wasm
from muslfall.wasm.types import MAGIC

ARCHIVE = b"!<arch>\n"
#: Of a member's header: bytes in all, and where its size stands (ar.h).
HEADER, SIZE = 60, slice(48, 58)
COMMENT = re.compile(r"/\*.*?\*/|#[^\n]*", re.DOTALL)


def defined(module: wasm.Module) -> set[str]:
    """The names of a library for which it takes an earlier module's definition."""
    names = set(module.exports if module.dynamic_list is None else module.dynamic_list)
    return (names & module.exports.keys()) - OWN - LOADER


def with_needed(libraries: Sequence[wasm.Module], folders: Sequence[str]) -> list[wasm.Module]:
    """The libraries and those that they need, and so on, which are beside them or in `folders`.

    As for GNU ld, what is not found is for the loader to find.
    """
    found = {Path(library.path or "").name: library for library in libraries}
    every = list(libraries)
    for library in every:  # which grows
        places = [Path(library.path or "").parent, *map(Path, folders)]
        for name in library.dylink.needed if library.dylink else ():
            path = next((place / name for place in places if is_shared(place / name)), None)
            if path is not None and name not in (LIBC, *found) and "/" not in name:
                found[name] = wasm.parse(path.read_bytes(), str(path))
                every.append(found[name])
    return every


def libc_names(path: Path) -> set[str]:
    """The same of the libc: the names in a file, one a line; none without the file."""
    return set(path.read_text(encoding="utf-8").split()) if path.is_file() else set()


def hidden(paths: Iterable[Path], names: Collection[str]) -> set[str]:
    """Those of the names that an object or archive member defines as hidden."""
    return {
        symbol.name
        for path in paths
        for data in _objects(path)
        for symbol in wasm.parse(data, str(path)).symbols
        if symbol.name in names and symbol.is_defined and symbol.is_hidden
    }


def _objects(path: Path) -> Iterator[bytes]:
    """The wasm objects in a file: itself, or an archive's members."""
    try:
        data = path.read_bytes()
    except OSError:  # a flag for the linker
        return
    if data.startswith(MAGIC):
        yield data
    start = len(ARCHIVE) if data.startswith(ARCHIVE) else len(data)
    while start + HEADER <= len(data):
        size = int(data[start:][SIZE] or b"0")
        start += HEADER
        if data.startswith(MAGIC, start):
            yield data[start : start + size]
        start += size + size % 2


def patterns(path: Path) -> tuple[list[str], list[str]]:
    """The names that a version script, or a dynamic list, makes global, and local.

    Raises MuslfallError: it is neither.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise MuslfallError(f"cannot be read: {error.strerror}", path) from None
    found: dict[str, list[str]] = {"global": [], "local": []}
    blocks = re.findall(r"\{([^{}]*)\}", COMMENT.sub(" ", text))
    if not blocks:
        raise MuslfallError("is no version script: it has no { name; … };", path)
    for block in blocks:
        scope = "global"
        for word in re.findall(r"[^\s;:]+:?(?=[\s;:]|$)|:", block.replace(":", " : ")):
            if word in found:
                last = word
            elif word == ":":
                scope = last
            else:
                found[scope].append(word.strip('"'))
    return found["global"], found["local"]


def matches(name: str, given: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in given)


def is_global(name: str, script: tuple[Sequence[str], Sequence[str]]) -> bool:
    """Whether a version script leaves a name to other modules: an exact name counts most, then
    what is global."""
    shown, kept = script
    return name in shown or (name not in kept and (matches(name, shown) or not matches(name, kept)))


def bind(path: Path, invocation: Invocation) -> None:
    """Have a linked library say which of its names are open."""
    module = wasm.parse(path.read_bytes(), str(path))
    rules = [patterns(Path(script)) for script in invocation.version_scripts]
    listed = [name for file in invocation.dynamic_lists for name in patterns(Path(file))[0]]
    open_names = [
        name
        for name, item in module.exports.items()
        if not invocation.is_bound
        or matches(name, listed)
        or (invocation.is_data_open and item.kind == "global")
    ]
    open_names = [name for name in open_names if all(is_global(name, rule) for rule in rules)]
    path.write_bytes(interposition.with_cells(module, open_names))
