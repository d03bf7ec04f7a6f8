"""The order of a module's custom sections, as LLVM's tools insist on it.

wasm-tools writes target_features and producers before name; LLVM's reader, and so wasm-ld and
its kin, refuse a module with any other order than name, producers, target_features
(llvm/lib/Object/WasmObjectFile.cpp, WasmSectionOrderChecker).
"""

from __future__ import annotations

from pathlib import Path

from muslfall.base import guard
from muslfall.base.files import write
from muslfall.wasm import module as wasm

#: What may follow the data section, in LLVM's order.
LAST = ("name", "producers", "target_features")
#: The id of a custom section, and the bytes of magic number and version before the first.
CUSTOM = 0
HEADER = 8


def reorder(data: bytes, path: str | None = None) -> bytes:
    """The module with the sections LAST moved to its end, in that order, nothing else changed.

    Raises wasm.WasmError: no module.
    """
    moved: dict[str, bytes] = {}
    rest = [data[:HEADER]]
    start = HEADER
    for section in wasm.parse(data, path).sections:
        end = section.offset + section.size
        if section.id == CUSTOM and section.name in LAST:
            moved[section.name] = data[start:end]
        else:
            rest.append(data[start:end])
        start = end
    return b"".join([*rest, *(moved[name] for name in LAST if name in moved)])


def main(argv: list[str]) -> int:
    """`MODULE`: reorders the file in place, atomically."""
    (path,) = map(Path, guard.words(argv, "muslfall.wasm.order", "MODULE"))
    write(path, reorder(path.read_bytes(), str(path)))
    return 0


if __name__ == "__main__":
    guard.end(main)
