"""Which of the libc's names a program may have instead: musl's dynamic.list.

musl links its libc.so with `--dynamic-list=dynamic.list`: of what it exports, it calls and reads
these names alone as any other module would. wasm-ld knows no such list; what it linked is changed.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from muslfall.base.errors import MuslfallError
from muslfall.wasm import interposition
from muslfall.wasm import module as wasm


def parse(text: str, path: str = "dynamic.list") -> tuple[str, ...]:
    """The names of ld's form `{ name; name; };`, in their order. Raises MuslfallError."""
    inside = re.fullmatch(r"\s*\{((?:\s*\w+\s*;)*)\s*\}\s*;\s*", text)
    if inside is None:
        raise MuslfallError("is not of the form { name; name; };", path)
    return tuple(re.findall(r"\w+", inside[1]))


def main(argv: list[str]) -> int:
    """The build's step: LIST LINKED OUT NAMES. NAMES gets the names, one a line, for musl-clang."""
    source, linked, out, names = map(Path, argv)
    found = parse(source.read_text(encoding="utf-8"), str(source))
    module = wasm.parse(linked.read_bytes(), str(linked))
    out.write_bytes(interposition.with_cells(module, found))
    names.write_text("".join(f"{name}\n" for name in found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
