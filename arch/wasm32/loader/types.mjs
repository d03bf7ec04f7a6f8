// The types of wasm: how they are read, and how they are written as text.

export const VALUE_TYPES = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
  funcref: 0x70,
  externref: 0x6f,
  exnref: 0x69,
};

// What other codes mean, by the proposals: of a value's type, and of a type's form.
const VALUE_PROPOSALS = {
  0x63: "gc",
  0x64: "gc",
  0x65: "shared-everything-threads",
  0x67: "stringref",
  0x68: "stack-switching",
  0x6a: "gc",
  0x6b: "gc",
  0x6c: "gc",
  0x6d: "gc",
  0x6e: "gc",
  0x71: "gc",
  0x72: "gc",
  0x73: "gc",
  0x74: "gc",
  0x75: "stack-switching",
};
const FORM_PROPOSALS = {
  0x4c: "custom-descriptors",
  0x4d: "custom-descriptors",
  0x4e: "gc",
  0x4f: "gc",
  0x50: "gc",
  0x5d: "stack-switching",
  0x5e: "gc",
  0x5f: "gc",
  0x65: "shared-everything-threads",
};
const LIMIT_PROPOSALS = Object.fromEntries(
  [8, 9, 10, 11, 12, 13, 14, 15].map((flags) => [flags, "custom-page-sizes"]),
);

const VALUE_TYPE_NAMES = new Map(Object.entries(VALUE_TYPES).map(([name, code]) => [code, name]));

export function readValueType(cursor) {
  const code = cursor.byte();
  const name = VALUE_TYPE_NAMES.get(code);
  if (!name) cursor.unknown(VALUE_PROPOSALS, code, "unknown value type", cursor.at - 1);
  return name;
}

export function readFunctionType(cursor) {
  const form = cursor.byte();
  if (form !== 0x60) cursor.unknown(FORM_PROPOSALS, form, "unknown form of type", cursor.at - 1);
  return { params: cursor.vector(readValueType), results: cursor.vector(readValueType) };
}

export function formatType(type) {
  return `(${type.params.join(", ")}) -> (${type.results.join(", ")})`;
}

export const sameType = (a, b) => formatType(a) === formatType(b);

/** A type from its text, e.g. "(i32, i64) -> ()". */
export function parseType(text) {
  const list = (inner) => inner.split(", ").filter(Boolean);
  const [, params, results] = /^\((.*)\) -> \((.*)\)$/.exec(text);
  return { params: list(params), results: list(results) };
}

export function readLimits(cursor) {
  const flags = cursor.byte();
  if (flags > 7) cursor.unknown(LIMIT_PROPOSALS, flags, "unknown limits", cursor.at - 1);
  const bits = flags & 4 ? 64 : 32;
  cursor.skipNumber(bits);
  if (flags & 1) cursor.skipNumber(bits);
  return { bits };
}

export function readTableType(cursor) {
  return { element: readValueType(cursor), ...readLimits(cursor) };
}

export function readGlobalType(cursor) {
  const type = readValueType(cursor);
  const mutable = cursor.byte();
  if (mutable > 1) cursor.fail("unknown mutability", cursor.at - 1);
  return { type, mutable: mutable === 1 };
}
