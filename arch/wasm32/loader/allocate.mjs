// Phase 3, allocate: memory and table entries for each module, and for functions with an address.

import { reportProblems } from "./failures.mjs";
import { unitOf } from "./units.mjs";

export const PAGE = 65536; // bytes: wasm's unit of memory
const STACK = 1 << 20; // bytes, when there is no kernel
const TABLE_LIMIT = 10000000; // entries; V8's own limit

export function alignUp(value, alignment) {
  return Math.ceil(value / alignment) * alignment;
}

/** Memory without a kernel: a bump allocator above the stack. Gives 0 when it is full. */
export function makeArena(memory) {
  let end = STACK;
  return function allocate(size, alignment) {
    const base = alignUp(end, alignment);
    const pages = Math.ceil((base + size) / PAGE) - memory.buffer.byteLength / PAGE;
    try {
      if (pages > 0) memory.grow(pages);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return 0;
    }
    end = base + size;
    return base;
  };
}

/** Memory, table and stack of a program without a kernel. */
export function makeMemory(program) {
  program.memory = new WebAssembly.Memory({ initial: STACK / PAGE });
  program.table = new WebAssembly.Table({ initial: 1, element: "anyfunc" });
  program.stackPointer = new WebAssembly.Global({ value: "i32", mutable: true }, STACK);
  program.allocate = makeArena(program.memory);
}

/** Memory, table and stack of a program are its kernel's. */
export function useKernel(program, { exports }) {
  program.memory = exports.memory;
  program.table = exports.__indirect_function_table;
  program.stackPointer = exports.__stack_pointer;
  program.allocate = (size, alignment) => exports.__kernel_alloc(size, alignment) >>> 0;
}

function growTable(program, count) {
  if (program.table.length + count > TABLE_LIMIT) return false;
  try {
    program.table.grow(count);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return false;
  }
  return true;
}

function allocateModule(program, module) {
  const { memorySize, memoryAlign, tableSize, tableAlign } = module.dylink;
  const unit = unitOf(program, module);
  if (memorySize) {
    unit.memoryBase = program.allocate(memorySize, 2 ** memoryAlign);
    if (!unit.memoryBase) {
      reportProblems([`${module.name}: wants ${memorySize} bytes of memory, which cannot be had`]);
    }
  }
  unit.tableBase = alignUp(Math.max(1, program.table.length), 2 ** tableAlign);
  if (!growTable(program, unit.tableBase + tableSize - program.table.length)) {
    reportProblems([`${module.name}: wants ${tableSize} table entries, which cannot be had`]);
  }
  findSlots(module, unit);
}

/** Where the module's own element segments put its functions. */
function findSlots(module, unit) {
  for (const { offset, functions } of module.segments) {
    const based = offset.base && offset.base.import && offset.base.import.name === "__table_base";
    if (offset.offset === undefined || (offset.base && !based)) continue;
    const start = offset.offset + (based ? unit.tableBase : 0);
    functions.forEach((index, i) => {
      if (!unit.slots.has(index)) unit.slots.set(index, start + i);
    });
  }
}

/** Give every function whose address somebody wants its table index. */
function placeEntries(program) {
  const { plan, places } = program;
  const added = [];
  for (const entry of plan.entries.values()) {
    const own = entry.target && entry.target.module;
    const slot = own ? unitOf(program, own).slots.get(entry.target.index) : undefined;
    if (slot !== undefined) places.set(entry, slot);
    else added.push(entry);
  }
  const first = Math.max(1, program.table.length);
  if (added.length && !growTable(program, first + added.length - program.table.length)) {
    reportProblems([
      `${plan.modules[0].name}: wants ${added.length} table entries, which cannot be had`,
    ]);
  }
  added.forEach((entry, i) => places.set(entry, first + i));
  program.added = added;
}

export function allocateAll(program) {
  const { kernel, order } = program.plan;
  if (kernel) findSlots(kernel, unitOf(program, kernel));
  for (const module of order) allocateModule(program, module);
  placeEntries(program);
}
