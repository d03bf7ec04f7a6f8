import assert from "node:assert/strict";
import { test } from "node:test";
import { drive, driveLater, settleLater } from "../../../arch/wasm32/loader/steps.mjs";
import { mainGiving, makeHost } from "../../kit/small_modules.mjs";

const BYTES = mainGiving(42);

function* steps() {
  const bytes = yield { read: "m" };
  const [good, bad] = yield { compile: [bytes, Uint8Array.of(0)] };
  const instance = yield { instantiate: good.value, imports: {} };
  return [instance.exports.main(), bad.error instanceof WebAssembly.CompileError];
}

test("at once and later, steps are answered alike", async () => {
  assert.deepEqual(drive(steps(), makeHost({ m: BYTES })), [42, true]);
  const later = { read: async (path) => (path === "m" ? BYTES : null) };
  assert.deepEqual(await driveLater(steps(), later), [42, true]);
});

test("a host's own compile is asked", async () => {
  const asked = [];
  const compile = (bytes) => (asked.push(bytes.length), WebAssembly.compile(bytes));
  await driveLater(steps(), { read: async () => BYTES, compile });
  assert.deepEqual(asked, [BYTES.length, 1]);
});

test("what a step fails with is thrown where it was wanted", async () => {
  function* catching() {
    try {
      yield { read: "m" };
    } catch (error) {
      return error.message;
    }
    return "nothing was thrown";
  }
  const read = () => {
    throw new Error("unplugged");
  };
  assert.equal(drive(catching(), { read }), "unplugged");
  assert.equal(await driveLater(catching(), { read }), "unplugged");
});

test("a promise is settled with its value or its error", async () => {
  const error = new Error("no");
  assert.deepEqual(await settleLater(Promise.resolve(1)), { value: 1 });
  assert.deepEqual(await settleLater(Promise.reject(error)), { error });
});
