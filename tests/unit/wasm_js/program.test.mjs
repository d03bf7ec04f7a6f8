import assert from "node:assert/strict";
import { test } from "node:test";
import { drive } from "../../../arch/wasm32/loader/steps.mjs";
import { execute, makeProgram } from "../../../arch/wasm32/loader/program.mjs";
import { mainGiving, makeHost } from "../../kit/small_modules.mjs";

function run(bytes, options = {}) {
  const host = makeHost({ "m.wasm": bytes });
  const program = makeProgram("m.wasm", [], { env: [], dirs: [], ...options }, host);
  return { status: drive(execute(program, ["m.wasm"]), host), said: host.said[2] };
}

const mainOf = (...code) =>
  mainGiving(0, { functions: [{ name: "main", results: ["i32"], code }] });

test("the status is main's, modulo 256", () => {
  assert.deepEqual(run(mainGiving(7)), { status: 7, said: "" });
  assert.equal(run(mainOf(0x41, 0x81, 0x02)).status, 1); // 257
});

test("a trap and a program that does not load have statuses of their own", () => {
  assert.deepEqual(run(mainOf(0x00)), {
    status: 134,
    said:
      "wasm.js: trap: unreachable\nwasm.js:   at main (m.wasm+0x39)\n" +
      "wasm.js: hint: m.wasm is stripped; its unstripped twin tells more: m.wasm.debug beside it, or --debug=FOLDER\n",
  });
  assert.deepEqual(run(Buffer.from("text")), {
    status: 127,
    said: "wasm.js: m.wasm: is not a wasm module\n",
  });
});

test("stats are one line, or what a function is called with", () => {
  const stats = JSON.parse(run(mainGiving(0), { stats: true }).said);
  assert.deepEqual(Object.keys(stats), [
    "load_ms",
    "link_ms",
    "run_ms",
    "memory_bytes",
    "trap",
    "syscalls",
  ]);
  assert.equal(stats.memory_bytes, (1 << 20) + 65536);
  let told = null;
  run(mainGiving(0), { stats: (found) => (told = found) });
  assert.equal(told.memory_bytes, stats.memory_bytes);
});

test("the first status stays", () => {
  const program = makeProgram("m", [], { env: [] }, makeHost());
  program.leave(300);
  program.leave(1);
  assert.equal(program.status, 44);
});
