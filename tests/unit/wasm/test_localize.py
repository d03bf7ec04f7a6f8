"""Hidden symbols of an object become local, and nothing else changes."""

from __future__ import annotations

import pytest

from muslfall.wasm import localize
from muslfall.wasm import module as wasm
from muslfall.wasm import types as wasm_types
from muslfall.wasm import writer as w


def symbol(flags: int, name: str, index: int = 0) -> bytes:
    """A function's; an undefined one has its import's name."""
    return b"\0" + w.unsigned(flags) + w.unsigned(index) + (b"" if flags & 0x10 else w.name(name))


def an_object(*symbols: bytes) -> bytes:
    table = w.vector(symbols)
    other = b"\5" + w.sized(b"\0")  # segment info, of nothing
    linking = b"\2" + other + b"\x08" + w.sized(table)
    kind = w.section(1, [w.function_type(wasm_types.FunctionType((), ()))])
    imports = w.section(2, [w.import_("env", "outside", "function", b"\0")])
    code = w.section(3, [b"\0"]) + w.section(10, [w.body(b"")])
    return w.HEADER + kind + imports + code + w.custom("linking", linking)


def flags(data: bytes) -> dict[str, int]:
    return {symbol.name: symbol.flags for symbol in wasm.parse(data).symbols}


def test_hidden_becomes_local():
    given = an_object(
        symbol(0x04, "hidden", 1),
        symbol(0, "open", 1),
        symbol(0x05, "weak", 1),
        symbol(0x84, "kept", 1),
        symbol(0x14, "outside"),
    )
    made = localize.localize(given)
    assert flags(made) == {"hidden": 6, "open": 0, "weak": 6, "kept": 0x86, "outside": 0x14}
    changed = [at for at in range(len(given)) if given[at] != made[at]]
    assert len(changed) == 3 and len(given) == len(made)


def test_no_object():
    with pytest.raises(wasm.WasmError, match="a section linking"):
        localize.localize(w.HEADER)


def test_command(tmp_path):
    (tmp_path / "a.o").write_bytes(an_object(symbol(4, "f", 1)))
    assert localize.main([str(tmp_path / "a.o"), str(tmp_path / "b.o")]) == 0
    assert flags((tmp_path / "b.o").read_bytes()) == {"f": 6}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.o", "b.o"]
