import assert from "node:assert/strict";
import { test } from "node:test";
import { parseModule } from "../../../arch/wasm32/loader/module.mjs";
import { demangled, isAborted, tellStack, withFrames } from "../../../arch/wasm32/loader/stack.mjs";
import { drive } from "../../../arch/wasm32/loader/steps.mjs";
import { mainGiving } from "../../kit/small_modules.mjs";

const module = parseModule("m.wasm", mainGiving(1));
const frames = (count) => Array.from({ length: count }, () => ({ module, index: 0, offset: 80 }));
const tell = (count) => drive(tellStack(frames(count), [], null), { read: () => null });

test("of many frames the first and the last are told of", () => {
  const { texts, left_out, frames: shown } = tell(100);
  assert.deepEqual([texts.length, left_out, shown.length], [18, 84, 16]);
  assert.deepEqual([texts[0], texts[12]], ["  at main (m.wasm+0x50)", "  … 84 more"]);
  assert.match(texts[17], /^hint: m.wasm is stripped/);
  assert.equal(tell(19).left_out, 0);
});

test("abort is known by its name", () => {
  assert.ok(!isAborted(frames(1)));
  const abort = parseModule("a", mainGiving(1, { functions: [{ name: "abort", code: [] }] }));
  assert.ok(isAborted([...frames(1), { module: abort, index: 0, offset: 0 }]));
});

test("names are as they are, or demangled where that is plain", () => {
  assert.deepEqual(["f", "_Z3fooi", "_ZN1a1bE", "_ZN1aIiE1bE", "_Z9f"].map(demangled), [
    "f",
    "foo",
    "a::b",
    "_ZN1aIiE1bE",
    "_Z9f",
  ]);
});

test("how many frames an error keeps is as before", () => {
  const before = Error.stackTraceLimit;
  assert.equal(
    withFrames(() => Error.stackTraceLimit),
    Infinity,
  );
  assert.equal(Error.stackTraceLimit, before);
});
