import assert from "node:assert/strict";
import { test } from "node:test";
import {
  engineReason,
  LoadError,
  reportProblems,
  trapReason,
  unwindOutOfBounds,
} from "../../../arch/wasm32/loader/failures.mjs";

/** The error of a function whose instructions are these. */
function errorOf(...code) {
  const body = [code.length + 2, 0, ...code, 0x0b];
  const bytes = [
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    1,
    4,
    1,
    0x60,
    0,
    0,
    3,
    2,
    1,
    0,
    4,
    4,
    1,
    0x70,
    0,
    1,
    5,
    3,
    1,
    0,
    1,
    7,
    5,
    1,
    1,
    0x66,
    0,
    0,
    10,
    body.length + 1,
    1,
    ...body,
  ];
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(bytes))).exports;
  try {
    f();
  } catch (error) {
    return error;
  }
  return assert.fail("it does not trap");
}

test("traps have the words of the core specification's tests", () => {
  const code = {
    unreachable: [0x00],
    "integer divide by zero": [0x41, 1, 0x41, 0, 0x6d, 0x1a],
    "integer overflow": [0x41, 0x80, 0x80, 0x80, 0x80, 0x78, 0x41, 0x7f, 0x6d, 0x1a],
    "out of bounds memory access": [0x41, 0x7f, 0x28, 2, 0, 0x1a],
    "indirect call type mismatch": [0x41, 0, 0x11, 0, 0],
    "out of bounds table access": [0x41, 9, 0x11, 0, 0],
    "call stack exhausted": [0x10, 0],
  };
  for (const [reason, words] of Object.entries(code))
    assert.equal(trapReason(errorOf(...words)), reason);
});

test("what is no trap has no reason", () => {
  assert.equal(trapReason(new Error("unreachable")), null);
  assert.equal(trapReason(new RangeError("invalid length")), null);
});

test("the engine's message goes without the name of the function", () => {
  assert.equal(engineReason(new Error("WebAssembly.Module(): bad magic")), "bad magic");
});

test("problems are gathered in one LoadError; none is no error", () => {
  reportProblems([]);
  assert.throws(
    () => reportProblems(["a: 1", "b: 2"]),
    (error) =>
      error instanceof LoadError && error.message === "a: 1\nb: 2" && error.problems.length === 2,
  );
});

test("a pointer out of bounds is that trap", () => {
  assert.throws(unwindOutOfBounds, (error) => trapReason(error) === "out of bounds memory access");
});
