// Text: UTF-8, one character for each byte, and the names of files. d8 has no TextDecoder.

export function utf8Encode(text) {
  const bytes = [];
  for (const character of text) {
    const c = character.codePointAt(0);
    if (c < 0x80) bytes.push(c);
    else if (c < 0x800) bytes.push(0xc0 | (c >> 6), 0x80 | (c & 63));
    else if (c < 0x10000) bytes.push(0xe0 | (c >> 12), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
    else
      bytes.push(
        0xf0 | (c >> 18),
        0x80 | ((c >> 12) & 63),
        0x80 | ((c >> 6) & 63),
        0x80 | (c & 63),
      );
  }
  return Uint8Array.from(bytes);
}

/** The length of the UTF-8 sequence that a first byte promises; 0 if it is none. */
export function sequenceLength(byte) {
  if (byte < 0x80) return 1;
  if (byte >= 0xc2 && byte < 0xe0) return 2;
  if (byte >= 0xe0 && byte < 0xf0) return 3;
  return byte >= 0xf0 && byte < 0xf5 ? 4 : 0;
}

/** Decode one sequence of `size` bytes; -1 if it is not well formed. */
export function decodeSequence(bytes, at, size) {
  if (size === 1) return bytes[at];
  let c = bytes[at] & (0xff >> (size + 1));
  for (let i = 1; i < size; i++) {
    if ((bytes[at + i] & 0xc0) !== 0x80) return -1;
    c = (c << 6) | (bytes[at + i] & 63);
  }
  const least = [0, 0, 0x80, 0x800, 0x10000][size];
  return c < least || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? -1 : c;
}

/** Decode UTF-8, bad bytes as U+FFFD; gives the text and how many bytes it took
 *  (an unfinished sequence at the end is left). */
export function utf8DecodePart(bytes) {
  const parts = [];
  let at = 0;
  while (at < bytes.length) {
    const size = sequenceLength(bytes[at]);
    if (at + size > bytes.length) break;
    const c = size ? decodeSequence(bytes, at, size) : -1;
    parts.push(c < 0 ? "\ufffd" : String.fromCodePoint(c));
    at += c < 0 ? 1 : size;
  }
  return { text: parts.join(""), used: at };
}

export function utf8Decode(bytes) {
  const { text, used } = utf8DecodePart(bytes);
  return used === bytes.length ? text : text + "\ufffd";
}

const AT_ONCE = 8192; // bytes: as many arguments as any engine takes

/** Bytes as text, one character for each. */
export function latinText(bytes) {
  const parts = [];
  for (let at = 0; at < bytes.length; at += AT_ONCE) {
    parts.push(String.fromCharCode.apply(null, bytes.subarray(at, at + AT_ONCE)));
  }
  return parts.join("");
}

// Characters of Unicode's category Cc, the line and paragraph separators, and what changes the
// direction of writing: a name that has them could forge a line, or be read as another.
const CONTROL =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/gu; // oxlint-disable-line no-control-regex

/** A text of a module's as a message shows it: what is no plain character escaped. */
export const escaped = (text) =>
  text.replace(CONTROL, (character) => {
    const code = character.codePointAt(0).toString(16);
    return code.length > 2 ? `\\u{${code}}` : "\\x" + code.padStart(2, "0");
  });

export const fromLatin = (text) => Uint8Array.from(text, (character) => character.charCodeAt(0));
export const baseName = (path) => path.slice(path.lastIndexOf("/") + 1);
export const beside = (path, name) => path.slice(0, path.lastIndexOf("/") + 1) + name;
