// Runs a WASI command under node, with node's own WASI and no loader of ours:
// node wasi_node.mjs [--stats] [--dir=HOST::GUEST] module.wasm [argument…]
// --stats: the last line on stderr has the milliseconds of loading and of running.

import { readFileSync } from "node:fs";
import { WASI } from "node:wasi";

const words = process.argv.slice(2);
const stats = words[0] === "--stats" && words.shift();
const preopens = {};
while (words[0].startsWith("--dir=")) {
  const [host, guest] = words.shift().slice(6).split("::");
  preopens[guest] = host;
}
const start = performance.now();
const wasi = new WASI({ version: "preview1", args: words, preopens, returnOnExit: true });
const module = new WebAssembly.Module(readFileSync(words[0]));
const instance = new WebAssembly.Instance(module, wasi.getImportObject());
const loaded = performance.now();
const status = wasi.start(instance);
const times = { load_ms: loaded - start, run_ms: performance.now() - loaded };
if (stats) process.stderr.write(JSON.stringify(times) + "\n");
process.exit(status);
