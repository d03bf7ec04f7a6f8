// Runs many command lines of wasm.js in one node: jobs as JSON on stdin, results on stdout.
//
//   node wasm_js_driver.js wasm.js < [{ argv, dialect, files, input }…]
//
// dialect is "node" (its host, with the WASI of wasm.js) or "d8" (a d8 of which only
// strings come out); files: path to base64, instead of what is on disk; input: stdin.

"use strict";

const fs = require("fs");
const muslfall = require(require("path").resolve(process.argv[2]));

function readFile(job, path) {
  const faked = job.files && job.files[path];
  return faked === undefined ? fs.readFileSync(path) : Buffer.from(faked, "base64");
}

function nodeHost(job, output) {
  const faked = { ...fs, readFileSync: (path) => readFile(job, path) };
  const host = muslfall.nodeHost({ fs: faked, WASI: null });
  const isFaked = (path) => job.files && path in job.files;
  const read = (path, named) => (isFaked(path) ? readFile(job, path) : host.read(path, named));
  return { ...host, read, write: (fd, bytes) => output[fd].push(Buffer.from(bytes)), wasi: null };
}

function d8Host(job, output) {
  const lines = (job.input || "").split("\n");
  if (lines[lines.length - 1] === "") lines.pop();
  return muslfall.d8Host({
    readbuffer: (path) => Uint8Array.from(readFile(job, path)).buffer,
    write: (text) => output[1].push(Buffer.from(text)),
    print: (text) => output[1].push(Buffer.from(text + "\n")),
    printErr: (text) => output[2].push(Buffer.from(text + "\n")),
    readline: () => lines.shift(),
  });
}

function runJob(job) {
  const output = { 1: [], 2: [] };
  const host = (job.dialect === "d8" ? d8Host : nodeHost)(job, output);
  const status = muslfall.main(job.argv, host);
  if (host.flush) host.flush();
  const text = (fd) => Buffer.concat(output[fd]).toString("base64");
  return { status, stdout: text(1), stderr: text(2) };
}

process.stdout.write(JSON.stringify(JSON.parse(fs.readFileSync(0)).map(runJob)));
