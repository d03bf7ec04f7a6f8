// Small wasm modules for the tests of the loader's parts, written byte by byte.

import { leb } from "../../arch/wasm32/loader/codegen.mjs";

const CODES = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c };
const HEAD = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

export const nameBytes = (text) => [...leb(Buffer.byteLength(text)), ...Buffer.from(text)];
export const vector = (items) => [...leb(items.length), ...items.flat()];
export const section = (id, content) => [id, ...leb(content.length), ...content];
const typeBytes = ([params, results]) =>
  [0x60, vector(params.map((t) => [CODES[t]])), vector(results.map((t) => [CODES[t]]))].flat();

/** A dylink.0 section: sizes as [memory, its alignment, table, its alignment], names of needs. */
export function dylink0(sizes = [0, 0, 0, 0], needed = [], weak = []) {
  const parts = [section(1, sizes.flatMap(leb)), section(2, vector(needed.map(nameBytes)))];
  const infos = weak.map((name) => [...nameBytes("env"), ...nameBytes(name), 1]);
  if (weak.length) parts.push(section(4, vector(infos)));
  return section(0, [...nameBytes("dylink.0"), ...parts.flat()]);
}

/** A module: imports are [module, name, params, results] of functions; functions are { name,
 *  params, results, code }, exported, code without its end. dylink: as dylink0 makes it, or []. */
export function makeModule({ dylink = dylink0(), imports = [], functions = [], more = [] }) {
  const types = [
    ...imports.map(([, , params, results]) => [params, results]),
    ...functions.map(({ params = [], results = [] }) => [params, results]),
  ];
  const imported = imports.map(([from, name], i) => [
    ...nameBytes(from),
    ...nameBytes(name),
    0,
    ...leb(i),
  ]);
  const index = (i) => leb(imports.length + i);
  const bodies = functions.map(({ code }) => [...leb(code.length + 2), 0, ...code, 0x0b]);
  return Uint8Array.from([
    ...HEAD,
    ...dylink,
    ...section(1, vector(types.map(typeBytes))),
    ...section(2, vector(imported)),
    ...section(3, vector(functions.map((_, i) => index(i)))),
    ...more,
    ...section(7, vector(functions.map(({ name }, i) => [...nameBytes(name), 0, ...index(i)]))),
    ...section(10, vector(bodies)),
  ]);
}

/** A main module whose main gives a constant from 0 to 63. */
export const mainGiving = (status, rest = {}) =>
  makeModule({ functions: [{ name: "main", results: ["i32"], code: [0x41, status] }], ...rest });

/** A host that answers at once: files by path, and `said`, what was written, by descriptor. */
export function makeHost(files = {}) {
  const said = { 1: "", 2: "" };
  return {
    said,
    read: (path) => files[path] || null,
    write: (fd, bytes) => void (said[fd] += Buffer.from(bytes)),
    input: () => new Uint8Array(0),
    files: {
      read: (path) => files[path] || null,
      isDirectory: (path) => path === "folder",
      list: null,
    },
    now: () => 0,
    wasi: null,
  };
}
