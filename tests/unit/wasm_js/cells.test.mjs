import assert from "node:assert/strict";
import { test } from "node:test";
import { writeCells, writeMarks } from "../../../arch/wasm32/loader/cells.mjs";
import { makePlan } from "../../../arch/wasm32/loader/plan.mjs";
import { drive } from "../../../arch/wasm32/loader/steps.mjs";
import { makeHost, makeModule, nameBytes, section, vector } from "../../kit/small_modules.mjs";

const giving = (name, value = 1) => ({ name, results: ["i32"], code: [0x41, value] });
const memory = (functions, more = []) =>
  makeModule({ functions, imports: [["env", "unused", [], []]], more });
const list = (...names) =>
  section(0, [...nameBytes("dynamic-list"), ...vector(names.map(nameBytes))]);
const opened = (main, library) => {
  const files = { m: main, l: library };
  return drive(makePlan(["m", "l"], {}), makeHost(files)).modules[1].opened;
};

test("a library's function is opened if an earlier module has one of that name", () => {
  const main = makeModule({ functions: [giving("main"), giving("f")] });
  assert.deepEqual(opened(main, memory([giving("f"), giving("g")])), ["f"]);
  assert.deepEqual(opened(makeModule({ functions: [giving("main")] }), memory([giving("f")])), []);
});

test("a dynamic list says which names are open", () => {
  const main = makeModule({ functions: [giving("main"), giving("f"), giving("g")] });
  assert.deepEqual(opened(main, memory([giving("f"), giving("g")], list("g"))), ["g"]);
  assert.deepEqual(opened(main, memory([giving("f"), giving("g")], list())), []);
});

test("main and what the loader calls are every module's own", () => {
  const main = makeModule({ functions: [giving("main"), giving("_start")] });
  assert.deepEqual(opened(main, memory([giving("main"), giving("_start")])), []);
});

test("a function of another type is a problem", () => {
  const main = makeModule({ functions: [giving("main"), giving("f")] });
  const library = memory([{ name: "f", code: [] }]);
  assert.throws(
    () => opened(main, library),
    ({ problems }) => problems[0] === "l: defines f as () -> (), but m exports it as () -> (i32)",
  );
});

test("cells and marks are written", () => {
  const cell = new WebAssembly.Global({ value: "i32", mutable: true }, 0);
  const module = {
    order: 0,
    opened: ["f", "g"],
    cells: [{ name: "GOT.mem.d", address: (program) => program.base }],
    exports: new Map([["__f_replaced", { kind: "global", index: 0 }]]),
    globals: [{ type: "i32", mutable: false, value: { base: null, offset: 8 } }],
  };
  const units = [null, { memoryBase: 16, instance: { exports: { "GOT.mem.d": cell } } }];
  const program = { base: 40, units, memory: new WebAssembly.Memory({ initial: 1 }) };
  writeCells(program, module);
  writeMarks(program, module);
  assert.equal(cell.value, 40);
  assert.deepEqual([...new Uint8Array(program.memory.buffer, 23, 3)], [0, 1, 0]);
});
