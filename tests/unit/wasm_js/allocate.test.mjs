import assert from "node:assert/strict";
import { test } from "node:test";
import {
  alignUp,
  allocateAll,
  makeArena,
  makeMemory,
  PAGE,
  useKernel,
} from "../../../arch/wasm32/loader/allocate.mjs";
import { LoadError } from "../../../arch/wasm32/loader/failures.mjs";
import { makeUnits } from "../../../arch/wasm32/loader/units.mjs";

const moduleOf = (order, dylink, segments = []) => ({
  order,
  name: `m${order}`,
  segments,
  dylink: { memorySize: 0, memoryAlign: 0, tableSize: 0, tableAlign: 0, ...dylink },
});

function allocated(modules, entries = []) {
  const plan = { kernel: null, order: modules, modules, entries: new Map(entries) };
  const program = { plan, units: makeUnits(plan), places: new Map() };
  makeMemory(program);
  allocateAll(program);
  return program;
}

test("memory lies above the stack, aligned, in load order", () => {
  const modules = [moduleOf(0, { memorySize: 5 }), moduleOf(1, { memorySize: 8, memoryAlign: 4 })];
  const {
    units: [, a, b],
  } = allocated(modules);
  assert.deepEqual([a.memoryBase, b.memoryBase], [1 << 20, (1 << 20) + 16]);
  assert.equal(alignUp(17, 16), 32);
});

test("the arena grows the memory, and is full at its end", () => {
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 18 });
  const allocate = makeArena(memory);
  assert.equal(allocate(2 * PAGE, 1), 1 << 20);
  assert.equal(memory.buffer.byteLength, 18 * PAGE);
  assert.equal(allocate(1, 1), 0);
});

test("table entries: a module's own, then those of functions that have none", () => {
  const segment = {
    offset: { base: { import: { name: "__table_base" } }, offset: 0 },
    functions: [7, 8],
  };
  const module = moduleOf(0, { tableSize: 2 }, [segment]);
  const [own, other] = [{ target: { module, index: 8 } }, { target: { module, index: 9 } }];
  const program = allocated(
    [module],
    [
      ["own", own],
      ["other", other],
    ],
  );
  assert.deepEqual([program.places.get(own), program.places.get(other)], [2, 3]);
  assert.deepEqual([program.table.length, program.added], [4, [other]]);
});

test("what cannot be had is said", () => {
  assert.throws(
    () => allocated([moduleOf(0, { memorySize: 2 ** 32 - 1 })]),
    /m0: wants 4294967295 bytes of memory/,
  );
  assert.throws(() => allocated([moduleOf(0, { tableSize: 10000001 })]), LoadError);
});

test("a kernel's memory is the program's, and addresses have no sign", () => {
  const program = {};
  const exports = {
    memory: 1,
    __indirect_function_table: 2,
    __stack_pointer: 3,
    __kernel_alloc: () => -16,
  };
  useKernel(program, { exports });
  assert.deepEqual([program.memory, program.table, program.stackPointer], [1, 2, 3]);
  assert.equal(program.allocate(1, 1), 2 ** 32 - 16);
});
