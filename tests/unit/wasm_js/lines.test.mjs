import assert from "node:assert/strict";
import { test } from "node:test";
import { Cursor } from "../../../arch/wasm32/loader/cursor.mjs";
import { debugSections, findLine } from "../../../arch/wasm32/loader/lines.mjs";
import { mainGiving } from "../../kit/small_modules.mjs";

const text = (string) => [...Buffer.from(string), 0];
const u32 = (value) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255];
const over = (bytes) => new Cursor(Uint8Array.from(bytes), 0, bytes.length);

/** A unit of version 4 whose rows are at 0x10 (line 3), 0x12 (line 0), 0x14 (line 5), and end at 0x20. */
function unit(start = 0x10) {
  const files = [...text("src"), 0, ...text("a.c"), 1, 0, 0, 0];
  const header = [1, 1, 1, 0xfb, 14, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, ...files];
  const program = [
    0,
    5,
    2,
    ...u32(start),
    3,
    2,
    1, // set_address, line 3, copy
    2,
    2,
    3,
    0x7d,
    1,
    2,
    2,
    3,
    5,
    1, // line 0 two bytes on, line 5 two bytes on
    2,
    12,
    0,
    1,
    1, // the end
  ];
  const content = [4, 0, ...u32(header.length), ...header, ...program];
  return [...u32(content.length), ...content];
}

test("the line of an address is that of the last row before it", () => {
  const sections = { ".debug_line": over(unit()) };
  const found = [0x0f, 0x10, 0x11, 0x13, 0x14, 0x1f, 0x20].map(
    (address) => (findLine(sections, address) || {}).line,
  );
  assert.deepEqual(found, [undefined, 3, 3, 3, 5, 5, undefined]);
  assert.equal(findLine(sections, 0x10).file, "src/a.c");
});

test("functions that were left out, and what is no DWARF, have no lines", () => {
  assert.equal(findLine({ ".debug_line": over(unit(0)) }, 4), null);
  assert.equal(findLine({ ".debug_line": over([...unit(), 9, 9, 9]) }, 0x30), null);
  assert.equal(findLine({}, 4), null);
});

test("sections by their names, and the code", () => {
  const sections = debugSections(mainGiving(1));
  assert.ok(sections.code.end > sections.code.at && sections["dylink.0"]);
});
