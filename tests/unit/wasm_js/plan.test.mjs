import assert from "node:assert/strict";
import { test } from "node:test";
import { LoadError } from "../../../arch/wasm32/loader/failures.mjs";
import { makePlan } from "../../../arch/wasm32/loader/plan.mjs";
import { drive } from "../../../arch/wasm32/loader/steps.mjs";
import { mainGiving, makeHost, makeModule } from "../../kit/small_modules.mjs";

const plan = (files, options = {}) => drive(makePlan(Object.keys(files), options), makeHost(files));

test("a plan has its modules compiled, and a libc if one of them is", () => {
  const init = { name: "__init_libc", params: ["i32", "i32"], code: [] };
  const found = plan({ m: mainGiving(0), c: makeModule({ functions: [init] }) });
  assert.ok(found.modules.every(({ compiled }) => compiled instanceof WebAssembly.Module));
  assert.equal(found.libc.name, "c");
  assert.equal(found.embedder.size, 0);
});

test("without a libc there is the small one", () => {
  assert.ok(plan({ m: mainGiving(0) }).embedder.has("printf"));
});

test("all that does not compile is said", () => {
  const invalid = mainGiving(0, { functions: [{ name: "main", results: ["i32"], code: [] }] });
  assert.throws(
    () => plan({ m: invalid, n: invalid }),
    (error) =>
      error instanceof LoadError &&
      error.problems.length === 2 &&
      error.problems[0].startsWith("m: cannot be compiled: "),
  );
});
