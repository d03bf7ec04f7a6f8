import assert from "node:assert/strict";
import { test } from "node:test";
import {
  checkCalls,
  checkKernel,
  checkMain,
  findMain,
  LOADER_CALLS,
} from "../../../arch/wasm32/loader/check.mjs";
import { parseModule } from "../../../arch/wasm32/loader/module.mjs";
import { makeModule } from "../../kit/small_modules.mjs";

/** What is said of a module whose functions are [name, params, results] each. */
function said(check, ...functions) {
  const bytes = makeModule({
    functions: functions.map(([name, params, results]) => ({ name, params, results, code: [0] })),
  });
  const problems = [];
  check({ module: parseModule("m.wasm", bytes), complain: (what) => problems.push(what) });
  return problems;
}

test("forms of main", () => {
  for (const count of [0, 1, 2, 3]) {
    assert.deepEqual(said(checkMain, ["main", Array(count).fill("i32"), ["i32"]]), []);
    assert.deepEqual(said(checkMain, ["main", Array(count).fill("i32"), []]), []);
  }
  assert.deepEqual(said(checkMain, ["main", ["i64"], []]), [
    "exports main as (i64) -> (), which is no form of main",
  ]);
  assert.deepEqual(said(checkMain, ["_start", [], ["i32"]]), [
    "exports _start as () -> (i32), which is no form of main",
  ]);
  assert.deepEqual(said(checkMain), ["exports no main"]);
});

test("what clang calls main with arguments goes before main", () => {
  const named = (name) => ({ name, results: ["i32"], code: [0x41, 0] });
  const module = parseModule(
    "m",
    makeModule({ functions: [named("main"), named("__main_argc_argv")] }),
  );
  assert.equal(findMain(module).name, "__main_argc_argv");
});

test("what the loader calls has the type by which it calls it", () => {
  const check = (resolver) => checkCalls(resolver, LOADER_CALLS);
  assert.deepEqual(said(check, ["__wasm_call_ctors", [], []]), []);
  assert.deepEqual(said(check, ["__wasm_call_ctors", ["i32"], []]), [
    "exports __wasm_call_ctors as (i32) -> (), but the loader calls it as () -> ()",
  ]);
});

test("a kernel lacks what it does not export", () => {
  const problems = said(checkKernel, ["_initialize", [], []], ["__kernel_free", [], []]);
  assert.ok(problems.includes("exports no memory, which a kernel must"));
  assert.ok(problems.includes("exports no __syscall6, which a kernel must"));
  assert.ok(
    problems.includes("exports __kernel_free as () -> (), but a kernel has it as (i32, i32) -> ()"),
  );
  assert.ok(!problems.some((what) => what.includes("_initialize")));
});
