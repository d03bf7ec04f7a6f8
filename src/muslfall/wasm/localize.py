"""The symbols of an object file made local: what is hidden is seen by no other object.

For a library that is linked into other people's programs: their functions may have any name that
is theirs by the standard. On ELF `objcopy --localize-hidden` does it; no tool does for wasm.
"""

from __future__ import annotations

from pathlib import Path

from muslfall.base import guard
from muslfall.base.files import write
from muslfall.wasm import module as wasm
from muslfall.wasm.custom import UNDEFINED, parse_symbol

#: Flags of a symbol, and the subsection of `linking` that has the symbols (tool-conventions'
#: Linking.md).
WEAK, LOCAL, HIDDEN = 0x01, 0x02, 0x04
SYMBOL_TABLE = 8


def localize(data: bytes, path: str | None = None) -> bytes:
    """The object with every hidden symbol that it defines made local, nothing else changed.

    Raises wasm.WasmError: no object file.
    """
    out = bytearray(data)
    linking = wasm.parse(data, path).custom("linking")
    if linking is None:
        raise wasm.WasmError("expected a section linking: is no object file", 0, path)
    linking.u32("the linking section's version")
    while linking.left:
        kind = linking.byte("a subsection's kind")
        body = linking.within(linking.u32("a subsection's size"), "a subsection")
        for _ in range(body.u32("the number of symbols") if kind == SYMBOL_TABLE else 0):
            at = body.position + 1
            flags = parse_symbol(body).flags
            if flags & HIDDEN and not flags & UNDEFINED:
                out[at] = out[at] & ~WEAK | LOCAL
    return bytes(out)


def main(argv: list[str]) -> int:
    """`IN OUT`: writes the changed object, atomically."""
    given, out = map(Path, guard.words(argv, "muslfall.wasm.localize", "IN", "OUT"))
    write(out, localize(given.read_bytes(), str(given)))
    return 0


if __name__ == "__main__":
    guard.end(main)
