// Where a program was: the lines of a stack, a frame each; src/muslfall/loader/stack.py does the same.
// V8 tells of its frames by objects (its API of stack traces); other engines do not, and there is
// then no stack.

import { beside } from "./text.mjs";
import { Corrupt, Cursor } from "./cursor.mjs";
import { hasFunction, isWasm } from "./module.mjs";
import { openFunctions } from "./open.mjs";
import { readOptional } from "./read.mjs";
import { unitOf } from "./units.mjs";
import { debugSections, findLine } from "./lines.mjs";

// Frames that are shown: of more than MOST, the innermost FIRST and the outermost LAST.
const MOST = 19;
const FIRST = 12;
const LAST = 4;

/** Do something while errors keep all of their frames, or, with `limit` 0, none. */
export function withFrames(action, limit = Infinity) {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = limit;
  try {
    return action();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** V8's own objects for the frames of an error, the innermost first. */
function sitesOf(error) {
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = (_, sites) => sites;
  try {
    return Array.isArray(error.stack) ? error.stack : [];
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
}

/** The frames of the program's modules: [{ module, index, offset }…]. */
export function framesOf(program, error) {
  const { plan } = program;
  const modules = plan ? [...plan.modules, ...(plan.kernel ? [plan.kernel] : [])] : [];
  const instanceOf = (module) => (unitOf(program, module) || { instance: null }).instance;
  const owners = new Map(modules.map((module) => [instanceOf(module), module]));
  const own = [program.thunkExports, program.systemCalls]; // of the loader's modules
  const found = sitesOf(error).map((site) => {
    const instance = site.getThis();
    if (!(instance instanceof WebAssembly.Instance) || own.includes(instance.exports)) return null;
    const owner = owners.get(instance) || program.starting;
    return owner && frameOf(owner, site.getFunction(), site.getPosition());
  });
  return found.filter(Boolean);
}

/** A frame in terms of the module as it was read, which may have been opened since. */
function frameOf(module, index, offset) {
  if (!module.opened || !module.opened.length) return { module, index, offset };
  const opened = openFunctions(module);
  const originals = module.opened.map((name) => module.exports.get(name).index);
  if (originals.includes(index)) return null; // it only calls another, by its cell
  const original =
    index < module.functions.length ? index : originals[index - module.functions.length];
  const shift = bodyStart(module.bytes, module, original) - bodyStart(opened, module, index);
  return { module, index: original, offset: offset + shift };
}

/** Where the body of a function begins in a module's bytes, behind its size. */
function bodyStart(bytes, module, index) {
  const cursor = debugSections(bytes).code;
  cursor.u32();
  for (let i = module.importedFunctions.length; i < index; i++) cursor.skip(cursor.u32());
  cursor.u32();
  return cursor.at;
}

/** The names of functions that a module's section name has. */
function readFunctionNames(section) {
  const names = new Map();
  if (!section) return names;
  const cursor = new Cursor(section.bytes, section.at, section.end);
  try {
    while (!cursor.done) {
      const kind = cursor.byte();
      const part = cursor.part(cursor.u32());
      if (kind === 1) part.vector((c) => names.set(c.u32(), c.name()));
    }
  } catch (error) {
    if (!(error instanceof Corrupt)) throw error;
  }
  return names;
}

/** A function's name: the section's, else an export's, else its index. */
function functionName({ names }, module, index) {
  if (names.get(index)) return names.get(index);
  const exported = [...module.exports.values()].filter(
    (e) => e.kind === "function" && e.index === index,
  );
  const all = exported.map(({ name }) => name);
  return [...all.filter((name) => !name.startsWith("_")), ...all, `function[${index}]`][0];
}

/** A::b of a mangled name that is made of plain parts alone; else the name. */
export function demangled(name) {
  if (!/^_ZN?\d/.test(name)) return name;
  const nested = name.startsWith("_ZN");
  const parts = [];
  let rest = name.slice(nested ? 3 : 2);
  for (let found; (found = /^\d+/.exec(rest));) {
    const size = Number(found[0]);
    const part = rest.slice(found[0].length, found[0].length + size);
    if (part.length < size) return name;
    parts.push(part);
    rest = rest.slice(found[0].length + size);
    if (!nested) return part;
  }
  if (!rest.startsWith("E")) return name;
  if (parts.length > 1 && /^h[0-9a-f]{16}$/.test(parts[parts.length - 1])) parts.pop(); // Rust's hash
  return parts.join("::");
}

const sameBytes = (a, b) =>
  Boolean(a && b) &&
  a.end - a.at === b.end - b.at &&
  a.bytes.subarray(a.at, a.end).every((byte, i) => byte === b.bytes[b.at + i]);

/** What a module says for a stack, or what its unstripped twin does, which has the same code. */
function* readTold(module, folders) {
  const own = told(module.bytes);
  const found = own.sections[".debug_line"] ? null : yield* readTwin(module, own.sections, folders);
  return found || own;
}

function told(bytes) {
  const sections = debugSections(bytes);
  return { sections, names: readFunctionNames(sections.name) };
}

function* readTwin({ path, name }, sections, folders) {
  const id = buildId(sections.build_id);
  const names = [`${name}.debug`, ...(id ? [`${id}.debug`] : [])];
  const places = folders.flatMap((folder) =>
    names.map((one) => `${folder.replace(/\/*$/, "")}/${one}`),
  );
  for (const place of [beside(path, names[0]), ...places]) {
    const bytes = yield* readOptional(place);
    try {
      if (!bytes || !isWasm(bytes)) continue;
      const twin = told(bytes);
      if (sameBytes(twin.sections.code, sections.code)) return twin;
    } catch (error) {
      if (!(error instanceof Corrupt)) throw error;
    }
  }
  return null;
}

/** What wasm-ld --build-id writes, in hexadecimal. */
function buildId(section) {
  if (!section) return null;
  const bytes = section.bytes.subarray(section.at + 1, section.end);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function describe(says, { module, index, offset }) {
  const own = debugSections(module.bytes).code;
  const line = findLine(says.sections, offset - own.at);
  return {
    function: demangled(functionName(says, module, index)),
    module: module.name,
    offset,
    ...line,
  };
}

function lineOf(frame) {
  const line = frame.file ? ` ${frame.file}:${frame.line}` : "";
  return `  at ${frame.function} (${frame.module}+0x${frame.offset.toString(16)})${line}`;
}

/** What would make the stack tell more of the program itself. */
function hintFor(frames, says) {
  const isSystem = (module) =>
    hasFunction(module, "__init_libc") || hasFunction(module, "__kernel_start");
  const frame = frames.find(
    ({ module }) => !isSystem(module) && !says.get(module).sections[".debug_line"],
  );
  if (!frame) return [];
  const { name } = frame.module;
  if (says.get(frame.module).sections.name)
    return [`hint: compile ${name} with -g to see lines of source`];
  return [
    `hint: ${name} is stripped; its unstripped twin tells more: ${name}.debug beside it, or --debug=FOLDER`,
  ];
}

/** Whether abort is among the frames. */
export function isAborted(frames) {
  return innermost(frames, "abort") >= 0;
}

const innermost = (frames, name) =>
  frames.findIndex(({ module, index }) => functionName(told(module.bytes), module, index) === name);

/** What there is to tell of frames: { texts: lines, frames: for --stats, left_out: how many }.
 *  from: a function; those that it calls are not told of. */
export function* tellStack(all, folders, from) {
  const frames = from ? all.slice(innermost(all, from)) : all;
  const shown = frames.length > MOST ? [...frames.slice(0, FIRST), ...frames.slice(-LAST)] : frames;
  const says = new Map();
  for (const { module } of shown) {
    if (!says.has(module)) says.set(module, yield* readTold(module, folders));
  }
  const described = shown.map((frame) => describe(says.get(frame.module), frame));
  const texts = described.map(lineOf);
  const leftOut = frames.length - shown.length;
  if (leftOut) texts.splice(FIRST, 0, `  … ${leftOut} more`);
  return { texts: [...texts, ...hintFor(shown, says)], frames: described, left_out: leftOut };
}
