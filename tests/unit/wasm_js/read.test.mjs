import assert from "node:assert/strict";
import { test } from "node:test";
import { LoadError } from "../../../arch/wasm32/loader/failures.mjs";
import { parseModule } from "../../../arch/wasm32/loader/module.mjs";
import { isCommand, isSyscall, loadOrder, readModules } from "../../../arch/wasm32/loader/read.mjs";
import { drive } from "../../../arch/wasm32/loader/steps.mjs";
import { dylink0, mainGiving, makeHost, makeModule } from "../../kit/small_modules.mjs";

const needing = (...names) => makeModule({ dylink: dylink0([0, 0, 0, 0], names) });
const read = (files, ...paths) => drive(readModules(paths, {}), makeHost(files));
const namesOf = (modules) => modules.map(({ name }) => name);

test("needs are read beside who needs them, once, breadth first", () => {
  const files = {
    "x/main": needing("b", "c"),
    "x/b": needing("d"),
    "x/c": needing("d"),
    "x/d": needing("b"),
  };
  const { modules } = read(files, "x/main");
  assert.deepEqual(namesOf(modules), ["main", "b", "c", "d"]);
  assert.deepEqual(namesOf(loadOrder(modules, ["x/main"])), ["d", "b", "c", "main"]);
});

test("all that cannot be read is said at once", () => {
  const files = { main: needing("gone", "text"), text: Buffer.from("no wasm") };
  assert.throws(
    () => read(files, "main", "missing"),
    (error) => {
      assert.ok(error instanceof LoadError);
      assert.deepEqual(error.problems, [
        "missing: cannot be read",
        "main: needs gone, which cannot be read",
        "text: is not a wasm module",
      ]);
      return true;
    },
  );
});

test("a base name is given once", () => {
  assert.throws(
    () => read({ "a/m": mainGiving(0), "b/m": mainGiving(0) }, "a/m", "b/m"),
    /m: is given twice/,
  );
});

test("a system call wants the kernel beside", () => {
  const main = makeModule({ imports: [["env", "__syscall0", ["i32"], ["i32"]]] });
  assert.throws(
    () => read({ main }, "main"),
    /main: needs a kernel, and there is no kernel.wasm beside it/,
  );
  assert.equal(
    read({ "d/main": main, "d/kernel.wasm": makeModule({ dylink: [] }) }, "d/main").kernel.name,
    "kernel.wasm",
  );
  assert.ok(isSyscall("__syscall6") && !isSyscall("__syscall7"));
});

test("what is not position independent is no program, unless it is a command", () => {
  assert.throws(() => read({ m: mainGiving(0, { dylink: [] }) }, "m"), /has no dylink.0 section/);
  assert.ok(!isCommand(parseModule("m", mainGiving(0))));
});
