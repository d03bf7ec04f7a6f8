// batch.js: the batch for V8: runs many programs in one process.
//
//   node batch.js wasm.js library.wasm…
//
// Reads a job per line, as muslfall/batch.py writes them, and answers each with a line. V8 keeps
// the code of a module for as long as a module with the same bytes lives: the libraries are
// compiled once. Each program has instances, memory and WASI of its own.

"use strict";

const fs = require("fs");
const { WASI } = require("node:wasi");
const [loader, ...libraries] = process.argv.slice(2);
const muslfall = require(require("path").resolve(loader));

const kept = libraries.map((path) => new WebAssembly.Module(fs.readFileSync(path)));

/** The host that wasm.js knows, with files for the standard streams. */
function makeHost([stdin, stdout, stderr]) {
  const streams = { stdin, stdout, stderr };
  const usual = muslfall.nodeHost({ fs, WASI: (options) => new WASI({ ...options, ...streams }) });
  return { ...usual, write: (fd, bytes) => usual.write(fd === 1 ? stdout : stderr, bytes) };
}

function run({ words, stdin, stdout, stderr }) {
  const files = [fs.openSync(stdin, "r"), fs.openSync(stdout, "w")];
  files.push(stderr === stdout ? files[1] : fs.openSync(stderr, "w"));
  try {
    return muslfall.main(words, makeHost(files));
  } finally {
    new Set(files).forEach((fd) => fs.closeSync(fd));
  }
}

/** The lines of stdin, each when it is there. */
function* lines() {
  const chunk = Buffer.alloc(65536);
  let rest = "";
  for (let size; (size = fs.readSync(0, chunk));) {
    const parts = (rest + chunk.toString("utf8", 0, size)).split("\n");
    rest = parts.pop();
    yield* parts;
  }
}

fs.writeSync(1, "ready\n");
for (const line of lines())
  fs.writeSync(1, JSON.stringify({ status: run(JSON.parse(line)) }) + "\n");
kept.length = 0; // a last use: until here they live
