// The object muslfall, and what the assembled script does where it is the one that was asked for.
//
//   d8 --expose-wasm wasm.js -- main.wasm [library.wasm…] [-- argument…]
//   node wasm.js main.wasm [library.wasm…] [-- argument…]
//   <script src="wasm.js"></script>  await muslfall.load(["main.wasm", "musl.wasm"], { write })
//
// In a page, in a worker and as a module of node it only defines the object.

import { LoadError } from "./failures.mjs";
import { formatType } from "./types.mjs";
import { parseModule } from "./module.mjs";
import { main } from "./command_line.mjs";
import { nodeHost } from "./hosts/node.mjs";
import { d8Host } from "./hosts/d8.mjs";
import { compile, instantiate, load } from "./hosts/page.mjs";

export const muslfall = {
  compile,
  instantiate,
  load,
  LoadError, // for everyone
  main,
  nodeHost,
  d8Host,
  parseModule,
  formatType, // for the hosts of this file and for tests
};

/** In node: the object is the module, and node's main module runs its command line. */
function startInNode(module, require) {
  module.exports = muslfall;
  if (require.main !== module) return;
  const WASI = (options) => quietly(() => new (require("node:wasi").WASI)(options));
  process.exit(main(process.argv.slice(2), nodeHost({ fs: require("fs"), WASI })));
}

/** WASI is experimental in node, and a user of this knows: do something without the warning. */
function quietly(action) {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return action();
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** In d8: run its arguments. muslfall's own d8 offers `d8.node` = { fs, WASI() }, for bytes and for
 *  the WASI of node. */
function startInD8(shell) {
  const shim = typeof shell.d8 === "object" && shell.d8.node;
  const host = shim ? nodeHost(shim) : d8Host(shell);
  const status = main(Array.from(shell.arguments), host);
  if (host.flush) host.flush();
  shell.quit(status);
}

if (typeof module === "object" && typeof require === "function") startInNode(module, require);
else if (typeof readbuffer === "function" && typeof quit === "function") startInD8(globalThis);
