import assert from "node:assert/strict";
import { test } from "node:test";
import {
  compileOne,
  generateModule,
  getParameters,
  leb,
  signedLeb,
  systemCallModule,
  unwind,
  wrapHostFunctions,
} from "../../../arch/wasm32/loader/codegen.mjs";
import { Cursor } from "../../../arch/wasm32/loader/cursor.mjs";
import { trapReason } from "../../../arch/wasm32/loader/failures.mjs";
import { drive } from "../../../arch/wasm32/loader/steps.mjs";
import { parseType } from "../../../arch/wasm32/loader/types.mjs";

const cursor = (bytes) => new Cursor(Uint8Array.from(bytes), 0, bytes.length);
const load = (bytes, imports) =>
  new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports;

test("numbers are read back", () => {
  for (const value of [0, 127, 128, 65536, 0xffffffff])
    assert.equal(cursor(leb(value)).u32(), value);
  for (const value of [0, 63, 64, -64, -65, 2 ** 31 - 1, -(2 ** 31)])
    assert.equal(cursor(signedLeb(value)).s32(), value);
});

test("a generated module calls what it imports", () => {
  const type = parseType("(i32, f64) -> (f64)");
  const bytes = generateModule([type], false, [
    { type, code: () => [...getParameters(type), 0x10, 0] },
  ]);
  assert.equal(load(bytes, { h: { 0: (a, b) => a * b } })[0](3, 0.5), 1.5);
});

test("a host function becomes one that a table takes", () => {
  const hosts = [{ type: parseType("(i32) -> (i32)"), call: (x) => x + 1 }];
  const [wrapped] = drive(wrapHostFunctions(hosts), {});
  const table = new WebAssembly.Table({ initial: 1, element: "anyfunc" });
  table.set(0, wrapped);
  assert.equal(table.get(0)(41), 42);
});

test("system calls are counted, and a tracer hears of them", () => {
  const k = Object.fromEntries([0, 1, 2, 3, 4, 5, 6].map((n) => [n, (...words) => words.length]));
  const heard = [];
  const h = { enter: (...words) => heard.push(words), leave: (result) => heard.push(result) };
  for (const traced of [false, true]) {
    const exports = load(systemCallModule(traced), { k, h });
    assert.deepEqual([exports[2](64, 8, 9), exports[2](64, 8, 9)], [3, 3]);
    assert.equal(new Uint32Array(exports.counts.buffer)[64], 2);
  }
  assert.deepEqual(heard.slice(0, 2), [[2, 64, 8, 9, 0, 0, 0, 0], 3]);
});

test("unwinding is a trap", () => {
  assert.throws(unwind, (error) => trapReason(error) === "unreachable");
});

test("what does not compile is thrown", () => {
  assert.throws(() => drive(compileOne(Uint8Array.of(1)), {}), WebAssembly.CompileError);
});
