// System calls, told of as strace tells of them; src/muslfall/trace.py does the same.

import { beside, latinText, utf8Encode } from "./text.mjs";
import { COUNTED } from "./codegen.mjs";
import { readOptional } from "./read.mjs";

const HEADERS = "sysroot/include/bits/"; // beside the kernel: where numbers have names
const SHOWN = 32; // bytes of a buffer, as by strace
const PATH_MAX = 4096; // as in Linux

const PATHS = {
  // which arguments are paths
  chdir: [0],
  faccessat: [1],
  faccessat2: [1],
  fchmodat: [1],
  fchownat: [1],
  fstatat64: [1],
  linkat: [1, 3],
  mkdirat: [1],
  mknodat: [1],
  newfstatat: [1],
  openat: [1],
  readlinkat: [1],
  renameat: [1, 3],
  renameat2: [1, 3],
  statfs64: [0],
  statx: [1],
  symlinkat: [0, 2],
  truncate64: [0],
  unlinkat: [1],
  utimensat: [1],
  utimensat_time64: [1],
};

// What a call writes: the argument that is a buffer or an array of iovec; its size follows.
const BUFFERS = { write: 1, pwrite64: 1 };

const VECTORS = { writev: 1, pwritev: 1 };
const ESCAPES = { 10: "\\n", 9: "\\t", 13: "\\r", 34: '\\"', 92: "\\\\" };

/** { calls, errors }: Maps from numbers to names, empty without the headers. */
export function* readNames(kernel) {
  const calls = yield* readDefined(
    beside(kernel, HEADERS + "syscall.h"),
    /#define __NR_(\w+)\s+(\d+)/g,
  );
  const errors = yield* readDefined(beside(kernel, HEADERS + "errno.h"), /#define (E\w+)\s+(\d+)/g);
  return { calls, errors };
}

function* readDefined(path, pattern) {
  const bytes = yield* readOptional(path);
  const found = new Map();
  for (const [, name, number] of bytes ? latinText(bytes).matchAll(pattern) : []) {
    if (!found.has(Number(number))) found.set(Number(number), name);
  }
  return found;
}

const callName = (names, number) => names.calls.get(number) || `syscall_${number}`;

/** A C string literal; dots behind it if it is not the whole. */
export function quoted(bytes, whole) {
  const one = (byte) =>
    ESCAPES[byte] ||
    (byte >= 32 && byte < 127
      ? String.fromCharCode(byte)
      : "\\" + byte.toString(8).padStart(3, "0"));
  return `"${Array.from(bytes, one).join("")}"${whole ? "" : "..."}`;
}

/** A signed word: small ones are numbers, others addresses or flags. */
export const wordText = (value) =>
  value > -4096 && value < 65536 ? String(value) : "0x" + (value >>> 0).toString(16);

/** Writes a line for each system call, when it returns. */
export class Tracer {
  constructor(program) {
    this.program = program;
    this.pending = [];
  }
  write(line) {
    this.program.host.write(2, utf8Encode(line + "\n"));
  }
  enter(count, number, ...words) {
    const name = callName(this.program.names, number);
    this.pending.push(`${name}(${this.words(name, words, count).join(", ")})`);
  }
  leave(result) {
    const { errors } = this.program.names;
    const failed = result > -4096 && result < 0;
    const said = failed ? "-1 " + (errors.get(-result) || `error ${-result}`) : wordText(result);
    this.write(`${this.pending.pop()} = ${said}`);
  }
  /** The program has ended: calls that did not return never will. */
  finish() {
    while (this.pending.length) this.write(`${this.pending.pop()} = ?`);
  }
  words(name, words, count) {
    const found = words.slice(0, count).map(wordText);
    const show = (place, text) => {
      if (place < count && words[place])
        found[place] = text(words[place] >>> 0, words[place + 1] >>> 0);
    };
    for (const place of PATHS[name] || []) show(place, (at) => this.path(at));
    if (name in BUFFERS) show(BUFFERS[name], (at, size) => this.buffer(at, size));
    if (name in VECTORS) show(VECTORS[name], (at, length) => this.vector(at, length));
    return found;
  }
  /** What is in memory, less if it ends before. */
  bytes(at, size) {
    return new Uint8Array(this.program.memory.buffer).subarray(at, at + size);
  }
  path(at) {
    const bytes = this.bytes(at, PATH_MAX);
    const end = bytes.indexOf(0);
    return quoted(end < 0 ? bytes : bytes.subarray(0, end), end >= 0);
  }
  buffer(at, size) {
    return quoted(this.bytes(at, Math.min(size, SHOWN)), size <= SHOWN);
  }
  vector(at, length) {
    const bytes = Uint8Array.from(this.bytes(at, 8 * Math.min(length, SHOWN)));
    const view = new DataView(bytes.buffer);
    const items = Array.from({ length: Math.floor(bytes.length / 8) }, (_, i) => {
      const size = view.getUint32(8 * i + 4, true);
      return `{iov_base=${this.buffer(view.getUint32(8 * i, true), size)}, iov_len=${size}}`;
    });
    return `[${items.join(", ")}]`;
  }
}

/** How often each system call was made, by name. */
export function countedCalls({ systemCalls, names }) {
  if (!systemCalls) return {};
  const counts = Array.from(new Uint32Array(systemCalls.counts.buffer, 0, COUNTED), (count, n) => [
    n,
    count,
  ]);
  return Object.fromEntries(
    counts.filter(([, count]) => count).map(([n, count]) => [callName(names, n), count]),
  );
}
