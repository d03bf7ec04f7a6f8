import assert from "node:assert/strict";
import { test } from "node:test";
import { instantiateModule } from "../../../arch/wasm32/loader/instantiate.mjs";
import { makePlan } from "../../../arch/wasm32/loader/plan.mjs";
import { link, makeProgram } from "../../../arch/wasm32/loader/program.mjs";
import { drive } from "../../../arch/wasm32/loader/steps.mjs";
import { makeHost, makeModule, mainGiving } from "../../kit/small_modules.mjs";

function linked(files) {
  const host = makeHost(files);
  const program = makeProgram(Object.keys(files)[0], [], { env: [], dirs: [], wasi: "js" }, host);
  program.plan = drive(makePlan(Object.keys(files), {}), host);
  drive(link(program), host);
  return { program, host };
}

test("a stub says who called what, and traps", () => {
  const main = mainGiving(0, {
    imports: [["env", "gone", [], []]],
    functions: [{ name: "main", results: ["i32"], code: [0x10, 0, 0x41, 0] }],
  });
  const { program, host } = linked({ "m.wasm": main });
  assert.throws(program.units[1].instance.exports.main, WebAssembly.RuntimeError);
  assert.equal(host.said[2], "wasm.js: m.wasm called gone, which no module exports\n");
});

test("modules that need each other call each other through a trampoline", () => {
  const even = { name: "even", params: ["i32"], results: ["i32"], code: [0x20, 0, 0x10, 0] };
  const odd = { name: "odd", params: ["i32"], results: ["i32"], code: [0x20, 0, 0x41, 1, 0x6a] };
  const main = makeModule({
    imports: [["env", "even", ["i32"], ["i32"]]],
    functions: [{ name: "main", results: ["i32"], code: [0x41, 4, 0x10, 0] }, odd],
  });
  const library = makeModule({ imports: [["env", "odd", ["i32"], ["i32"]]], functions: [even] });
  const { program } = linked({ "m.wasm": main, "l.wasm": library });
  assert.equal(program.thunkExports ? program.units.at(-1).instance.exports.main() : null, 5);
});

test("an import of the wrong kind is a problem of the module", () => {
  const module = {
    name: "m",
    order: -1,
    compiled: new WebAssembly.Module(makeModule({ imports: [["env", "f", [], []]] })),
    bindings: [{ imported: { module: "env", name: "f" }, value: () => 5 }],
  };
  assert.throws(
    () => drive(instantiateModule({ units: [{}] }, module), {}),
    /m: cannot be instantiated: /,
  );
});
