import assert from "node:assert/strict";
import { test } from "node:test";
import {
  baseName,
  beside,
  decodeSequence,
  fromLatin,
  latinText,
  sequenceLength,
  utf8Decode,
  utf8DecodePart,
  utf8Encode,
} from "../../../arch/wasm32/loader/text.mjs";

const TEXTS = ["", "plain", "\0", "é", "€uro", "\u{10ffff}", "a\u{1f600}b"];

test("UTF-8 is what node has it to be, both ways", () => {
  for (const text of TEXTS) {
    assert.deepEqual(Buffer.from(utf8Encode(text)), Buffer.from(text));
    assert.equal(utf8Decode(Buffer.from(text)), text);
  }
});

test("bad bytes are U+FFFD, each", () => {
  const bad = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]];
  for (const bytes of bad)
    assert.equal(utf8Decode(Uint8Array.from(bytes)), "\ufffd".repeat(bytes.length));
});

test("an unfinished sequence is left for later", () => {
  assert.deepEqual(utf8DecodePart(Uint8Array.of(0x61, 0xe2, 0x82)), { text: "a", used: 1 });
  assert.equal(utf8Decode(Uint8Array.of(0x61, 0xe2, 0x82)), "a\ufffd");
});

test("a first byte promises a length", () => {
  assert.deepEqual(
    [0x41, 0x80, 0xc1, 0xc2, 0xe0, 0xf4, 0xf5].map(sequenceLength),
    [1, 0, 0, 2, 3, 4, 0],
  );
  assert.equal(decodeSequence([0xe2, 0x82, 0xac], 0, 3), 0x20ac);
  assert.equal(decodeSequence([0xe0, 0x80, 0x80], 0, 3), -1);
});

test("one character for each byte, of any number of bytes", () => {
  const bytes = Uint8Array.from({ length: 20000 }, (_, i) => i & 255);
  assert.equal(latinText(bytes), Buffer.from(bytes).toString("latin1"));
  assert.deepEqual(fromLatin(latinText(bytes)), bytes);
});

test("names of files", () => {
  assert.deepEqual(["a/b/c.wasm", "c.wasm", "/c.wasm"].map(baseName), [
    "c.wasm",
    "c.wasm",
    "c.wasm",
  ]);
  assert.deepEqual(
    [beside("a/b.wasm", "k"), beside("b.wasm", "k"), beside("/b", "k")],
    ["a/k", "k", "/k"],
  );
});
