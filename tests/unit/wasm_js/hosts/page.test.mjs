import assert from "node:assert/strict";
import { test } from "node:test";
import {
  compile,
  instantiate,
  load,
  memoryFiles,
} from "../../../../arch/wasm32/loader/hosts/page.mjs";
import { mainGiving } from "../../../kit/small_modules.mjs";

const read = async (path) => (path === "m.wasm" ? mainGiving(5) : null);

test("compiled once, run any number of times, each instance once", async () => {
  const compiled = await compile(["m.wasm"], { read });
  assert.deepEqual(compiled.modules, ["m.wasm"]);
  const [a, b] = await Promise.all([instantiate(compiled), instantiate(compiled)]);
  assert.notEqual(a.memory, b.memory);
  assert.deepEqual([a.run(), b.run()], [5, 5]);
  assert.throws(() => a.run(), /this instance has run/);
  assert.equal(typeof a.exports.main, "function");
  assert.ok(a.stats().memory_bytes > 0);
});

test("load gives the status, and says what is wrong", async () => {
  let said = "";
  const write = (fd, bytes) => void (said += Buffer.from(bytes));
  assert.deepEqual(
    [await load(["m.wasm"], { read, write }), await load(["n.wasm"], { read, write })],
    [5, 127],
  );
  assert.equal(said, "wasm.js: n.wasm: cannot be read\n");
});

test("what does not load rejects, with all problems", async () => {
  await assert.rejects(
    compile(["a.wasm", "b.wasm"], { read }),
    (error) => error.problems.length === 2,
  );
});

test("files in memory are folders too", () => {
  const files = memoryFiles({ "/a/b": 1, "/a/c/d": 2 });
  assert.deepEqual(files.list("/a"), [
    { name: "b", directory: false },
    { name: "c", directory: true },
  ]);
  assert.deepEqual(
    [files.isDirectory("/a/c"), files.isDirectory("/a/b"), files.read("/a/b"), files.read("/x")],
    [true, false, 1, null],
  );
});
