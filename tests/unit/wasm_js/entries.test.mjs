import assert from "node:assert/strict";
import { test } from "node:test";
import { functionEntry, tableEntry } from "../../../arch/wasm32/loader/entries.mjs";

test("an entry is made once for its key", () => {
  const plan = { entries: new Map() };
  const made = tableEntry(plan, "k", () => ({}));
  assert.equal(
    tableEntry(plan, "k", () => assert.fail("made again")),
    made,
  );
});

test("two names of one function have one entry", () => {
  const plan = { entries: new Map(), found: new Map() };
  const module = { order: 0, importedFunctions: [] };
  const [a, b] = ["a", "b"].map((name) =>
    functionEntry(plan, { module, name, index: 3, type: null }),
  );
  assert.equal(a, b);
  assert.equal(a.target.name, "a");
});
