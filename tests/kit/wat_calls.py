"""Writes programs in wat that call C functions with constants and print what they return."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

TYPES = {"i": "i32", "j": "i64", "f": "f32", "d": "f64"}
#: How a result is printed: as printf's directive and its argument.
PRINTED = {
    "i": ("%d", "i32.store", ""),
    "j": ("%lld", "i64.store", ""),
    "f": ("%.9g", "f64.store", "f64.promote_f32"),
    "d": ("%.17g", "f64.store", ""),
}
SCRATCH = 256  # bytes at the start of memory, for the arguments of printf


@dataclass
class Program:
    """A main module under construction: data, imports and the body of main."""

    data: bytearray = field(default_factory=lambda: bytearray(SCRATCH))
    imports: dict[str, str] = field(default_factory=dict)
    body: list[str] = field(default_factory=list)

    def bytes(self, content: bytes, align: int = 16) -> str:
        """Put bytes into memory; gives the expression of their address."""
        self.data += bytes(-len(self.data) % align)
        at = len(self.data)
        self.data += content
        return f"(i32.add (global.get $base) (i32.const {at}))"

    def string(self, content: bytes) -> str:
        return self.bytes(content + b"\0", 1)

    def call(self, name: str, letters: str, *args: object) -> str:
        """The expression of a call; letters as "ii:i"; bytes are put into memory as strings."""
        params, results = letters.split(":")
        self.imports[name] = (
            f'(import "env" "{name}" (func ${name}'
            + "".join(f" (param {TYPES[letter]})" for letter in params)
            + "".join(f" (result {TYPES[letter]})" for letter in results)
            + "))"
        )
        words = (self.constant(letter, arg) for letter, arg in zip(params, args, strict=True))
        return f"(call ${name} {' '.join(words)})"

    def constant(self, letter: str, value: object) -> str:
        if isinstance(value, bytes):
            return self.string(value)
        if isinstance(value, str):
            return value
        if isinstance(value, float):
            text = value.hex() if value == value else "nan"
            return f"({TYPES[letter]}.const {text})"
        return f"({TYPES[letter]}.const {value})"

    def do(self, expression: str, results: bool = True) -> None:
        self.body.append(f"(drop {expression})" if results else expression)

    def show(self, name: str, letters: str, *args: object) -> None:
        """Call a function and print its result on a line of its own."""
        directive, store, convert = PRINTED[letters[-1]]
        value = self.call(name, letters, *args)
        value = f"({convert} {value})" if convert else value
        self.body.append(f"({store} (global.get $base) {value})")
        self.do(self.call("printf", "ii:i", f"{directive}\n".encode(), "(global.get $base)"))

    def printf(self, form: bytes, packed: bytes) -> None:
        self.do(self.call("printf", "ii:i", form, self.bytes(packed or b"\0")))

    def text(self, result: str = "(i32.const 0)") -> str:
        """The module's wat; `result` is what main returns."""
        data = "".join(f"\\{byte:02x}" for byte in self.data)
        return "\n".join(
            [
                "(module",
                f"(@dylink.0 (mem-info (memory {len(self.data)} 4) (table 0 0)))",
                '(import "env" "memory" (memory 1))',
                '(import "env" "__memory_base" (global $base i32))',
                *self.imports.values(),
                f'(data (global.get $base) "{data}")',
                '(func (export "main") (result i32)',
                *self.body,
                f"{result}))",
            ]
        )


def pack(*values: int | float | tuple[str, int]) -> bytes:
    """Arguments as they lie in memory: float as double, ("j", n) as 64 bits, int as 32 bits."""
    packed = b""
    for value in values:
        wide = isinstance(value, float | tuple)
        packed += bytes(-len(packed) % (8 if wide else 4))
        if isinstance(value, float):
            packed += struct.pack("<d", value)
        elif isinstance(value, tuple):
            packed += struct.pack("<Q", value[1] & (1 << 64) - 1)
        else:
            packed += struct.pack("<I", value & (1 << 32) - 1)
    return packed
