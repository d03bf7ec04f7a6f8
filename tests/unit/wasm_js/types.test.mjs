import assert from "node:assert/strict";
import { test } from "node:test";
import { Corrupt, Cursor } from "../../../arch/wasm32/loader/cursor.mjs";
import {
  formatType,
  parseType,
  readFunctionType,
  readGlobalType,
  readLimits,
  readTableType,
  sameType,
} from "../../../arch/wasm32/loader/types.mjs";

const over = (...bytes) => new Cursor(Uint8Array.from(bytes), 0, bytes.length);

test("a function's type, as text and back", () => {
  const type = readFunctionType(over(0x60, 2, 0x7f, 0x7e, 1, 0x7c));
  assert.deepEqual(type, { params: ["i32", "i64"], results: ["f64"] });
  assert.equal(formatType(type), "(i32, i64) -> (f64)");
  for (const text of ["() -> ()", "(i32) -> ()", "(i32, i64) -> (f64)"])
    assert.equal(formatType(parseType(text)), text);
  assert.ok(sameType(type, parseType("(i32, i64) -> (f64)")));
  assert.ok(!sameType(type, parseType("(i32, i64) -> (f32)")));
});

test("limits of 32 and of 64 bits", () => {
  assert.deepEqual(readLimits(over(0, 1)), { bits: 32 });
  assert.deepEqual(readLimits(over(5, 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01)), { bits: 64 });
  assert.deepEqual(readTableType(over(0x70, 1, 1, 2)), { element: "funcref", bits: 32 });
});

test("what is no type is corrupt", () => {
  assert.throws(() => readFunctionType(over(0x61)), Corrupt);
  assert.throws(() => readFunctionType(over(0x60, 1, 0x00)), /unknown value type 0x0/);
  assert.throws(() => readGlobalType(over(0x7f, 2)), /unknown mutability/);
  assert.throws(() => readLimits(over(16, 0)), /unknown limits/);
});

test("what a proposal has a meaning for is named by it", () => {
  for (const [read, bytes, proposal] of [
    [readFunctionType, [0x5f], "gc"],
    [readFunctionType, [0x5d], "stack-switching"],
    [readGlobalType, [0x6e, 0], "gc"],
    [readLimits, [8, 0], "custom-page-sizes"],
  ])
    assert.throws(
      () => read(over(...bytes)),
      (error) => error instanceof Corrupt && error.proposal === proposal,
    );
});
