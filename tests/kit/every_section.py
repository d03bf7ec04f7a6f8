"""A module with every section that the reader knows, and its parts."""

from muslfall.wasm import module as wasm
from muslfall.wasm import writer as write
from muslfall.wasm.types import FunctionType

I32_TO_I32 = FunctionType(("i32",), ("i32",))
MIXED = FunctionType(("i64", "f32", "f64", "v128", "funcref", "externref", "exnref"), ())


def dylink_0(memory=(36, 4), table=(2, 1), needed=(), exports=(), imports=(), paths=()) -> bytes:
    info = b"".join(map(write.unsigned, (*memory, *table)))
    content = b"\x01" + write.sized(info) + b"\x02" + write.sized(write.vector(needed))
    content += b"\x03" + write.sized(write.vector(exports))
    content += b"\x04" + write.sized(write.vector(imports))
    return write.custom("dylink.0", content + b"\x05" + write.sized(write.vector(paths)))


def symbol(kind: int, flags: int, *rest: bytes) -> bytes:
    return bytes([kind]) + write.unsigned(flags) + b"".join(rest)


SYMBOLS = (
    symbol(0, 0x10, write.unsigned(0)),  # an undefined function, named by its import
    symbol(0, 0x01, write.unsigned(1), write.name("weak")),
    symbol(1, 0x04, write.name("datum"), b"\x00\x04\x08"),
    symbol(1, 0x12, write.name("elsewhere")),
    symbol(3, 0x02, write.unsigned(5)),
    symbol(0, 0x50, write.unsigned(0), write.name("renamed")),
)


def everything() -> bytes:
    """A module with every section that the reader knows."""
    instance_of = write.import_
    return b"".join(
        [
            write.HEADER,
            dylink_0(
                needed=[write.name("libm.wasm")],
                exports=[write.name("tls") + write.unsigned(0x100)],
                imports=[write.name("env") + write.name("maybe") + write.unsigned(0x11)],
                paths=[write.name("$ORIGIN")],
            ),
            write.section(wasm.TYPE, map(write.function_type, (I32_TO_I32, MIXED, FunctionType()))),
            write.section(
                wasm.IMPORT,
                [
                    instance_of("env", "f", "function", b"\0"),
                    instance_of("env", "memory", "memory", write.limits(1, 65536)),
                    instance_of("env", "table", "table", write.table_type(2)),
                    instance_of("env", "base", "global", write.global_type("i32", False)),
                    instance_of("GOT.mem", "d", "global", write.global_type("i32", True)),
                    instance_of("env", "t", "tag", b"\0\2"),
                ],
            ),
            write.section(wasm.FUNCTION, [b"\1", b"\2"]),
            write.section(wasm.TAG, [b"\0\2"]),
            write.section(wasm.GLOBAL, [write.global_type("i32", False) + b"\x41\xe4\x00\x0b"]),
            write.section(
                wasm.EXPORT,
                [write.export("g", "function", 1), write.export("datum", "global", 2)],
            ),
            bytes([wasm.START, 1, 2]),
            write.section(
                wasm.ELEMENT,
                [
                    b"\0\x23\0\x0b" + write.vector([b"\1", b"\2"]),
                    b"\4\x23\0\x41\5\x6a\x0b" + write.vector([b"\xd2\0\x0b", b"\xd0\x70\x0b"]),
                    b"\1\0" + write.vector([b"\0"]),
                    b"\3\0" + write.vector([b"\0"]),
                    b"\2\0\x41\0\x0b\0" + write.vector([b"\2"]),
                ],
            ),
            write.section(wasm.CODE, [write.body(b""), write.body(b"")]),
            write.custom("linking", b"\2\x08" + write.sized(write.vector(SYMBOLS))),
            write.custom(
                "name",
                b"\0"
                + write.sized(write.name("whole"))
                + b"\1"
                + write.sized(write.vector([b"\1" + write.name("g")])),
            ),
            write.custom(
                "producers",
                write.vector(
                    [
                        write.name("processed-by")
                        + write.vector([write.name("clang") + write.name("22.1.8")])
                    ]
                ),
            ),
            write.custom("target_features", write.vector([b"+" + write.name("sign-ext")])),
        ]
    )
