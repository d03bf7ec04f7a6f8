import assert from "node:assert/strict";
import { test } from "node:test";
import { relocateAll } from "../../../arch/wasm32/loader/relocate.mjs";

test("addresses are written, then each module applies its own relocations", () => {
  const global = new WebAssembly.Global({ value: "i32", mutable: true }, 0);
  const told = [];
  const modules = ["a", "b"].map((name, order) => ({
    order,
    name,
    cells: [],
    opened: [],
    exports: new Map([["__wasm_apply_data_relocs", { kind: "function" }]]),
  }));
  const units = [null, ...modules].map((module) => ({
    got: module ? [] : [{ global, address: (program) => program.base + 4 }],
    instance: module && {
      exports: { __wasm_apply_data_relocs: () => told.push([module.name, global.value]) },
    },
  }));
  relocateAll({ base: 1024, units, plan: { order: modules } });
  assert.deepEqual(told, [
    ["a", 1028],
    ["b", 1028],
  ]);
});
