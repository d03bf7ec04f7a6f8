import assert from "node:assert/strict";
import { test } from "node:test";
import {
  directoryEntry,
  isWasiCall,
  makeWasi,
  resolvePath,
} from "../../../arch/wasm32/loader/wasi.mjs";
import { makeHost } from "../../kit/small_modules.mjs";

const memory = new WebAssembly.Memory({ initial: 1 });
const view = new DataView(memory.buffer);
const bytes = new Uint8Array(memory.buffer);

function started(host = makeHost({ "folder/a": Uint8Array.of(1, 2, 3) })) {
  const settings = { args: ["p", "x"], env: ["A=1"], dirs: [["folder", "/in"]] };
  const wasi = makeWasi(settings, () => {}, host);
  wasi.initialize({ exports: { memory, _initialize() {} } });
  return wasi.imports;
}

test("no path leaves its directory", () => {
  assert.deepEqual(["a/./b", "a//b/", "a/../b", "."].map(resolvePath), ["a/b", "a/b", "b", ""]);
  assert.deepEqual(["..", "a/../..", "/a"].map(resolvePath), [null, null, null]);
});

test("arguments and environment", () => {
  const wasi = started();
  assert.equal(wasi.args_sizes_get(0, 4), 0);
  assert.deepEqual([view.getUint32(0, true), view.getUint32(4, true)], [2, 4]);
  assert.equal(wasi.environ_get(16, 32), 0);
  assert.equal(Buffer.from(bytes.subarray(32, 36)).toString(), "A=1\0");
});

test("a file below a preopened directory is read, and not written", () => {
  const wasi = started();
  bytes.set(Buffer.from("a"), 100);
  assert.equal(wasi.path_open(3, 0, 100, 1, 0, 0n, 0n, 0, 0), 0);
  const fd = view.getUint32(0, true);
  view.setUint32(8, 200, true);
  view.setUint32(12, 10, true);
  assert.equal(wasi.fd_read(fd, 8, 1, 4), 0);
  assert.deepEqual([view.getUint32(4, true), ...bytes.subarray(200, 203)], [3, 1, 2, 3]);
  assert.equal(wasi.fd_write(fd, 8, 1, 4), 8); // EBADF
  assert.equal(wasi.path_open(3, 0, 100, 1, 8, 0n, 0n, 0, 0), 69); // truncating: EROFS
});

test("a pointer out of bounds is an errno", () => {
  assert.equal(started().random_get(65535, 100), 21);
});

test("every function of preview 1 is there", () => {
  assert.ok(["fd_write", "proc_exit", "sock_recv", "poll_oneoff"].every(isWasiCall));
  assert.ok(!isWasiCall("constructor") && !isWasiCall("fd_frob"));
  assert.equal(started().sock_recv(), 52);
});

test("an entry of a folder", () => {
  const entry = directoryEntry({ name: "ab", directory: true }, 4);
  assert.deepEqual([entry.length, entry[0], entry[16], entry[20]], [26, 5, 2, 3]);
});
