// Cells: what a module defines and an earlier one has, too, is the earlier one's for both. A cell is
// a mutable global that the module exports, with the address of a datum or the table index of a
// function in it; functions get theirs when they are opened (open.mjs).

import { sameType } from "./types.mjs";
import { hasFunction } from "./module.mjs";
import { LOADER_CALLS, MAIN_NAMES } from "./check.mjs";
import { datumOf, definition, findDatum, findFunction } from "./symbols.mjs";
import { functionEntry } from "./entries.mjs";
import { unitOf } from "./units.mjs";

export const TABLE = "__indirect_function_table";
export const DATA_CELL = "GOT.mem.";
export const FUNCTION_CELL = "GOT.func.";

// What every module has for itself.
const OWN = [...Object.keys(LOADER_CALLS), ...MAIN_NAMES, "_start", "_initialize", "__init_libc"];

/** Find the cells of the resolver's module: module.cells of { name, address(program) }, and
 *  module.opened, the names of the functions that are to be opened. */
export function resolveCells(resolver) {
  const { plan, module } = resolver;
  if (module === plan.modules[0]) return;
  for (const name of module.dynamicList || []) {
    const cell = module.exports.get(DATA_CELL + name);
    const global = cell && cell.kind === "global" && module.globals[cell.index];
    const found = global && global.mutable && global.type === "i32" && findDatum(plan, name);
    if (found && isEarlier(plan, found.module, module)) {
      module.cells.push({ name: DATA_CELL + name, address: found.address });
    }
  }
  for (const [index, name] of replacedFunctions(plan, module))
    resolveFunction(resolver, index, name);
}

const isEarlier = (plan, a, b) => plan.modules.indexOf(a) < plan.modules.indexOf(b);

/** [index, name] of the functions that the module defines, and an earlier one exports under each of
 *  the names by which this one calls them. What it imports, too, it calls by the import. */
function replacedFunctions(plan, module) {
  if (!module.imports.length || module.tables.length > tablesOf(module).length) return [];
  const imported = new Set([...OWN, ...module.importedFunctions.map(({ name }) => name)]);
  const first = new Map();
  const shadowed = new Set();
  for (const name of module.dynamicList || module.exports.keys()) {
    if (imported.has(name) || !hasFunction(module, name)) continue;
    if (findFunction(plan, name).module === module) continue;
    const { index } = module.exports.get(name);
    if (!first.has(index)) first.set(index, name);
    shadowed.add(name);
  }
  if (!first.size) return [];
  for (const { name, kind, index } of module.exports.values()) {
    if (kind === "function" && !shadowed.has(name) && !imported.has(name)) first.delete(index);
  }
  return [...first].filter(([index]) => index >= module.importedFunctions.length);
}

export const tablesOf = (module) => module.imports.filter(({ kind }) => kind === "table");

function resolveFunction(resolver, index, name) {
  const { plan, module } = resolver;
  const found = findFunction(plan, name);
  const target = definition(plan, found);
  if (!target || target.module.importedFunctions[target.index]) return;
  if (target.module === module && target.index === index) return;
  const type = module.functions[index];
  if (!sameType(type, target.type))
    return resolver.mismatch({ name, type }, { ...found, type: target.type }, "defines");
  const entry = functionEntry(plan, found);
  module.opened.push(name);
  if (!tablesOf(module).some((table) => table.name === TABLE)) {
    // wasm-ld leaves out what has no use
    resolver.bind({ module: "env", name: TABLE }, (program) => program.table);
  }
  module.cells.push({
    name: FUNCTION_CELL + name,
    address: (program) => program.places.get(entry),
  });
}

/** Write the cells of a module that is instantiated and relocated. */
export function writeCells(program, module) {
  const { exports } = unitOf(program, module).instance;
  for (const { name, address } of module.cells) exports[name].value = address(program);
}

/** Say to a module whose malloc is another's that it is: musl's __malloc_replaced, and its like. */
export function writeMarks(program, module) {
  for (const name of module.opened) {
    const address = datumOf(module, `__${name}_replaced`);
    if (address) new DataView(program.memory.buffer).setInt32(address(program) >>> 0, 1, true);
  }
}
