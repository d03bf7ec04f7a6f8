"""The same two modules, instantiated with wasmtime's own API and nothing of ours:
`python by_hand.py callee.wasm caller.wasm`."""

import sys
import time

import wasmtime
from wasmtime import Global, GlobalType, Limits, Memory, MemoryType, Table, TableType, Val, ValType

CALLS = 20000000


def main() -> None:
    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    linker = wasmtime.Linker(engine)
    linker.allow_shadowing = True

    def cell(value: int, mutable: bool) -> Global:
        return Global(store, GlobalType(ValType.i32(), mutable), Val.i32(value))

    table = TableType(ValType.funcref(), Limits(16, None))
    linker.define(store, "env", "memory", Memory(store, MemoryType(Limits(16, None))))
    linker.define(store, "env", "__indirect_function_table", Table(store, table, None))
    linker.define(store, "env", "__stack_pointer", cell(65536, True))
    linker.define(store, "env", "__memory_base", cell(131072, False))
    linker.define(store, "env", "__table_base", cell(1, False))
    for path in sys.argv[1:]:
        instance = linker.instantiate(store, wasmtime.Module.from_file(engine, path))
        linker.define_instance(store, "env", instance)
    loop = linker.get(store, "env", "loop")
    best = float("inf")
    for _ in range(6):
        start = time.perf_counter()
        loop(store, CALLS)
        best = min(best, (time.perf_counter() - start) * 1e9 / CALLS)
    print(f"direct {best:.3f}")


if __name__ == "__main__":
    main()
