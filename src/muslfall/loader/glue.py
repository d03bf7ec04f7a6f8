"""The loader's own small wasm modules: trampolines, stubs and tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from muslfall.wasm import module as wasm
from muslfall.wasm import writer as write
from muslfall.wasm.types import FunctionType

LOCAL_GET, CALL, CALL_INDIRECT, I32_CONST, UNREACHABLE = 0x20, 0x10, 0x11, 0x41, 0x00
LOCAL_TEE, I32_LOAD, I32_STORE, I32_ADD, I32_AND, I32_SHL = 0x22, 0x28, 0x36, 0x6A, 0x71, 0x74
#: How many system calls are counted, the numbers from 0 on: Linux has fewer.
COUNTED = 512
REPORT_TYPE = FunctionType(("i32",), ())


def functions(
    trampolines: Sequence[tuple[FunctionType, int]], stubs: Sequence[FunctionType]
) -> bytes:
    """A module that exports its functions by number, the trampolines first.

    trampolines: type and table index of the function to call. It imports env.table.
    stubs: types; the stub i calls env.report, imported if there are stubs, with i, then traps.
    """
    kinds = list(dict.fromkeys([REPORT_TYPE, *(kind for kind, _ in trampolines), *stubs]))
    imports = [write.import_("env", "table", "table", write.table_type(0))]
    if stubs:
        imports.append(write.import_("env", "report", "function", write.unsigned(0)))
    imported = len(imports) - 1
    signatures = [*(kind for kind, _ in trampolines), *stubs]
    bodies = [_trampoline(kind, kinds.index(kind), index) for kind, index in trampolines]
    bodies += [_stub(number) for number in range(len(stubs))]
    exports = [write.export(str(i), "function", i + imported) for i in range(len(signatures))]
    return (
        write.HEADER
        + write.section(wasm.TYPE, map(write.function_type, kinds))
        + write.section(wasm.IMPORT, imports)
        + write.section(wasm.FUNCTION, (write.unsigned(kinds.index(kind)) for kind in signatures))
        + write.section(wasm.EXPORT, exports)
        + write.section(wasm.CODE, bodies)
    )


def _trampoline(kind: FunctionType, type_index: int, table_index: int) -> bytes:
    arguments = (bytes([LOCAL_GET]) + write.unsigned(i) for i in range(len(kind.params)))
    code = b"".join(arguments) + bytes([I32_CONST]) + write.signed(table_index)
    return write.body(code + bytes([CALL_INDIRECT]) + write.unsigned(type_index) + b"\0")


def _stub(number: int) -> bytes:
    call = bytes([I32_CONST]) + write.signed(number) + bytes([CALL, 0])
    return write.body(call + bytes([UNREACHABLE]))


def trapping() -> bytes:
    """A module that traps when it is instantiated."""
    return (
        write.HEADER
        + write.section(wasm.TYPE, [write.function_type(FunctionType())])
        + write.section(wasm.FUNCTION, [write.unsigned(0)])
        + bytes([wasm.START]) + write.sized(write.unsigned(0))
        + write.section(wasm.CODE, [write.body(bytes([UNREACHABLE]))])
    )  # fmt: skip


def system_calls(traced: bool) -> bytes:
    """A module that stands between libc and kernel, to count system calls and to tell of them.

    It imports k.0 to k.6, and exports 0 to 6, of __syscall0 to __syscall6's types, and a memory,
    counts: the i32 at 4n is how often call n was made, modulo COUNTED. traced: it imports
    h.enter, called with the number of arguments, the call's number and six words, and h.leave,
    called with the result.
    """
    kinds = [FunctionType(("i32",) * (n + 1), ("i32",)) for n in range(7)]
    hosts = {"enter": FunctionType(("i32",) * 8), "leave": REPORT_TYPE} if traced else {}
    imports = [write.import_("k", str(n), "function", write.unsigned(n)) for n in range(7)]
    imports += (
        write.import_("h", name, "function", write.unsigned(7 + i)) for i, name in enumerate(hosts)
    )
    exports = [write.export(str(n), "function", len(imports) + n) for n in range(7)]
    return (
        write.HEADER
        + write.section(wasm.TYPE, map(write.function_type, [*kinds, *hosts.values()]))
        + write.section(wasm.IMPORT, imports)
        + write.section(wasm.FUNCTION, map(write.unsigned, range(7)))
        + write.section(wasm.MEMORY, [write.memory_type(1)])
        + write.section(wasm.EXPORT, [*exports, write.export("counts", "memory", 0)])
        + write.section(wasm.CODE, (_system_call(n, traced) for n in range(7)))
    )


def _system_call(arguments: int, traced: bool) -> bytes:
    words = [bytes([LOCAL_GET, n]) for n in range(arguments + 1)]
    mask = bytes([I32_CONST]) + write.signed(COUNTED - 1) + bytes([I32_AND])
    place = words[0] + mask + bytes([I32_CONST, 2, I32_SHL])
    count = place + place + bytes([I32_LOAD, 2, 0, I32_CONST, 1, I32_ADD, I32_STORE, 2, 0])
    call = b"".join(words) + bytes([CALL, arguments])
    if not traced:
        return write.body(count + call)
    padding = bytes([I32_CONST, 0]) * (6 - arguments)
    enter = bytes([I32_CONST, arguments]) + b"".join(words) + padding + bytes([CALL, 7])
    return write.body(count + enter + call + bytes([LOCAL_TEE, 0, CALL, 8, LOCAL_GET, 0]))


def new_tags(tags: Mapping[str, FunctionType]) -> bytes:
    """A module that defines tags and exports them by their names."""
    items = list(tags.items())
    return (
        write.HEADER
        + write.section(wasm.TYPE, (write.function_type(kind) for _, kind in items))
        + write.section(wasm.TAG, (b"\0" + write.unsigned(i) for i in range(len(items))))
        + write.section(
            wasm.EXPORT, (write.export(name, "tag", i) for i, (name, _) in enumerate(items))
        )
    )


def passed_tags(tags: Mapping[str, tuple[str, FunctionType]]) -> bytes:
    """A module that exports tags by their names, each imported from the module named.

    Older Python bindings of wasmtime have no object for a tag, but a linker passes one on.
    """
    items = list(tags.items())
    imports = (
        write.import_(source, name, "tag", b"\0" + write.unsigned(i))
        for i, (name, (source, _)) in enumerate(items)
    )
    return (
        write.HEADER
        + write.section(wasm.TYPE, (write.function_type(kind) for _, (_, kind) in items))
        + write.section(wasm.IMPORT, imports)
        + write.section(
            wasm.EXPORT, (write.export(name, "tag", i) for i, (name, _) in enumerate(items))
        )
    )
