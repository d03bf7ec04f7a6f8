// Open: a module's bytes, changed so that functions of its own are called by cells. A call names the
// function's index: so this gets another body, which calls the table entry that its cell names. Its
// own body is there for other modules, under a new index and its old names.

import { Cursor } from "./cursor.mjs";
import { KINDS } from "./module.mjs";
import { getParameters, leb, nameOf, vectorOf } from "./codegen.mjs";
import { FUNCTION_CELL, TABLE, tablesOf } from "./cells.mjs";

const GLOBAL = 6;
const EXPORT = 7;
const MAKERS = {
  2: addTable,
  3: openTypes,
  [GLOBAL]: addCells,
  [EXPORT]: openExports,
  10: openBodies,
};

/** The bytes of the module with the functions open that it exports as module.opened. */
export function openFunctions(module) {
  const indexes = module.opened.map((name) => module.exports.get(name).index);
  const hasGlobals = module.globals.some((global) => !global.import);
  const parts = [module.bytes.subarray(0, 8)];
  const cursor = new Cursor(module.bytes, 8, module.bytes.length);
  while (!cursor.done) {
    const start = cursor.at;
    const id = cursor.byte();
    const section = cursor.part(cursor.u32());
    if (id === EXPORT && !hasGlobals)
      parts.push(...sectionOf(GLOBAL, [vectorOf(indexes.map(() => CELL))]));
    if (MAKERS[id]) parts.push(...sectionOf(id, MAKERS[id](module, indexes, section)));
    else parts.push(module.bytes.subarray(start, cursor.at));
  }
  return joined(parts);
}

/** A section of these parts, arrays of bytes. */
function sectionOf(id, parts) {
  return [[id, ...leb(parts.reduce((sum, part) => sum + part.length, 0))], ...parts];
}

function joined(parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A vector that has more elements: `added` is what they are written as. */
function longer(section, count, added) {
  const total = section.u32() + count;
  return [leb(total), section.bytes.subarray(section.at, section.end), added];
}

/** Of the program's table in the module: what is to be imported has the next index. */
function tableIndex(module) {
  const tables = tablesOf(module);
  const index = tables.findIndex(({ name }) => name === TABLE);
  return index < 0 ? tables.length : index;
}

function addTable(module, _, section) {
  const missing = tableIndex(module) === tablesOf(module).length;
  const added = missing
    ? [...nameOf("env"), ...nameOf(TABLE), KINDS.indexOf("table"), 0x70, 0, 0]
    : [];
  return longer(section, missing ? 1 : 0, added);
}

const typeNumber = (module, index) => leb(module.types.indexOf(module.functions[index]));

function openTypes(module, indexes, section) {
  return longer(
    section,
    indexes.length,
    indexes.flatMap((index) => typeNumber(module, index)),
  );
}

const CELL = [0x7f, 1, 0x41, 0, 0x0b]; // i32, mutable, 0

function addCells(module, indexes, section) {
  return longer(
    section,
    indexes.length,
    indexes.flatMap(() => CELL),
  );
}

/** The same bytes, but for the elements of a vector that `replace(i, start, cursor)` has something
 *  else for; it reads the element. A libc's are too many to be written anew one by one. */
function changed(section, replace, added) {
  const { bytes } = section;
  const count = section.u32();
  const parts = [];
  let kept = section.at;
  for (let i = 0; i < count; i++) {
    const start = section.at;
    const instead = replace(i, start, section);
    if (!instead) continue;
    parts.push(bytes.subarray(kept, start), instead);
    kept = section.at;
  }
  parts.push(bytes.subarray(kept, section.end));
  return [leb(count + added.length), ...parts, ...added];
}

function openExports(module, indexes, section) {
  const cells = module.opened.map((name, i) => [
    ...nameOf(FUNCTION_CELL + name),
    KINDS.indexOf("global"),
    ...leb(module.globals.length + i),
  ]);
  return changed(
    section,
    (_, start, cursor) => {
      cursor.skip(cursor.u32());
      const isFunction = KINDS[cursor.byte()] === "function";
      const { at } = cursor;
      const moved = indexes.indexOf(cursor.u32());
      if (!isFunction || moved < 0) return null;
      return [...cursor.bytes.subarray(start, at), ...leb(module.functions.length + moved)];
    },
    cells,
  );
}

function openBodies(module, indexes, section) {
  const places = indexes.map((index) => index - module.importedFunctions.length);
  const moved = places.map(() => []);
  return changed(
    section,
    (i, start, cursor) => {
      cursor.skip(cursor.u32());
      const number = places.indexOf(i);
      if (number < 0) return null;
      moved[number] = cursor.bytes.subarray(start, cursor.at);
      return callByCell(module, indexes[number], module.globals.length + number);
    },
    moved,
  );
}

/** A body that calls the table entry which the cell names, with the same arguments. */
function callByCell(module, index, cell) {
  const parameters = getParameters(module.functions[index]);
  const call = [0x23, ...leb(cell), 0x11, ...typeNumber(module, index), ...leb(tableIndex(module))];
  const code = [0, ...parameters, ...call, 0x0b];
  return [...leb(code.length), ...code];
}
