"""Runs a WASI command under plain wasmtime, with wasmtime's own WASI and no loader of ours:
`python wasi_wasmtime.py [--stats] [--cache=FILE] [--dir=HOST::GUEST] module.wasm [argument…]`.

--stats: the last line on stderr has the milliseconds of loading and of running. --cache: where
compiled code is kept, if anywhere. It needs wasmtime's Python package on PYTHONPATH.
"""

import os
import sys
import time

import wasmtime


def compile_module(engine: wasmtime.Engine, path: str, cache: str | None) -> wasmtime.Module:
    if cache and os.path.exists(cache):
        return wasmtime.Module.deserialize_file(engine, cache)
    module = wasmtime.Module.from_file(engine, path)
    if cache:
        with open(cache, "wb") as file:
            file.write(module.serialize())
    return module


def main() -> int:
    words = sys.argv[1:]
    options = []
    while words[0].startswith("--"):
        options.append(words.pop(0).partition("=")[::2])
    start = time.perf_counter()
    config = wasmtime.Config()
    config.wasm_exceptions = True
    engine = wasmtime.Engine(config)
    module = compile_module(engine, words[0], dict(options).get("--cache"))
    wasi = wasmtime.WasiConfig()
    wasi.argv = words
    wasi.inherit_stdin()
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    for name, value in options:
        if name == "--dir":
            wasi.preopen_dir(*value.split("::"))
    store = wasmtime.Store(engine)
    store.set_wasi(wasi)
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    instance = linker.instantiate(store, module)
    loaded = time.perf_counter()
    status = 0
    try:
        instance.exports(store)["_start"](store)
    except wasmtime.ExitTrap as end:
        status = end.code
    run = time.perf_counter() - loaded
    if ("--stats", "") in options:
        times = f'"load_ms": {(loaded - start) * 1e3}, "run_ms": {run * 1e3}'
        print(f"{{{times}}}", file=sys.stderr, flush=True)
    return status


if __name__ == "__main__":
    os._exit(main())
