// Runs a program by wasm.js, then prints what every instance imports, as JSON.
//
//   node walk_imports.js wasm.js main.wasm [library.wasm…]
//
// Each instance is { exports, imports: [{ module, name, kind, from }] }. from, of a function: the
// place of the instance that exports that very function; "host" if it is none of wasm's.

"use strict";

const fs = require("fs");
const instances = [];
const { Instance } = WebAssembly;

WebAssembly.Instance = function (module, imports) {
  const instance = new Instance(module, imports);
  instances.push({ module, imports, instance });
  return instance;
};

/** Whether a function is wasm's: a table takes no other. */
function isWasm(f) {
  try {
    new WebAssembly.Table({ element: "anyfunc", initial: 1 }).set(0, f);
    return true;
  } catch {
    return false;
  }
}

function origin(f) {
  if (!isWasm(f)) return "host";
  return instances.findIndex(({ instance }) => Object.values(instance.exports).includes(f));
}

const describe = ({ module, imports, instance }) => ({
  exports: Object.keys(instance.exports),
  imports: WebAssembly.Module.imports(module).map(({ module: from, name, kind }) => ({
    module: from,
    name,
    kind,
    from: kind === "function" ? origin(imports[from][name]) : null,
  })),
});

const muslfall = require(require("path").resolve(process.argv[2]));
const WASI = (options) => new (require("node:wasi").WASI)(options);
const status = muslfall.main(process.argv.slice(3), muslfall.nodeHost({ fs, WASI }));
fs.writeSync(2, JSON.stringify({ status, instances: instances.map(describe) }) + "\n");
