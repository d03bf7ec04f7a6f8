import assert from "node:assert/strict";
import { test } from "node:test";
import { makeArena, PAGE } from "../../../../arch/wasm32/loader/allocate.mjs";
import { trapReason } from "../../../../arch/wasm32/loader/failures.mjs";
import { Blocks, Heap } from "../../../../arch/wasm32/loader/libc/memory.mjs";

function fresh(pages = 16) {
  const memory = new WebAssembly.Memory({ initial: pages });
  const heap = new Heap({ memory });
  return { memory, heap, blocks: new Blocks(heap, makeArena(memory)) };
}

test("strings end at a zero, at a limit, or in a trap", () => {
  const { heap } = fresh(1);
  heap.u8.set(Buffer.from("text"), 8);
  assert.equal(Buffer.from(heap.string(8)).toString(), "text");
  assert.equal(Buffer.from(heap.string(8, 2)).toString(), "te");
  heap.u8.fill(1, PAGE - 2);
  assert.throws(
    () => heap.string(PAGE - 2),
    (error) => trapReason(error) === "out of bounds memory access",
  );
});

test("views are those of the memory as it is now", () => {
  const { memory, heap } = fresh(1);
  assert.equal(heap.u8.length, PAGE);
  memory.grow(1);
  assert.equal(heap.u8.length, 2 * PAGE);
});

test("blocks are of powers of two, and given again", () => {
  const { blocks } = fresh();
  assert.deepEqual([0, 1, 16, 17, 4096].map(Blocks.exponent), [4, 4, 4, 5, 12]);
  const [a, b] = [blocks.get(20), blocks.get(20)];
  assert.equal(b - a, 32);
  blocks.give(a);
  blocks.give(a); // once is enough
  assert.deepEqual([blocks.get(32), blocks.get(32) !== a], [a, true]);
  assert.equal(blocks.get(2 ** 31 + 1), 0);
});

test("a block that grows keeps what is in it", () => {
  const { heap, blocks } = fresh();
  const at = blocks.get(16);
  heap.u8.set([1, 2, 3], at);
  assert.equal(blocks.resize(at, 10), at);
  const moved = blocks.resize(at, 1000);
  assert.notEqual(moved, at);
  assert.deepEqual([...heap.u8.subarray(moved, moved + 3)], [1, 2, 3]);
});
