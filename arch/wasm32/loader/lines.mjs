// Lines of source: what a module's .debug_line says of its code (DWARF 2 to 5, 32 bits). Addresses
// are counted from the content of the code section. src/muslfall/wasm/lines.py does the same.

import { Corrupt, Cursor } from "./cursor.mjs";
import { utf8Decode } from "./text.mjs";

const NEVER = [0, 0xffffffff, 0xfffffffe]; // where wasm-ld leaves functions that it left out
const FORM = {
  BLOCK: 9,
  DATA1: 0x0b,
  DATA2: 5,
  DATA4: 6,
  DATA8: 7,
  DATA16: 0x1e,
  STRING: 8,
  UDATA: 0x0f,
  STRP: 0x0e,
  LINE_STRP: 0x1f,
};
const CONTENT = { PATH: 1, FOLDER: 2 };

const number = (cursor, size) => {
  let value = 0;
  for (let i = 0; i < size; i++) value += cursor.byte() * 2 ** (8 * i);
  return value;
};

function signed(cursor) {
  let value = 0;
  for (let unit = 1; ; unit *= 128) {
    const byte = cursor.byte();
    value += (byte & 127) * unit;
    if (byte < 128) return byte & 64 ? value - unit * 128 : value;
  }
}

function text(cursor) {
  const start = cursor.at;
  while (cursor.byte());
  return utf8Decode(cursor.bytes.subarray(start, cursor.at - 1));
}

/** The text at an offset of a section of texts. */
function textAt(section, offset) {
  return section && offset < section.end - section.at
    ? text(new Cursor(section.bytes, section.at + offset, section.end))
    : "";
}

/** The value of an attribute of a file or folder. */
function attribute(cursor, form, sections) {
  if (form === FORM.STRING) return text(cursor);
  if (form === FORM.LINE_STRP) return textAt(sections[".debug_line_str"], number(cursor, 4));
  if (form === FORM.STRP) return textAt(sections[".debug_str"], number(cursor, 4));
  if (form === FORM.UDATA) return cursor.u32();
  if (form === FORM.BLOCK) return void cursor.skip(cursor.u32());
  const sizes = {
    [FORM.DATA1]: 1,
    [FORM.DATA2]: 2,
    [FORM.DATA4]: 4,
    [FORM.DATA8]: 8,
    [FORM.DATA16]: 16,
  };
  if (!sizes[form]) cursor.fail("unknown form");
  return number(cursor, sizes[form]);
}

/** The folders or files of version 5: lists of { 1: path, 2: folder }. */
function entries(cursor, sections) {
  const format = Array.from({ length: cursor.byte() }, () => [cursor.u32(), cursor.u32()]);
  return Array.from({ length: cursor.u32() }, () =>
    Object.fromEntries(format.map(([kind, form]) => [kind, attribute(cursor, form, sections)])),
  );
}

/** The same of versions 2 to 4, whose first are number 1. */
function oldEntries(cursor, read) {
  const found = [{}];
  for (let path = text(cursor); path; path = text(cursor)) found.push(read(path));
  return found;
}

function readFiles(cursor, version, sections) {
  if (version >= 5) return { folders: entries(cursor, sections), files: entries(cursor, sections) };
  const folders = oldEntries(cursor, (path) => ({ [CONTENT.PATH]: path }));
  const files = oldEntries(cursor, (path) => {
    const folder = cursor.u32();
    cursor.u32(); // its time
    cursor.u32(); // its size
    return { [CONTENT.PATH]: path, [CONTENT.FOLDER]: folder };
  });
  return { folders, files };
}

/** A file's path as the compiler was given it: folder 0 is where it ran. */
function pathOf({ folders, files }, index) {
  const { [CONTENT.PATH]: path, [CONTENT.FOLDER]: folder } = files[index] || {};
  const above = folder ? (folders[folder] || {})[CONTENT.PATH] : "";
  return above && path && !path.startsWith("/") ? `${above}/${path}` : path;
}

/** The rows of one unit, in their order, until `take` says that it has seen enough. */
function runUnit(unit, sections, take) {
  const version = number(unit, 2);
  if (version < 2 || version > 5) return;
  if (version >= 5) unit.skip(2); // sizes of addresses and of segments
  const program = unit.part(number(unit, 4));
  const rest = unit;
  const least = program.byte();
  if (version >= 4) program.skip(1); // operations of an instruction
  program.skip(1); // whether a row begins a statement at first
  const base = (program.byte() << 24) >> 24;
  const range = program.byte();
  const first = program.byte();
  const lengths = Array.from({ length: first - 1 }, () => program.byte());
  const names = readFiles(program, version, sections);
  let state = { address: 0, file: 1, line: 1 };
  const row = (ends) => take({ ...state, ends }, names);
  while (!rest.done) {
    const code = rest.byte();
    if (code >= first) {
      state.address += least * Math.floor((code - first) / range);
      state.line += base + ((code - first) % range);
      row(false);
    } else if (code === 0) {
      const part = rest.part(rest.u32());
      const extended = part.byte();
      if (extended === 1) {
        row(true);
        state = { address: 0, file: 1, line: 1 };
      } else if (extended === 2) state.address = number(part, part.end - part.at);
    } else if (code === 1) row(false);
    else if (code === 2) state.address += least * rest.u32();
    else if (code === 3) state.line += signed(rest);
    else if (code === 4) state.file = rest.u32();
    else if (code === 8) state.address += least * Math.floor((255 - first) / range);
    else if (code === 9) state.address += number(rest, 2);
    else for (let i = 0; i < lengths[code - 1]; i++) rest.u32();
  }
}

/** The sections of a module that tell of lines, by name, and where its code begins. */
export function debugSections(bytes) {
  const found = { code: null };
  const cursor = new Cursor(bytes, 8, bytes.length);
  while (!cursor.done) {
    const id = cursor.byte();
    const part = cursor.part(cursor.u32());
    if (id === 10) found.code = part;
    else if (id === 0) found[part.name()] = part;
  }
  return found;
}

/** Where an address is in the source, { file, line }, or null. */
export function findLine(sections, address) {
  const whole = sections[".debug_line"];
  let found = null;
  if (!whole) return null;
  const cursor = new Cursor(whole.bytes, whole.at, whole.end);
  try {
    while (!cursor.done && !found) {
      let [begin, last] = [null, null];
      runUnit(cursor.part(number(cursor, 4)), sections, (row, names) => {
        if (begin === null) begin = row.address;
        const within = last && last.address <= address && address < row.address;
        if (within && !NEVER.includes(begin))
          found = found || { file: pathOf(names, last.file), line: last.line };
        if (row.ends) [begin, last] = [null, null];
        else if (row.line || !last) last = row; // line 0: of no line, so that before it counts
      });
    }
  } catch (error) {
    if (!(error instanceof Corrupt)) throw error;
  }
  return found && found.file && found.line ? found : null;
}
