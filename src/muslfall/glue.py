"""The loader's own small wasm modules: trampolines, stubs and tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from muslfall import wasm
from muslfall import wasm_writer as write

LOCAL_GET, CALL, CALL_INDIRECT, I32_CONST, UNREACHABLE = 0x20, 0x10, 0x11, 0x41, 0x00
REPORT_TYPE = wasm.FunctionType(("i32",), ())


def functions(
    trampolines: Sequence[tuple[wasm.FunctionType, int]], stubs: Sequence[wasm.FunctionType]
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


def _trampoline(kind: wasm.FunctionType, type_index: int, table_index: int) -> bytes:
    arguments = (bytes([LOCAL_GET]) + write.unsigned(i) for i in range(len(kind.params)))
    code = b"".join(arguments) + bytes([I32_CONST]) + write.signed(table_index)
    return write.body(code + bytes([CALL_INDIRECT]) + write.unsigned(type_index) + b"\0")


def _stub(number: int) -> bytes:
    call = bytes([I32_CONST]) + write.signed(number) + bytes([CALL, 0])
    return write.body(call + bytes([UNREACHABLE]))


def new_tags(tags: Mapping[str, wasm.FunctionType]) -> bytes:
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


def passed_tags(tags: Mapping[str, tuple[str, wasm.FunctionType]]) -> bytes:
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
