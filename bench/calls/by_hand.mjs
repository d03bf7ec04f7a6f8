// The same two modules, instantiated with V8's own API and nothing of ours:
// node by_hand.mjs callee.wasm caller.wasm
import { readFileSync } from "node:fs";

const CALLS = 20000000;
const i32 = (value, mutable) => new WebAssembly.Global({ value: "i32", mutable }, value);
const env = {
  memory: new WebAssembly.Memory({ initial: 16 }),
  __indirect_function_table: new WebAssembly.Table({ element: "anyfunc", initial: 16 }),
  __stack_pointer: i32(65536, true),
  __memory_base: i32(131072, false),
  __table_base: i32(1, false),
};
for (const path of process.argv.slice(2)) {
  const module = new WebAssembly.Module(readFileSync(path));
  Object.assign(env, new WebAssembly.Instance(module, { env }).exports);
}
let best = Infinity;
for (let i = 0; i < 6; i++) {
  const start = performance.now();
  env.loop(CALLS);
  best = Math.min(best, ((performance.now() - start) * 1e6) / CALLS);
}
console.log(`direct ${best.toFixed(3)}`);
