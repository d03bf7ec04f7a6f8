// A module: what a dynamic linker must know of it, read from its bytes.

import { baseName } from "./text.mjs";
import { Cursor } from "./cursor.mjs";
import {
  readFunctionType,
  readGlobalType,
  readLimits,
  readTableType,
  readValueType,
} from "./types.mjs";

export const KINDS = ["function", "table", "memory", "global", "tag"];

// What other codes mean where an import has its kind, and where a constant has an instruction.
const KIND_PROPOSALS = {
  0x20: "custom-descriptors",
  0x7e: "compact-imports",
  0x7f: "compact-imports",
};
const CONSTANT_PROPOSALS = { 0xfb: "gc" };

function readKind(cursor) {
  const code = cursor.byte();
  if (!KINDS[code]) cursor.unknown(KIND_PROPOSALS, code, "unknown kind", cursor.at - 1);
  return KINDS[code];
}

function readTypeIndex(cursor, module) {
  const type = module.types[cursor.u32()];
  if (!type) cursor.fail("no such type", cursor.at - 1);
  return type;
}

function readTag(cursor, module) {
  if (cursor.byte() !== 0) cursor.fail("unknown attribute of a tag", cursor.at - 1);
  return readTypeIndex(cursor, module);
}

function readImport(cursor, module) {
  const found = { module: cursor.name(), name: cursor.name(), kind: readKind(cursor) };
  if (found.kind === "function")
    module.functions.push((found.type = readTypeIndex(cursor, module)));
  else if (found.kind === "table") module.tables.push(readTableType(cursor));
  else if (found.kind === "memory") module.memories.push(readLimits(cursor));
  else if (found.kind === "global") module.globals.push((found.global = readGlobalType(cursor)));
  else module.tags.push((found.type = readTag(cursor, module)));
  if (found.kind === "function") module.importedFunctions.push(found);
  if (found.kind === "global") found.global.import = found;
  return found;
}

/** A constant expression: { base: global or null, offset } if it is i32.const,
 *  global.get or the sum of both; { function } for ref.func; else {}. */
function readConstant(cursor, module) {
  const stack = [];
  for (;;) {
    const at = cursor.at;
    const code = cursor.byte();
    if (code === 0x0b) break;
    else if (code === 0x41) stack.push({ base: null, offset: cursor.s32() });
    else if (code === 0x23) stack.push({ base: readGlobalIndex(cursor, module), offset: 0 });
    else if (code === 0x6a) stack.push(addConstants(stack.pop(), stack.pop()));
    else if (code === 0xd2) stack.push({ function: cursor.u32() });
    else stack.push(skipConstant(cursor, code, at));
  }
  return stack.length === 1 ? stack[0] : {};
}

function readGlobalIndex(cursor, module) {
  const global = module.globals[cursor.u32()];
  if (!global) cursor.fail("no such global", cursor.at - 1);
  return global;
}

function addConstants(a, b) {
  if (!a || !b || a.offset === undefined || b.offset === undefined || (a.base && b.base)) return {};
  return { base: a.base || b.base, offset: (a.offset + b.offset) | 0 };
}

/** Skip an instruction whose value does not matter here. */
function skipConstant(cursor, code, at) {
  if (code === 0x42)
    cursor.skipNumber(64); // i64.const
  else if (code === 0x43)
    cursor.skip(4); // f32.const
  else if (code === 0x44)
    cursor.skip(8); // f64.const
  else if (code === 0xd0)
    cursor.skipNumber(33); // ref.null
  else if (code === 0xfd)
    cursor.skip(17); // v128.const
  else if (![0x6b, 0x6c, 0x7c, 0x7d, 0x7e].includes(code)) {
    cursor.unknown(CONSTANT_PROPOSALS, code, "unknown constant expression", at);
  }
  return {};
}

function readExports(cursor, module) {
  cursor.spell();
  for (let count = cursor.u32(); count > 0; count--) {
    const name = cursor.name();
    module.exports.set(name, { name, kind: readKind(cursor), index: cursor.u32() });
  }
}

function readFunctions(cursor, module) {
  const { types, functions } = module;
  for (let count = cursor.u32(); count > 0; count--) {
    const type = types[cursor.u32()];
    if (!type) cursor.fail("no such type", cursor.at - 1);
    functions.push(type);
  }
}

/** An element segment; what is active in table 0 goes to module.segments. */
function readSegment(cursor, module) {
  const flags = cursor.u32();
  if (flags > 7) cursor.fail("unknown element segment", cursor.at - 1);
  const passive = flags & 1;
  const table = !passive && flags & 2 ? cursor.u32() : 0;
  const offset = passive ? {} : readConstant(cursor, module);
  const expressions = flags & 4;
  if (flags & 3 && expressions) readValueType(cursor);
  else if (flags & 3) cursor.byte();
  const functions = cursor.vector(() =>
    expressions ? readConstant(cursor, module).function : cursor.u32(),
  );
  if (!passive && table === 0) module.segments.push({ offset, functions });
}

/** dylink.0: subsections of which 1 is sizes, 2 needs, 4 import info; 3, export info, and
 *  5, where to look for needs, change nothing. */
function readDylink0(cursor) {
  const dylink = {
    memorySize: 0,
    memoryAlign: 0,
    tableSize: 0,
    tableAlign: 0,
    needed: [],
    weak: new Set(),
  };
  while (!cursor.done) {
    const kind = cursor.byte();
    const part = cursor.part(cursor.u32());
    if (kind === 1) readSizes(part, dylink);
    else if (kind === 2) dylink.needed = part.vector((c) => c.name());
    else if (kind === 3) part.vector((c) => [c.name(), c.u32()]);
    else if (kind === 4) readImportInfos(part, dylink);
    else if (kind === 5) part.vector((c) => c.name());
    else part.at = part.end;
    part.finish();
  }
  return dylink;
}

function readSizes(cursor, dylink) {
  for (const key of ["memorySize", "memoryAlign", "tableSize", "tableAlign"])
    dylink[key] = cursor.u32();
  if (dylink.memoryAlign > 31 || dylink.tableAlign > 31) cursor.fail("alignment too large");
}

const BINDING_WEAK = 1; // tool-conventions' Linking.md: WASM_SYMBOL_BINDING_WEAK, mask 3

function readImportInfos(cursor, dylink) {
  dylink.weak.clear();
  cursor.vector(() => {
    const key = cursor.name() + "\0" + cursor.name();
    if ((cursor.u32() & 3) === BINDING_WEAK) dylink.weak.add(key);
  });
}

/** The section that LLVM 13 writes. */
function readOldDylink(cursor) {
  const dylink = { needed: [], weak: new Set() };
  readSizes(cursor, dylink);
  dylink.needed = cursor.vector((c) => c.name());
  return dylink;
}

function readCustom(cursor, module, first) {
  const name = cursor.name();
  if (name === "dynamic-list" && !module.dynamicList) {
    module.dynamicList = cursor.vector((c) => c.name());
    cursor.finish();
  }
  if (name !== "dylink.0" && name !== "dylink") return;
  if (!first) {
    module.lateDylink = name;
    return;
  }
  module.dylink = name === "dylink" ? readOldDylink(cursor) : readDylink0(cursor);
  cursor.finish();
}

const SECTIONS = {
  1: (c, m) => (m.types = c.vector(readFunctionType)),
  2: (c, m) => (m.imports = c.vector((c) => readImport(c, m))),
  3: readFunctions,
  4: (c, m) => c.vector((c) => readTable(c, m)),
  5: (c, m) => (m.ownMemories = c.vector((c) => m.memories.push(readLimits(c))).length),
  6: (c, m) => c.vector((c) => m.globals.push({ ...readGlobalType(c), value: readConstant(c, m) })),
  7: readExports,
  9: (c, m) => c.vector((c) => readSegment(c, m)),
  13: (c, m) => c.vector((c) => m.tags.push(readTag(c, m))),
};

/** A table of its own; 0x40 0x00 begins one with an initial value. */
function readTable(cursor, module) {
  const initialised = cursor.bytes[cursor.at] === 0x40;
  if (initialised) cursor.skip(2);
  module.tables.push(readTableType(cursor));
  if (initialised) readConstant(cursor, module);
}

/** Parse what a dynamic linker must know of a module. Throws Corrupt. */
export function parseModule(path, bytes) {
  const module = {
    path,
    name: baseName(path),
    bytes,
    dylink: null,
    lateDylink: null,
    types: [],
    imports: [],
    importedFunctions: [],
    functions: [],
    tables: [],
    memories: [],
    ownMemories: 0,
    globals: [],
    tags: [],
    exports: new Map(),
    segments: [],
    bindings: [],
    dynamicList: null,
    cells: [],
    opened: [],
    order: -1,
    compiled: null,
  };
  const cursor = new Cursor(bytes, 8, bytes.length);
  for (let first = true; !cursor.done; first = false) {
    const id = cursor.byte();
    if (id > 13) cursor.fail("unknown section " + id, cursor.at - 1);
    const section = cursor.part(cursor.u32());
    if (id === 0) readCustom(section, module, first);
    else if (SECTIONS[id]) {
      SECTIONS[id](section, module);
      section.finish();
    }
  }
  checkExports(cursor, module);
  return module;
}

/** The types of all functions, tables, … of a module. */
export function spaceOf(module, kind) {
  return {
    function: module.functions,
    table: module.tables,
    memory: module.memories,
    global: module.globals,
    tag: module.tags,
  }[kind];
}

function checkExports(cursor, module) {
  const spaces = Object.fromEntries(KINDS.map((kind) => [kind, spaceOf(module, kind).length]));
  for (const { name, kind, index } of module.exports.values()) {
    if (index >= spaces[kind]) cursor.fail(`export ${name} of no such ${kind}`);
  }
}

const MAGIC = [0, 0x61, 0x73, 0x6d];
const beginsWith = (bytes, head) => head.every((byte, i) => bytes[i] === byte);

export const isWasm = (bytes) => beginsWith(bytes, [...MAGIC, 1, 0, 0, 0]);
export const isComponent = (bytes) => beginsWith(bytes, MAGIC) && bytes[6] === 1; // its layer

export function hasFunction(module, name) {
  const found = module.exports.get(name);
  return found !== undefined && found.kind === "function";
}

export const exportedType = (module, name) => module.functions[module.exports.get(name).index];
