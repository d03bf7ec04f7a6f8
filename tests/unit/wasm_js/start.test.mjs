import assert from "node:assert/strict";
import { test } from "node:test";
import { makeMemory } from "../../../arch/wasm32/loader/allocate.mjs";
import { startProgram, writeStartBlock } from "../../../arch/wasm32/loader/start.mjs";

/** A program whose module has these functions, all of type () -> () for the loader. */
function makeProgram(exports, rest = {}) {
  const module = (order, functions, type) => ({
    order,
    name: "m",
    functions: [type],
    exports: new Map(Object.keys(functions).map((name) => [name, { kind: "function", index: 0 }])),
  });
  const main = module(0, exports, { params: [], results: [] });
  const program = {
    args: ["p", "é"],
    env: ["A=1"],
    finish() {},
    units: [{}, { instance: { exports } }],
    plan: { kernel: null, libc: null, command: null, modules: [main], order: [main] },
    ...rest,
  };
  makeMemory(program);
  return program;
}

test("the start block: argc, argv, 0, envp, 0, an empty auxv", () => {
  const program = makeProgram({});
  const at = writeStartBlock(program);
  const words = new Uint32Array(program.memory.buffer, at, 8);
  const text = (i) =>
    Buffer.from(program.memory.buffer)
      .subarray(words[i], words[i] + 3)
      .toString();
  assert.deepEqual(
    [words[0], text(2), text(4), words[3], words[5], words[6], words[7]],
    [2, "é\0", "A=1", 0, 0, 0, 0],
  );
});

test("constructors, then main with argc, argv and envp, then the end", () => {
  const told = [];
  const program = makeProgram(
    {
      __wasm_call_ctors: () => told.push("constructors"),
      main: (argc, argv, envp) => (told.push(argc, envp - argv), 7),
    },
    { finish: () => told.push("finish") },
  );
  assert.equal(startProgram(program), 7);
  assert.deepEqual(told, ["constructors", 2, 12, "finish"]);
});

test("a command is the WASI's to start", () => {
  const program = makeProgram({});
  program.plan.command = program.plan.modules[0];
  program.wasi = { start: (instance) => (instance === program.units[1].instance ? 3 : 4) };
  assert.equal(startProgram(program), 3);
});
