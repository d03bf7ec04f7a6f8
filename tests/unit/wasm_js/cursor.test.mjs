import assert from "node:assert/strict";
import { test } from "node:test";
import { Corrupt, Cursor } from "../../../arch/wasm32/loader/cursor.mjs";

const over = (...bytes) => new Cursor(Uint8Array.from(bytes), 0, bytes.length);
const corruptAt = (at, reason) => (error) =>
  error instanceof Corrupt && error.at === at && error.message === reason;

test("unsigned numbers, to the last bit", () => {
  assert.equal(over(0x7f).u32(), 127);
  assert.equal(over(0xff, 0xff, 0xff, 0xff, 0x0f).u32(), 0xffffffff);
  assert.equal(over(0x80, 0x00).u32(), 0);
  assert.throws(() => over(0xff, 0xff, 0xff, 0xff, 0x1f).u32(), corruptAt(0, "number too large"));
  assert.throws(
    () => over(0x80, 0x80, 0x80, 0x80, 0x80, 0x00).u32(),
    corruptAt(0, "number too large"),
  );
  assert.throws(() => over(0x80).u32(), corruptAt(1, "unexpected end"));
});

test("signed numbers", () => {
  assert.deepEqual([over(0x7f).s32(), over(0x3f).s32(), over(0xc0, 0x00).s32()], [-1, 63, 64]);
  assert.equal(over(0x80, 0x80, 0x80, 0x80, 0x78).s32(), -(2 ** 31));
});

test("names are ASCII or UTF-8, with and without all letters at hand", () => {
  const bytes = [3, 0x61, 0x62, 0x63, 2, 0xc3, 0xa9];
  for (const spell of [false, true]) {
    const cursor = over(...bytes);
    if (spell) cursor.spell();
    assert.deepEqual([cursor.name(), cursor.name(), cursor.done], ["abc", "é", true]);
  }
  assert.throws(() => over(1, 0xff).name(), corruptAt(1, "a name that is not UTF-8"));
  assert.throws(() => over(2, 0x61).name(), corruptAt(1, "unexpected end"));
});

test("a part ends where it ends", () => {
  const whole = over(1, 2, 3);
  const part = whole.part(2);
  assert.deepEqual([part.byte(), part.byte(), whole.byte()], [1, 2, 3]);
  assert.throws(() => part.byte(), corruptAt(2, "unexpected end"));
  assert.throws(() => over(1).finish(), corruptAt(0, "unexpected content at the end of a section"));
});

test("a huge count ends with the bytes", () => {
  assert.deepEqual(
    over(2, 7, 8).vector((cursor) => cursor.byte()),
    [7, 8],
  );
  assert.throws(
    () => over(0xff, 0xff, 0xff, 0xff, 0x0f, 1).vector((cursor) => cursor.byte()),
    Corrupt,
  );
});
