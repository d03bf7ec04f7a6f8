import assert from "node:assert/strict";
import { test } from "node:test";
import {
  exportedType,
  hasFunction,
  isWasm,
  parseModule,
} from "../../../arch/wasm32/loader/module.mjs";
import { formatType } from "../../../arch/wasm32/loader/types.mjs";
import { dylink0, makeModule, section, vector } from "../../kit/small_modules.mjs";

const LIBRARY = {
  dylink: dylink0([20, 4, 2, 0], ["libm.wasm"], ["maybe"]),
  imports: [
    ["env", "puts", ["i32"], ["i32"]],
    ["env", "maybe", [], []],
  ],
  functions: [
    { name: "add", params: ["i32", "i32"], results: ["i32"], code: [0x20, 0, 0x20, 1, 0x6a] },
  ],
};

test("dylink.0: sizes, needs, weak imports", () => {
  const { dylink, name } = parseModule("lib/a.wasm", makeModule(LIBRARY));
  assert.equal(name, "a.wasm");
  assert.deepEqual([dylink.memorySize, dylink.memoryAlign, dylink.tableSize], [20, 4, 2]);
  assert.deepEqual([dylink.needed, [...dylink.weak]], [["libm.wasm"], ["env\0maybe"]]);
});

test("imports and exports with their types", () => {
  const module = parseModule("a.wasm", makeModule(LIBRARY));
  const [puts] = module.imports;
  assert.deepEqual(
    [puts.module, puts.name, puts.kind, formatType(puts.type)],
    ["env", "puts", "function", "(i32) -> (i32)"],
  );
  assert.ok(hasFunction(module, "add") && !hasFunction(module, "puts"));
  assert.equal(formatType(exportedType(module, "add")), "(i32, i32) -> (i32)");
});

test("constants: a number, a global, their sum", () => {
  const own = (...code) => section(6, vector([[0x7f, 0, ...code, 0x0b]]));
  const value = (...code) => parseModule("a", makeModule({ more: own(...code) })).globals[0].value;
  assert.deepEqual(value(0x41, 5), { base: null, offset: 5 });
  assert.deepEqual(value(0x41, 5, 0x41, 6, 0x6a), { base: null, offset: 11 });
  assert.deepEqual(value(0x42, 5), {});
  assert.throws(() => value(0x01), /unknown constant expression/);
});

test("what is out of range is corrupt", () => {
  assert.throws(
    () => parseModule("a", Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 14, 0])),
    /unknown section 14/,
  );
  const noFunction = [...section(7, vector([[1, 0x66, 0, 0]]))];
  assert.throws(
    () => parseModule("a", Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...noFunction])),
    /export f of no such function/,
  );
});

test("the magic number and the version", () => {
  assert.ok(isWasm(makeModule({})));
  assert.ok(!isWasm(Buffer.from("#!/bin/sh\n")) && !isWasm(new Uint8Array(0)));
});
