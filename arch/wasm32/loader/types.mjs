// The types of wasm: how they are read, and how they are written as text.

export const VALUE_TYPES = {
  i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b,
  funcref: 0x70, externref: 0x6f, exnref: 0x69,
};

const VALUE_TYPE_NAMES = new Map(Object.entries(VALUE_TYPES).map(([name, code]) => [code, name]));

export function readValueType(cursor) {
  const code = cursor.byte();
  const name = VALUE_TYPE_NAMES.get(code);
  if (!name) cursor.fail("unknown value type 0x" + code.toString(16), cursor.at - 1);
  return name;
}

export function readFunctionType(cursor) {
  if (cursor.byte() !== 0x60) cursor.fail("unknown form of type", cursor.at - 1);
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
  if (flags > 7) cursor.fail("unknown limits", cursor.at - 1);
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
