"""Names and numbers of the interface between modules, kernel and loader (LOADER.md)."""

from __future__ import annotations

from muslfall.wasm.interposition import TABLE
from muslfall.wasm.types import FunctionType, GlobalType

WASI = "wasi_snapshot_preview1"
SHARED = {
    "memory": "memory",
    TABLE: "table",
    "__stack_pointer": "global",
}
BASES = ("__memory_base", "__table_base")
ADDRESS = GlobalType("i32", mutable=False)
CELL = GlobalType("i32", mutable=True)
MAINS = ("__main_argc_argv", "main", "__main_void")
MAIN_FORMS = tuple(
    FunctionType(("i32",) * parameters, results)
    for parameters in range(4)
    for results in ((), ("i32",))
)
START = FunctionType()
#: What the loader itself calls: of every module that exports it, and of the libc.
MODULE_CALLS = {"__wasm_apply_data_relocs": START, "__wasm_call_ctors": START}
LIBC_CALLS = {
    "__init_libc": FunctionType(("i32", "i32")),
    "exit": FunctionType(("i32",)),
}
KERNEL_FUNCTIONS = {
    **{f"__syscall{n}": FunctionType(("i32",) * (n + 1), ("i32",)) for n in range(7)},
    "_initialize": FunctionType(),
    "__kernel_alloc": FunctionType(("i32", "i32"), ("i32",)),
    "__kernel_free": FunctionType(("i32", "i32")),
    "__kernel_start": FunctionType((), ("i32",)),
}
#: What every module has for itself: an earlier module's is never called instead.
OWN = frozenset([*MODULE_CALLS, *MAINS, "_start", "_initialize", "__init_libc"])
