import assert from "node:assert/strict";
import { test } from "node:test";
import { makeMemory } from "../../../../arch/wasm32/loader/allocate.mjs";
import { letterType, useSmallLibc } from "../../../../arch/wasm32/loader/libc/functions.mjs";
import { makeHost } from "../../../kit/small_modules.mjs";

function started() {
  const program = { host: makeHost() };
  makeMemory(program);
  useSmallLibc(program);
  const put = (at, text) => (
    new Uint8Array(program.memory.buffer).set(Buffer.from(text + "\0"), at),
    at
  );
  return { program, put, call: (name, ...args) => program.embedder.get(name).call(...args) };
}

test("types are written by letters", () => {
  assert.deepEqual(letterType("ij:d"), { params: ["i32", "i64"], results: ["f64"] });
  assert.deepEqual(letterType(":"), { params: [], results: [] });
});

test("output leaves by the line, and at the end", () => {
  const { program, put, call } = started();
  call("putchar", 0x61);
  assert.equal(program.host.said[1], "");
  call("puts", put(16, "b"));
  call("putchar", 0x63);
  assert.equal(program.host.said[1], "ab\n");
  program.finish();
  assert.equal(program.host.said[1], "ab\nc");
});

test("strings and memory", () => {
  const { put, call } = started();
  const [a, b] = [put(100, "hello"), put(200, "help")];
  assert.deepEqual(
    [call("strlen", a), Math.sign(call("strcmp", a, b)), call("strncmp", a, b, 3)],
    [5, -1, 0],
  );
  assert.deepEqual(
    [call("strchr", a, 0x6c), call("strrchr", a, 0x6c), call("strstr", a, put(300, "lo"))],
    [102, 103, 103],
  );
  assert.equal(call("memcmp", call("memcpy", 400, a, 6), a, 6), 0);
  assert.equal(call("calloc", 65536, 65536), 0);
});

test("what is registered runs at the end, the last first, but not after a trap", () => {
  for (const trapped of [false, true]) {
    const { program, call } = started();
    const told = [];
    program.table = { get: (entry) => () => told.push(entry) };
    call("atexit", 1);
    call("atexit", 2);
    program.finish(trapped);
    assert.deepEqual(told, trapped ? [] : [2, 1]);
  }
});
