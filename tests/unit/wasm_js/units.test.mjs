import assert from "node:assert/strict";
import { test } from "node:test";
import { callIfExported, exportOf, makeUnits, unitOf } from "../../../arch/wasm32/loader/units.mjs";

test("each module has a unit, the kernel the first", () => {
  const [kernel, a, b] = [-1, 0, 1].map((order) => ({ order }));
  const program = { units: makeUnits({ order: [a, b] }) };
  assert.equal(new Set([kernel, a, b].map((module) => unitOf(program, module))).size, 3);
  assert.equal(unitOf(program, kernel), program.units[0]);
});

test("two programs of one plan share no unit", () => {
  const plan = { order: [{ order: 0 }] };
  makeUnits(plan)[1].slots.set(1, 2);
  assert.equal(makeUnits(plan)[1].slots.size, 0);
});

test("an export is looked up when it is wanted, and called if it is there", () => {
  const module = { order: 0, exports: new Map([["f", { kind: "function" }]]) };
  const program = { units: makeUnits({ order: [module] }) };
  const later = exportOf(module, "f");
  let calls = 0;
  program.units[1].instance = { exports: { f: () => calls++ } };
  assert.equal(later(program), program.units[1].instance.exports.f);
  callIfExported(program, module, "f");
  callIfExported(program, module, "g");
  assert.equal(calls, 1);
});
