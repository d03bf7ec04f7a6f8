// printf: the text that a format makes of its arguments.

import { latinText, utf8Encode } from "../text.mjs";
import { alignUp } from "../allocate.mjs";
import { FLOAT_FORMATS, unpackDouble, unpackFloat } from "./digits.mjs";

// flags, width, precision, length, conversion
const DIRECTIVE = /%([-+ 0#]*)(\*|\d+)?(?:\.(\*|-?\d*))?(hh|h|ll|l|j|z|t|L|q)?([\s\S])/g;

/** printf's arguments: varargs lie in memory, each aligned to its size. */
class Arguments {
  constructor(heap, at) {
    this.heap = heap;
    this.at = at >>> 0;
  }
  take(size) {
    const at = alignUp(this.at, size);
    this.at = at + size;
    return at;
  }
  word() {
    return this.heap.data.getInt32(this.take(4), true);
  }
  long() {
    return this.heap.data.getBigInt64(this.take(8), true);
  }
  double() {
    return unpackDouble(this.heap.data.getFloat64(this.take(8), true));
  }
  /** long double is IEEE 754's binary128. */
  quad() {
    const at = this.take(16);
    const half = (offset) => this.heap.data.getBigUint64(at + offset, true);
    return unpackFloat((half(8) << 64n) | half(0), 15n, 112n);
  }
  integer(length, signed) {
    const value = ["ll", "j", "q"].includes(length) ? this.long() : BigInt(this.word());
    const bits = { hh: 8, h: 16, ll: 64, j: 64, q: 64 }[length] || 32;
    return signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
  }
}

/** printf: the text, one character for each byte. */
export function format(heap, formatAt, argsAt) {
  const args = new Arguments(heap, argsAt);
  let total = 0;
  const source = latinText(heap.string(formatAt));
  let last = 0;
  let out = "";
  for (const match of source.matchAll(DIRECTIVE)) {
    out += source.slice(last, match.index);
    last = match.index + match[0].length;
    total = out.length;
    out += formatOne(heap, readDirective(match, args), args, total);
  }
  return out + source.slice(last);
}

function readDirective([, flags, width, precision, length, conversion], args) {
  const number = (text) => (text === "*" ? args.word() : text ? Number(text) : 0);
  let columns = width === undefined ? 0 : number(width);
  let left = flags.includes("-");
  if (columns < 0) [left, columns] = [true, -columns];
  const places = precision === undefined ? -1 : number(precision);
  return { flags, left, width: columns, precision: Math.max(places, -1), length, conversion };
}

function formatOne(heap, spec, args, count) {
  const { conversion } = spec;
  if (conversion === "%") return "%";
  if ("diouxXp".includes(conversion)) return formatInteger(spec, args);
  if ("fega".includes(conversion.toLowerCase())) return formatFloat(spec, args);
  if (conversion === "c") return pad(spec, "", characterOf(spec, args.word()));
  if (conversion === "s") return pad(spec, "", stringOf(heap, spec, args.word()));
  if (conversion === "n") storeCount(heap, spec, args.word(), count);
  return "";
}

function characterOf(spec, value) {
  return spec.length === "l"
    ? latinText(utf8Encode(String.fromCodePoint(value)))
    : String.fromCharCode(value & 255);
}

function stringOf(heap, { precision }, at) {
  const limit = precision < 0 ? Infinity : precision;
  return at ? latinText(heap.string(at, limit)) : "(null)".slice(0, limit);
}

function storeCount(heap, { length }, at, count) {
  if (["ll", "j", "q"].includes(length)) heap.data.setBigInt64(at, BigInt(count), true);
  else if (length === "h") heap.data.setInt16(at, count, true);
  else if (length === "hh") heap.data.setInt8(at, count);
  else heap.data.setInt32(at, count, true);
}

/** Pad to the width; zeros go between prefix and digits. */
function pad({ left, width }, prefix, body, zeros = false) {
  const missing = Math.max(0, width - prefix.length - body.length);
  if (left) return prefix + body + " ".repeat(missing);
  return zeros ? prefix + "0".repeat(missing) + body : " ".repeat(missing) + prefix + body;
}

function signOf(negative, flags) {
  return negative ? "-" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
}

function formatInteger(spec, args) {
  const pointer = spec.conversion === "p"; // as musl: %#x, all digits if it has a precision
  const conversion = pointer ? "x" : spec.conversion;
  const flags = pointer ? spec.flags + "#" : spec.flags;
  const precision = pointer && spec.precision >= 0 ? Math.max(spec.precision, 8) : spec.precision;
  const signed = "di".includes(conversion);
  const value = args.integer(pointer ? "" : spec.length, signed);
  const base = { o: 8, x: 16, X: 16 }[conversion] || 10;
  let digits = (value < 0n ? -value : value).toString(base);
  if (conversion === "X") digits = digits.toUpperCase();
  if (!value && precision === 0) digits = "";
  digits = digits.padStart(precision, "0");
  if (conversion === "o" && flags.includes("#") && digits[0] !== "0") digits = "0" + digits;
  const hex = base === 16 && value && flags.includes("#") ? "0" + conversion : "";
  const prefix = signed ? signOf(value < 0n, flags) : hex;
  return pad(spec, prefix, digits, flags.includes("0") && precision < 0);
}

function formatFloat(spec, args) {
  const { flags, conversion } = spec;
  const kind = conversion.toLowerCase();
  const number = spec.length === "L" ? args.quad() : args.double();
  const precision = spec.precision < 0 && kind !== "a" ? 6 : spec.precision;
  const body = number.special || FLOAT_FORMATS[kind](number, precision, flags.includes("#"));
  const prefix = signOf(number.negative, flags) + (kind === "a" && !number.special ? "0x" : "");
  const text = pad(spec, prefix, body, flags.includes("0") && !number.special);
  return conversion === kind ? text : text.toUpperCase();
}
