// The program's memory as the small libc has it: its strings, and malloc.

import { unwindOutOfBounds } from "../failures.mjs";
import { PAGE } from "../allocate.mjs";

/** Memory as the small libc sees it; views are renewed when memory has grown. */
export class Heap {
  constructor(program) {
    this.program = program;
    this.bytes = new Uint8Array(0);
    this.view = null;
  }
  refresh() {
    const { buffer } = this.program.memory;
    if (this.bytes.buffer === buffer && this.view) return;
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
  }
  get u8() {
    this.refresh();
    return this.bytes;
  }
  get data() {
    this.refresh();
    return this.view;
  }
  /** Where the string at `at` ends, at the latest after `limit` bytes. */
  end(at, limit = Infinity) {
    const { u8 } = this;
    const last = Math.min(u8.length, (at >>>= 0) + limit);
    for (let i = at; i < last; i++) if (u8[i] === 0) return i;
    if (last === u8.length) unwindOutOfBounds();
    return last;
  }
  string(at, limit) {
    return this.u8.subarray(at >>> 0, this.end(at, limit));
  }
}

/** malloc: blocks of a power of two, one free list for each size. */
export class Blocks {
  constructor(heap, allocate) {
    this.heap = heap;
    this.allocate = allocate;
    this.sizes = new Map(); // address to the exponent of the block's size
    this.free = Array.from({ length: 32 }, () => []);
    this.from = 0;
    this.to = 0;
  }
  /** The exponent of the smallest block, at least 16 bytes, that holds `size`. */
  static exponent(size) {
    return Math.max(4, 32 - Math.clz32(Math.max(size, 1) - 1));
  }
  get(size) {
    if (size > 2 ** 31) return 0;
    const exponent = Blocks.exponent(size);
    const at = this.free[exponent].pop() || this.carve(2 ** exponent);
    if (at) this.sizes.set(at, exponent);
    return at;
  }
  carve(size) {
    if (this.to - this.from < size) {
      const fresh = this.allocate(Math.max(size, PAGE), 16);
      if (!fresh) return 0;
      if (fresh !== this.to) this.from = fresh;
      this.to = fresh + Math.max(size, PAGE);
    }
    this.from += size;
    return this.from - size;
  }
  give(at) {
    const exponent = this.sizes.get(at);
    if (exponent === undefined) return;
    this.sizes.delete(at);
    this.free[exponent].push(at);
  }
  resize(at, size) {
    if (!at) return this.get(size);
    const old = 2 ** (this.sizes.get(at) || 0);
    if (size <= old && size > old / 4) return at;
    const fresh = this.get(size);
    if (!fresh) return 0;
    this.heap.u8.copyWithin(fresh, at, at + Math.min(old, size));
    this.give(at);
    return fresh;
  }
}
