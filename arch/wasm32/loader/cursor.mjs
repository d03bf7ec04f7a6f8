// The cursor: reads numbers and names from a part of a module's bytes.

import { decodeSequence, latinText, sequenceLength } from "./text.mjs";

const NOT_ASCII = /[^\x00-\x7f]/; // oxlint-disable-line no-control-regex

export class Corrupt extends Error {
  constructor(at, reason) {
    super(reason);
    this.at = at;
  }
}

/** Bytes that a proposal has a meaning for, and this loader none. */
export class Unknown extends Corrupt {
  constructor(at, proposal) {
    super(at, `uses the proposal ${proposal}`);
    this.proposal = proposal;
  }
}

/** A position in a part of a module's bytes, from `at` to `end`. */
export class Cursor {
  constructor(bytes, at, end) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.letters = null;
  }
  fail(reason, at = this.at) {
    throw new Corrupt(at, reason);
  }
  /** Fail as `fail` does, but name the proposal that the code at `at` is of, if it is of one. */
  unknown(proposals, code, reason, at) {
    if (proposals[code]) throw new Unknown(at, proposals[code]);
    this.fail(`${reason} 0x${code.toString(16)}`, at);
  }
  get done() {
    return this.at === this.end;
  }
  byte() {
    if (this.at >= this.end) this.fail("unexpected end");
    return this.bytes[this.at++];
  }
  /** Skip a LEB128 number of at most `bits` bits. */
  skipNumber(bits) {
    const last = this.at + Math.ceil(bits / 7);
    while (this.byte() & 128) if (this.at === last) this.fail("number too long");
  }
  u32() {
    const start = this.at;
    let value = 0;
    if (start < this.end && this.bytes[start] < 128) return this.bytes[this.at++]; // most are small
    for (let unit = 1; unit <= 2 ** 28; unit *= 128) {
      const byte = this.byte();
      value += (byte & 127) * unit;
      if (byte < 128 && value <= 0xffffffff) return value;
    }
    return this.fail("number too large", start);
  }
  s32() {
    const start = this.at;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value |= (byte & 127) << shift;
      if (byte < 128) return shift < 28 ? (value << (25 - shift)) >> (25 - shift) : value;
    }
    return this.fail("number too large", start);
  }
  skip(size) {
    if (size > this.end - this.at) this.fail("unexpected end");
    this.at += size;
  }
  /** A cursor over the next `size` bytes, which this one skips. */
  part(size) {
    const start = this.at;
    this.skip(size);
    return new Cursor(this.bytes, start, this.at);
  }
  /** There are many names to come: have all that is left as text, from which they are cut. */
  spell() {
    this.letters = { start: this.at, text: latinText(this.bytes.subarray(this.at, this.end)) };
  }
  /** A name is at once what its bytes are if they are ASCII, as most are. */
  name() {
    const size = this.u32();
    const start = this.at;
    this.skip(size);
    const { letters } = this;
    const text = letters
      ? letters.text.slice(start - letters.start, this.at - letters.start)
      : latinText(this.bytes.subarray(start, this.at));
    return NOT_ASCII.test(text) ? this.wideText(start) : text;
  }
  wideText(start) {
    const parts = [];
    for (let at = start, size; at < this.at; at += size) {
      size = sequenceLength(this.bytes[at]);
      const c =
        size && at + size <= this.at
          ? decodeSequence(this.bytes.subarray(at, at + size), 0, size)
          : -1;
      if (c < 0) this.fail("a name that is not UTF-8", start);
      parts.push(String.fromCodePoint(c));
    }
    return parts.join("");
  }
  /** Read a vector; each element takes a byte at least, so a huge count ends soon. */
  vector(read) {
    const found = [];
    for (let count = this.u32(); count > 0; count--) found.push(read(this));
    return found;
  }
  finish() {
    if (!this.done) this.fail("unexpected content at the end of a section");
  }
}
