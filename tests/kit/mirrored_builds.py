"""A build on a mirror: its record, and tools that stand in for its own."""

from muslfall.pins.mirrored import Record

TOOLS = {"clang": ("bin/clang",), "wasm-ld": ("bin/wasm-ld",), "ar": ("bin/llvm-ar",)}
RECORD = Record(
    "7",
    "waterfall",
    "linux-x86_64",
    "http://m.example/linux/7/wasm-binaries.tbz2",
    "wasm-binaries.tbz2",
    "a1b2c3d4" * 8,
    10,
    "wasm-install",
    "18.1.2",
    "beef",
    TOOLS,
    "lib/clang/18/include",
)
SAYS = "clang version 18.1.2 (https://example.org/llvm-project 0123456789abcdef)"
#: Stand-ins: a clang that says its version, a wasm-ld that writes what `links` looks for.
CLANG = f'#!/bin/sh\n[ "$1" = --version ] && echo "{SAYS}"\n'
WASM_LD = '#!/bin/sh\nwhile [ $# -gt 1 ]; do [ "$1" = -o ] && : >"$2"; shift; done\n'
