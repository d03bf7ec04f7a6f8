import assert from "node:assert/strict";
import { test } from "node:test";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { LARGEST, nodeHost } from "../../../../arch/wasm32/loader/hosts/node.mjs";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "node-host-"));
process.on("exit", () => fs.rmSync(folder, { recursive: true }));

const failing = (code) => () => {
  throw Object.assign(new Error(code), { code });
};

test("files and folders", () => {
  const host = nodeHost({ fs, WASI: null });
  fs.writeFileSync(path.join(folder, "a"), "text");
  fs.mkdirSync(path.join(folder, "b"));
  assert.equal(Buffer.from(host.read(path.join(folder, "a"))).toString(), "text");
  assert.deepEqual(
    ["", "/c", "/a\0b", "/a/b"].map((name) => host.read(folder + name)),
    ["it is a directory", "no such file", "no such file", "no such file"],
  );
  assert.deepEqual(host.files.list(folder), [
    { name: "a", directory: false },
    { name: "b", directory: true },
  ]);
  assert.deepEqual(
    [host.files.isDirectory(folder), host.files.isDirectory("/gone")],
    [true, false],
  );
});

test("an error that no path explains is told by its code", () => {
  assert.equal(nodeHost({ fs: { ...fs, openSync: failing("EIO") }, WASI: null }).read("a"), "EIO");
});

test("what only a module names is a regular file; what the user names may be a stream", () => {
  const host = nodeHost({ fs, WASI: null });
  assert.equal(host.read("/dev/null", true), "it is no regular file");
  assert.deepEqual(host.read("/dev/null", false), new Uint8Array(0));
});

test("a module has at most 1 GiB", () => {
  const large = { ...fs, fstatSync: () => ({ size: LARGEST + 1, isFile: () => true }) };
  assert.equal(nodeHost({ fs: large, WASI: null }).read("/dev/null"), "it has more than 1 GiB");
});

test("a pipe that is full, or empty, for now is tried again", () => {
  const written = [];
  let full = 1;
  const writeSync = (fd, bytes, from) => {
    if (full-- > 0) failing("EAGAIN")();
    written.push(bytes[from]);
    return 1;
  };
  let empty = 1;
  const readSync = (fd, bytes) => (empty-- > 0 ? failing("EAGAIN")() : ((bytes[0] = 9), 1));
  const host = nodeHost({ fs: { writeSync, readSync }, WASI: null });
  host.write(1, Uint8Array.of(1, 2));
  assert.deepEqual([written, [...host.input(5)]], [[1, 2], [9]]);
});

test("node's WASI gets arguments, environment and folders, and our exit", () => {
  let told = null;
  const WASI = (options) => ((told = options), { wasiImport: { fd_write: 1, proc_exit: 2 } });
  const exit = () => {};
  const wasi = nodeHost({ fs, WASI }).wasi(
    { args: ["p"], env: ["A=b=c"], dirs: [["/host", "/guest"]] },
    exit,
  );
  assert.deepEqual(
    [told.args, told.env, told.preopens],
    [["p"], { A: "b=c" }, { "/guest": "/host" }],
  );
  assert.deepEqual([wasi.imports.fd_write, wasi.imports.proc_exit], [1, exit]);
});
