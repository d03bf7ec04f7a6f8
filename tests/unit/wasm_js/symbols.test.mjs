import assert from "node:assert/strict";
import { test } from "node:test";
import { parseModule } from "../../../arch/wasm32/loader/module.mjs";
import {
  definition,
  findDatum,
  findDatumFor,
  findFunction,
  findFunctionFor,
  isWeak,
} from "../../../arch/wasm32/loader/symbols.mjs";
import { dylink0, makeModule, nameBytes, section, vector } from "../../kit/small_modules.mjs";

const giving = (name) => ({ name, results: ["i32"], code: [0x41, 1] });
const parse = (name, shape) => parseModule(name, makeModule(shape));
const planOf = (...modules) => ({ modules, kernel: null, embedder: new Map(), found: new Map() });

test("an earlier module shadows a later one, and any the kernel and the embedder", () => {
  const [a, b, kernel] = ["a", "b", "k"].map((name) =>
    parse(name, { functions: [giving("f"), giving(name)] }),
  );
  const plan = {
    ...planOf(a, b),
    kernel,
    embedder: new Map([
      ["f", {}],
      ["puts", { type: "its type" }],
    ]),
  };
  assert.equal(findFunction(plan, "f").module, a);
  assert.equal(findFunction(plan, "k").module, kernel);
  assert.equal(findFunction(plan, "puts").type, "its type");
  assert.equal(findFunction(plan, "none"), null);
});

/** A module that imports env.f and exports it on as f. */
const passing = (name) =>
  parseModule(
    name,
    Uint8Array.from([
      0,
      0x61,
      0x73,
      0x6d,
      1,
      0,
      0,
      0,
      ...dylink0(),
      ...section(1, [1, 0x60, 0, 1, 0x7f]),
      ...section(2, vector([[...nameBytes("env"), ...nameBytes("f"), 0, 0]])),
      ...section(7, vector([[...nameBytes("f"), 0, 0]])),
    ]),
  );

test("a function that is passed on is nobody's, if only in a circle", () => {
  const plan = planOf(passing("a"));
  assert.equal(definition(plan, findFunction(plan, "f")), null);
});

test("a datum's address is its module's base and its offset", () => {
  const own = section(6, vector([[0x7f, 0, 0x41, 8, 0x0b]]));
  const exported = section(7, vector([[...nameBytes("d"), 3, 0]]));
  const bytes = Uint8Array.from([
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...dylink0(),
    ...own,
    ...exported,
  ]);
  const module = Object.assign(parseModule("a", bytes), { order: 0 });
  const { address } = findDatum(planOf(module), "d");
  assert.equal(address({ units: [null, { memoryBase: 1024 }] }), 1032);
  assert.equal(findDatum(planOf(module), "e"), null);
});

test("a bound name is the module's own, an open one the first module's", () => {
  const [a, b] = ["a", "b"].map((name) => parse(name, { functions: [giving("f"), giving("g")] }));
  const plan = planOf(a, b);
  b.dynamicList = ["g"];
  assert.equal(findFunctionFor(plan, b, "f").module, b);
  assert.equal(findFunctionFor(plan, b, "g").module, a);
  assert.equal(findFunctionFor(plan, a, "f").module, a);
  assert.equal(findDatumFor(plan, b, "f"), null);
});

test("weak is what dylink.0 says", () => {
  const module = parse("a", { dylink: dylink0([0, 0, 0, 0], [], ["w"]) });
  assert.ok(isWeak(module, { module: "GOT.func", name: "w" }));
  assert.ok(!isWeak(module, { module: "env", name: "v" }));
});
