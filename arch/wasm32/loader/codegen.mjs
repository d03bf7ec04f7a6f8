// Generated modules: the wasm that the loader itself writes. A call between two wasm modules
// never goes through JavaScript, so trampolines and stubs are functions of small wasm modules.

import { utf8Encode } from "./text.mjs";
import { VALUE_TYPES } from "./types.mjs";

export function leb(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value & 127) | 128);
  return [...bytes, value];
}

export function signedLeb(value) {
  const bytes = [];
  for (; value < -64 || value > 63; value >>= 7) bytes.push((value & 127) | 128);
  return [...bytes, value & 127];
}

export const vectorOf = (items) => [...leb(items.length), ...items.flat()];
export const nameOf = (text) => vectorOf([...utf8Encode(text)].map((byte) => [byte]));
export const section = (id, content) => [id, ...leb(content.length), ...content];

function encodeType(type) {
  const list = (names) => vectorOf(names.map((name) => [VALUE_TYPES[name]]));
  return [0x60, ...list(type.params), ...list(type.results)];
}

export const getParameters = (type) => type.params.flatMap((_, i) => [0x20, ...leb(i)]);
export const UNREACHABLE = 0x00;

/** The bytes of a module that imports functions of the types `hosts` as "h"."0",
 *  "h"."1"…, if `table` also "h"."t", and exports `functions` ({type,
 *  code(type index) -> instructions}) as "0", "1"…. */
export function generateModule(hosts, table, functions) {
  const types = [...hosts, ...functions.map((f) => f.type)];
  const imports = hosts.map((_, i) => [...nameOf("h"), ...nameOf(String(i)), 0, ...leb(i)]);
  if (table) imports.push([...nameOf("h"), ...nameOf("t"), 1, 0x70, 0, 0]);
  const bodies = functions.map((f, i) => {
    const code = [0, ...f.code(hosts.length + i), 0x0b];
    return [...leb(code.length), ...code];
  });
  return Uint8Array.from([
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...section(1, vectorOf(types.map(encodeType))),
    ...section(2, vectorOf(imports)),
    ...section(3, vectorOf(functions.map((_, i) => leb(hosts.length + i)))),
    ...section(
      7,
      vectorOf(functions.map((_, i) => [...nameOf(String(i)), 0, ...leb(hosts.length + i)])),
    ),
    ...section(10, vectorOf(bodies)),
  ]);
}

export function* compileOne(bytes) {
  const [{ value, error }] = yield { compile: [bytes] };
  if (error) throw error;
  return value;
}

export function* generated(hosts, table, functions) {
  const imports = { h: {} };
  hosts.forEach((host, i) => (imports.h[i] = host.call));
  if (table) imports.h.t = table;
  const bytes = generateModule(
    hosts.map((h) => h.type),
    Boolean(table),
    functions,
  );
  const module = yield* compileOne(bytes);
  return (yield { instantiate: module, imports }).exports;
}

/** Wasm functions that call host functions: a table takes no others. */
export function* wrapHostFunctions(hosts) {
  const functions = hosts.map((host, i) => ({
    type: host.type,
    code: () => [...getParameters(host.type), 0x10, ...leb(i)],
  }));
  const exports = yield* generated(hosts, null, functions);
  return hosts.map((_, i) => exports[i]);
}

export const COUNTED = 512; // system calls, the numbers from 0 on: Linux has fewer

/** The bytes of a module between libc and kernel, to count system calls and to tell
 *  of them: it imports k.0 to k.6, exports 0 to 6 and a memory, counts, whose i32 at
 *  4n is how often call n was made. `traced`: it imports h.enter (number of
 *  arguments, call, six words) and h.leave (result). */
export function systemCallModule(traced) {
  const words = (n) => Array(n).fill("i32");
  const kinds = [0, 1, 2, 3, 4, 5, 6].map((n) => ({ params: words(n + 1), results: ["i32"] }));
  const hosts = traced ? { enter: words(8), leave: words(1) } : {};
  const types = [...kinds, ...Object.values(hosts).map((params) => ({ params, results: [] }))];
  const imports = [
    ...kinds.map((_, n) => ["k", String(n)]),
    ...Object.keys(hosts).map((name) => ["h", name]),
  ];
  const bodies = kinds.map((_, n) => {
    const code = [0, ...systemCallCode(n, traced), 0x0b];
    return [...leb(code.length), ...code];
  });
  return Uint8Array.from([
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...section(1, vectorOf(types.map(encodeType))),
    ...section(
      2,
      vectorOf(imports.map(([from, name], i) => [...nameOf(from), ...nameOf(name), 0, ...leb(i)])),
    ),
    ...section(3, vectorOf(kinds.map((_, n) => leb(n)))),
    ...section(5, vectorOf([[0, 1]])),
    ...section(
      7,
      vectorOf([
        ...kinds.map((_, n) => [...nameOf(String(n)), 0, ...leb(imports.length + n)]),
        [...nameOf("counts"), 2, 0],
      ]),
    ),
    ...section(10, vectorOf(bodies)),
  ]);
}

function systemCallCode(n, traced) {
  const words = Array.from({ length: n + 1 }, (_, i) => [0x20, i]).flat();
  const place = [0x20, 0, 0x41, ...signedLeb(COUNTED - 1), 0x71, 0x41, 2, 0x74]; // (call & 511) << 2
  const count = [...place, ...place, 0x28, 2, 0, 0x41, 1, 0x6a, 0x36, 2, 0]; // load, add 1, store
  const call = [...words, 0x10, n];
  if (!traced) return [...count, ...call];
  const padding = Array(6 - n)
    .fill([0x41, 0])
    .flat();
  const enter = [0x41, n, ...words, ...padding, 0x10, 7];
  return [...count, ...enter, ...call, 0x22, 0, 0x10, 8, 0x20, 0];
}

/** Unwind the program from a host function: by a trap, which no catch_all of the
 *  program can stop, as it could an exception of JavaScript. */
export function unwind() {
  const trap = { type: { params: [], results: [] }, code: () => [UNREACHABLE] };
  const module = new WebAssembly.Module(generateModule([], false, [trap]));
  new WebAssembly.Instance(module, {}).exports[0]();
}
