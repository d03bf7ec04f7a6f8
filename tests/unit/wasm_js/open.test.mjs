import assert from "node:assert/strict";
import { test } from "node:test";
import { parseModule } from "../../../arch/wasm32/loader/module.mjs";
import { openFunctions } from "../../../arch/wasm32/loader/open.mjs";
import { makeModule, section, vector } from "../../kit/small_modules.mjs";

const UNARY = { params: ["i32"], results: ["i32"] };

/** Exports of a module in which through() calls f() and g(), f and g, as "f", opened. */
function load(more = []) {
  const bytes = makeModule({
    imports: [["env", "unused", [], []]],
    functions: [
      { name: "f", ...UNARY, code: [0x20, 0, 0x41, 1, 0x6a] },
      { name: "g", ...UNARY, code: [0x20, 0, 0x41, 2, 0x6a] },
      { name: "through", ...UNARY, code: [0x20, 0, 0x10, 1, 0x10, 2] },
    ],
    more,
  });
  const module = Object.assign(parseModule("a", bytes), { opened: ["f"] });
  const table = new WebAssembly.Table({ initial: 4, element: "anyfunc" });
  const env = { unused() {}, __indirect_function_table: table };
  const compiled = new WebAssembly.Module(openFunctions(module));
  return { table, exports: new WebAssembly.Instance(compiled, { env }).exports };
}

test("calls within the module go by the cell, others get the function's own body", () => {
  const { table, exports } = load();
  table.set(3, exports.g);
  exports["GOT.func.f"].value = 3;
  assert.equal(exports.f(10), 11);
  assert.equal(exports.through(10), 14);
});

test("a cell comes behind the module's own globals", () => {
  const { table, exports } = load(section(6, vector([[0x7f, 0, 0x41, 7, 0x0b]])));
  table.set(2, exports.f);
  exports["GOT.func.f"].value = 2;
  assert.equal(exports.through(10), 13);
});
