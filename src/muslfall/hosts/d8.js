// d8.js: the dialect of V8's d8 shell on node, for toolchains without a d8.
//
//   node [V8 flag…] d8.js [d8 flag…] [-e code] script.js… [-- argument…]
//
// Scripts run one after another in node's global scope with d8's globals: print,
// printErr, write, writeFile, read, readbuffer, readline, load, quit, version,
// arguments, performance and d8. A flag that is not d8's own is V8's, and must be
// one that V8 knows. What a script does not catch is printed as d8 does, and the
// exit status is 1.
//
// One thing no d8 has: `d8.node` = { fs, WASI(options) }, by which wasm.js (see its
// end) writes raw bytes and reaches the WASI that node implements natively.

"use strict";

const fs = require("fs");
const v8 = require("v8");
const vm = require("vm");

// d8's own flags, without value, that change nothing here.
const IGNORED = new Set(["--expose-wasm", "--expose_wasm", "--no-fail", "--test"]);

class UsageError extends Error {}

// ---------------------------------------------------------------- globals

/** Write text or bytes to a file descriptor, all of them. */
function writeFully(fd, content) {
  const bytes = Buffer.from(content);
  for (let done = 0; done < bytes.length;) {
    try {
      done += fs.writeSync(fd, bytes, done);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

/** One byte of stdin, or -1 at its end. */
function readByte(buffer) {
  for (;;) {
    try {
      return fs.readSync(0, buffer) ? buffer[0] : -1;
    } catch (error) {
      if (error.code === "EOF") return -1;
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

/** A line of stdin without its end; undefined at the end of stdin. Reads by the
 *  byte, as nothing that follows the line may be lost to other readers. */
function readline() {
  const buffer = Buffer.alloc(1);
  const bytes = [];
  let byte;
  while ((byte = readByte(buffer)) >= 0 && byte !== 10) bytes.push(byte);
  return byte < 0 && !bytes.length ? undefined : Buffer.from(bytes).toString();
}

/** Read a file, failing as d8 does. */
function readFile(path, binary) {
  try {
    const bytes = fs.readFileSync(String(path));
    return binary ? Uint8Array.from(bytes).buffer : bytes.toString();
  } catch {
    throw new Error("Error reading file: " + path);
  }
}

function writeFile(path, content) {
  fs.writeFileSync(String(path), typeof content === "string" ? content : Buffer.from(content));
}

/** node's WASI without the warning that it is experimental: a user of this knows. */
function WASI(options) {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return new (require("node:wasi").WASI)(options);
  } finally {
    process.emitWarning = emitWarning;
  }
}

const join = (values) => values.map(String).join(" ");

function defineGlobals(args) {
  Object.assign(globalThis, {
    arguments: args,
    print: (...values) => writeFully(1, join(values) + "\n"),
    printErr: (...values) => writeFully(2, join(values) + "\n"),
    write: (...values) => writeFully(1, join(values)),
    writeFile,
    read: (path, mode) => readFile(path, mode === "binary"),
    readbuffer: (path) => readFile(path, true),
    readline,
    load: (...paths) => paths.forEach(runFile),
    quit: (status = 0) => process.exit(status),
    version: () => process.versions.v8,
    d8: {
      file: {
        read: (path) => readFile(path, false),
        execute: (path) => runFile(path),
      },
      node: { fs, WASI },
    },
  });
}

// ---------------------------------------------------------------- running

function runFile(path) {
  run(readFile(path, false), String(path));
}

function run(source, filename) {
  return vm.runInThisContext(source, { filename });
}

/** The place that V8 names at the head of a stack, "file:line", else the first of its frames. */
function placeOf(error) {
  const stack = String(error.stack || "");
  const head = /^(\S+:\d+)\n/.exec(stack) || /\(?([^\s()]+:\d+):\d+\)?$/m.exec(stack);
  return head ? head[1] : "(d8)";
}

/** Print what a script did not catch: place and message, then the stack. */
function reportException(error) {
  if (!(error instanceof Error)) return writeFully(2, `(d8): ${String(error)}\n`);
  const frames = String(error.stack || "")
    .split("\n")
    .filter((line) => /^ {4}at /.test(line));
  const own = frames.filter((line) => !line.includes(__filename) && !line.includes("node:"));
  writeFully(2, [`${placeOf(error)}: ${error.name}: ${error.message}`, ...own].join("\n") + "\n");
}

// ---------------------------------------------------------------- command line

/** Flags for V8: each must be one it knows, as it would ignore it without a word. */
function setFlag(flag) {
  const name = flag.replace(/^--?/, "").replace(/=.*/, "").replace(/_/g, "-");
  if (!knownFlags().has(name)) throw new UsageError(`unknown flag ${flag}`);
  v8.setFlagsFromString(flag);
}

let known = null;

/** The names of V8's flags, with and without "no-", from its own help. */
function knownFlags() {
  if (known) return known;
  const { spawnSync } = require("child_process");
  const help = spawnSync(process.execPath, ["--v8-options"], { maxBuffer: 1 << 26 });
  const names = [...String(help.stdout).matchAll(/^ {2,}--([a-zA-Z0-9_-]+)/gm)].map((match) =>
    match[1].replace(/_/g, "-"),
  );
  known = new Set(names.flatMap((name) => [name, "no-" + name, "no" + name]));
  return known;
}

/** Split the command line: { flags, jobs: [{ code } or { path }], args }. */
function parse(words) {
  const end = words.indexOf("--");
  const own = end < 0 ? words : words.slice(0, end);
  const parsed = { flags: [], jobs: [], args: end < 0 ? [] : words.slice(end + 1) };
  for (let i = 0; i < own.length; i++) {
    if (own[i] === "-e") parsed.jobs.push({ code: codeAfter(own, i++) });
    else if (!own[i].startsWith("-")) parsed.jobs.push({ path: own[i] });
    else if (["--shell", "--module", "--help"].includes(own[i])) {
      throw new UsageError(`${own[i]} is not supported by this d8, which is node`);
    } else if (!IGNORED.has(own[i])) parsed.flags.push(own[i]);
  }
  if (!parsed.jobs.length)
    throw new UsageError("no script; usage: d8 [flag…] [-e code] script.js… [-- argument…]");
  return parsed;
}

function codeAfter(words, i) {
  if (i + 1 === words.length) throw new UsageError("-e needs code");
  return words[i + 1];
}

function main(words) {
  try {
    const { flags, jobs, args } = parse(words);
    flags.forEach(setFlag);
    defineGlobals(args);
    for (const { code, path } of jobs)
      if (code === undefined) runFile(path);
      else run(code, "(command line)");
  } catch (error) {
    if (error instanceof UsageError) writeFully(2, `d8: ${error.message}\n`);
    else reportException(error);
    process.exit(1);
  }
}

process.on("uncaughtException", (error) => {
  reportException(error);
  process.exit(1);
});
main(process.argv.slice(2));
