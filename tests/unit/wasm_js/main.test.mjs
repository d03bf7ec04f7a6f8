import assert from "node:assert/strict";
import { test } from "node:test";
import { muslfall } from "../../../arch/wasm32/loader/main.mjs";

test("the object has what pages and hosts use; importing it runs nothing", () => {
  const functions = [
    "compile",
    "instantiate",
    "load",
    "main",
    "nodeHost",
    "d8Host",
    "parseModule",
    "formatType",
    "LoadError",
  ];
  assert.deepEqual(Object.keys(muslfall).sort(), [...functions].sort());
  assert.ok(functions.every((name) => typeof muslfall[name] === "function"));
});
