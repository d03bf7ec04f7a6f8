import assert from "node:assert/strict";
import { test } from "node:test";
import { LoadError } from "../../../arch/wasm32/loader/failures.mjs";
import { makePlan } from "../../../arch/wasm32/loader/plan.mjs";
import { drive } from "../../../arch/wasm32/loader/steps.mjs";
import { resolveAll } from "../../../arch/wasm32/loader/resolve.mjs";
import { mainGiving, makeHost, makeModule } from "../../kit/small_modules.mjs";

const calling = (name, params = [], results = []) =>
  mainGiving(0, { imports: [["env", name, params, results]] });
const plan = (files, options = {}) => drive(makePlan(Object.keys(files), options), makeHost(files));

function problems(files, options) {
  try {
    plan(files, options);
  } catch (error) {
    assert.ok(error instanceof LoadError, error);
    return error.problems;
  }
  return [];
}

test("an unmet import is a stub, and an error where it is asked for", () => {
  const found = plan({ m: calling("gone") });
  assert.deepEqual(found.stubs, ["m called gone, which no module exports"]);
  assert.equal(found.thunks.length, 1);
  assert.deepEqual(problems({ m: calling("gone") }, { strict: true }), [
    "m: gone: no module exports this function",
  ]);
});

test("a function of a module that is loaded earlier is bound without a thunk", () => {
  const library = makeModule({ functions: [{ name: "f", code: [] }] });
  const {
    thunks,
    modules: [main],
  } = plan({ m: calling("f"), l: library });
  assert.deepEqual([thunks.length, main.bindings.length], [0, 1]);
});

test("types must agree", () => {
  const library = makeModule({ functions: [{ name: "f", code: [] }] });
  assert.deepEqual(problems({ m: calling("f", ["i32"]), l: library }), [
    "m: imports f as (i32) -> (), but l exports it as () -> ()",
  ]);
});

test("the libc's header is told of, if it is there", () => {
  const l = makeModule({ functions: [{ name: "f", code: [] }] });
  const prototypes = Buffer.from("e\te.h: int e(void)\nf\tf.h: void f(void)\n");
  const files = { m: calling("f", ["i32"]), l };
  const host = makeHost({ ...files, "sysroot/share/muslfall/prototypes.txt": prototypes });
  assert.throws(
    () => drive(makePlan(["m", "l"], {}), host),
    /exports it as \(\) -> \(\) \(f\.h: void f\(void\)\)$/,
  );
});

test("WASI is the kernel's alone, and other imports are nobody's", () => {
  const from = (module) => mainGiving(0, { imports: [[module, "f", [], []]] });
  assert.deepEqual(problems({ m: from("wasi_snapshot_preview1") }), [
    "m: imports wasi_snapshot_preview1.f, which only the kernel may",
  ]);
  assert.deepEqual(problems({ m: from("other") }), ["m: imports other.f, which nothing provides"]);
});

test("nothing to resolve is no problem", () => {
  assert.deepEqual([...resolveAll({ modules: [], kernel: null, mismatches: [] })], []);
});
