// A small libc: serves a program that is loaded without one, as the prototype's wasm.js did in 2016.

import { fromLatin, latinText } from "../text.mjs";
import { TRAPPED, unwindOutOfBounds } from "../failures.mjs";
import { Blocks, Heap } from "./memory.mjs";
import { format } from "./printf.mjs";
import { MATH } from "./math.mjs";

/** The bytes that the program has printed and the host has not seen yet. */
class Output {
  constructor(program) {
    this.program = program;
    this.parts = "";
  }
  print(text) {
    this.parts += text;
    if (this.parts.length > 4096 || text.includes("\n")) this.flush();
    return text.length;
  }
  flush() {
    if (this.parts) this.program.host.write(1, fromLatin(this.parts));
    this.parts = "";
  }
}

const LETTERS = { i: "i32", j: "i64", f: "f32", d: "f64" };

/** A type from its letters, "ii:i" for (i32, i32) -> (i32). */
export function letterType(letters) {
  const [params, results] = letters
    .split(":")
    .map((list) => [...list].map((letter) => LETTERS[letter]));
  return { params, results };
}

export function useSmallLibc(program) {
  const { functions, finish } = makeSmallLibc(program);
  Object.assign(program, { embedder: functions, finish });
}

/** { functions, finish }: functions by name, { type, call }, and what ends the libc; of a
 *  program, which may be null where nothing is called. */
export function makeSmallLibc(program) {
  const functions = new Map();
  const heap = new Heap(program);
  const output = new Output(program);
  const blocks = new Blocks(heap, (size, alignment) => program.allocate(size, alignment));
  const atexit = [];
  const define = (letters, calls) => {
    const type = letterType(letters);
    for (const [name, call] of Object.entries(calls)) functions.set(name, { type, call });
  };
  const finish = (trapped) => {
    while (!trapped && atexit.length) program.table.get(atexit.pop())();
    output.flush();
  };
  for (const [letters, functions] of Object.entries(MATH)) defineMath(define, letters, functions);
  definePrinting(define, heap, output);
  defineMemory(define, heap, blocks);
  defineStrings(define, heap, blocks);
  defineCharacters(define);
  defineProcess(define, heap, program, atexit);
  return { functions, finish };
}

/** Each function for double, and with an f for float. */
function defineMath(define, letters, functions) {
  define(letters, functions);
  define(
    letters.replace(/d/g, "f"),
    Object.fromEntries(Object.entries(functions).map(([name, call]) => [name + "f", call])),
  );
}

function definePrinting(define, heap, output) {
  const store = (at, size, text) => {
    const kept = fromLatin(text.slice(0, Math.max(0, size - 1)));
    if (size) heap.u8.set(kept, at >>> 0);
    if (size) heap.u8[(at >>> 0) + kept.length] = 0;
    return text.length;
  };
  const printf = (at, args) => output.print(format(heap, at, args));
  const sprintf = (to, at, args) => store(to, Infinity, format(heap, at, args));
  const snprintf = (to, size, at, args) => store(to, size >>> 0, format(heap, at, args));
  define("i:i", {
    puts: (at) => output.print(latinText(heap.string(at)) + "\n"),
    putchar: (c) => (output.print(String.fromCharCode(c & 255)), c & 255),
  });
  define("ii:i", { printf, vprintf: printf });
  define("iii:i", { sprintf, vsprintf: sprintf });
  define("iiii:i", { snprintf, vsnprintf: snprintf });
}

function defineMemory(define, heap, blocks) {
  const check = (at, size) => {
    if ((at >>> 0) + (size >>> 0) > heap.u8.length) unwindOutOfBounds();
    return at >>> 0;
  };
  const move = (to, from, size) => {
    const start = check(from, size);
    heap.u8.copyWithin(check(to, size), start, start + (size >>> 0));
    return to;
  };
  const compare = (a, b, size) => {
    [a, b, size] = [check(a, size), check(b, size), size >>> 0];
    for (let i = 0; i < size; i++)
      if (heap.bytes[a + i] !== heap.bytes[b + i]) return heap.bytes[a + i] - heap.bytes[b + i];
    return 0;
  };
  const fill = (at, value, size) => (
    heap.u8.fill(value, check(at, size), (at >>> 0) + (size >>> 0)),
    at
  );
  const find = (at, value, size) => {
    const found = heap.u8.subarray(check(at, size), (at >>> 0) + (size >>> 0)).indexOf(value & 255);
    return found < 0 ? 0 : at + found;
  };
  const clear = (count, size) => {
    const total = (count >>> 0) * (size >>> 0);
    const at = blocks.get(total);
    return at ? fill(at, 0, total) : 0;
  };
  define("i:i", { malloc: (size) => blocks.get(size >>> 0) });
  define("i:", { free: (at) => blocks.give(at >>> 0) });
  define("ii:i", { calloc: clear, realloc: (at, size) => blocks.resize(at >>> 0, size >>> 0) });
  define("iii:i", { memcpy: move, memmove: move, memcmp: compare, memset: fill, memchr: find });
}

function defineStrings(define, heap, blocks) {
  const length = (at) => heap.end(at) - (at >>> 0);
  const compare = (a, b, limit = 2 ** 32) => {
    const { u8 } = heap;
    [a, b] = [a >>> 0, b >>> 0];
    for (let i = 0; i < limit; i++) {
      if (a + i >= u8.length || b + i >= u8.length) unwindOutOfBounds();
      if (u8[a + i] !== u8[b + i] || !u8[a + i]) return u8[a + i] - u8[b + i];
    }
    return 0;
  };
  /** Copy the string at `from`, at most `limit` bytes of it, and a zero. */
  const copy = (to, from, limit) => {
    const text = heap.string(from, limit);
    if ((to >>> 0) + text.length >= heap.u8.length) unwindOutOfBounds();
    heap.u8.copyWithin(to >>> 0, text.byteOffset, text.byteOffset + text.length);
    heap.u8[(to >>> 0) + text.length] = 0;
    return to;
  };
  const copyPadded = (to, from, size) => {
    const text = Array.from(heap.string(from, size >>> 0));
    if ((to >>> 0) + (size >>> 0) > heap.u8.length) unwindOutOfBounds();
    heap.u8.fill(0, to >>> 0, (to >>> 0) + (size >>> 0)).set(text, to >>> 0);
    return to;
  };
  const character = (search) => (at, value) => {
    const text = heap.u8.subarray(at >>> 0, heap.end(at) + 1);
    const found = text[search](value & 255);
    return found < 0 ? 0 : at + found;
  };
  const substring = (at, wanted) => {
    const found = latinText(heap.string(at)).indexOf(latinText(heap.string(wanted)));
    return found < 0 ? 0 : at + found;
  };
  const duplicate = (at) => {
    const fresh = blocks.get(length(at) + 1);
    return fresh ? copy(fresh, at) : 0;
  };
  define("i:i", { strlen: length, strdup: duplicate });
  define("ii:i", {
    strcmp: (a, b) => compare(a, b),
    strcpy: (to, from) => copy(to, from),
    strcat: (to, from) => (copy(heap.end(to), from), to),
    strchr: character("indexOf"),
    strrchr: character("lastIndexOf"),
    strstr: substring,
    strnlen: (at, n) => heap.end(at, n >>> 0) - (at >>> 0),
  });
  define("iii:i", {
    strncmp: (a, b, limit) => compare(a, b, limit >>> 0),
    strncpy: copyPadded,
    strncat: (to, from, limit) => (copy(heap.end(to), from, limit >>> 0), to),
  });
}

function defineCharacters(define) {
  const classes = {
    isalnum: /[0-9A-Za-z]/,
    isalpha: /[A-Za-z]/,
    isdigit: /[0-9]/,
    islower: /[a-z]/,
    isprint: /[ -~]/,
    ispunct: /[!-/:-@[-`{-~]/,
    isspace: /[ \t-\r]/,
    isupper: /[A-Z]/,
    isxdigit: /[0-9A-Fa-f]/,
  };
  const test = (pattern) => (c) =>
    Number(c >= 0 && c < 128 && pattern.test(String.fromCharCode(c)));
  define(
    "i:i",
    Object.fromEntries(Object.entries(classes).map(([name, pattern]) => [name, test(pattern)])),
  );
  define("i:i", {
    tolower: (c) => (c >= 65 && c <= 90 ? c + 32 : c),
    toupper: (c) => (c >= 97 && c <= 122 ? c - 32 : c),
  });
}

function defineProcess(define, heap, program, atexit) {
  let seed = 0n;
  // Knuth's 64-bit linear congruential generator (MMIX), as musl's rand.
  const rand = () => {
    seed = BigInt.asUintN(64, 6364136223846793005n * seed + 1n);
    return Number(seed >> 33n);
  };
  const number = (at) => {
    const found = /^[ \t-\r]*([-+]?\d+)/.exec(latinText(heap.string(at)));
    return found ? Number(BigInt.asIntN(32, BigInt(found[1]))) : 0;
  };
  const leave = (status) => program.exit(status);
  const exit = (status) => {
    program.finish();
    leave(status);
  };
  define(":i", { rand });
  define("i:", {
    srand: (value) => void (seed = BigInt((value - 1) >>> 0)),
    exit,
    _Exit: leave,
    _exit: leave,
  });
  define(":", { abort: () => (program.finish(true), program.exit(TRAPPED)) });
  define("i:i", {
    abs: (x) => Math.abs(x) | 0,
    labs: (x) => Math.abs(x) | 0,
    atoi: number,
    atol: number,
    atexit: (handler) => (atexit.push(handler), 0),
  });
}
