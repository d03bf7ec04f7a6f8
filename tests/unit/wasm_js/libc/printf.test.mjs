import assert from "node:assert/strict";
import { test } from "node:test";
import { Heap } from "../../../../arch/wasm32/loader/libc/memory.mjs";
import { format } from "../../../../arch/wasm32/loader/libc/printf.mjs";

/** printf of arguments that are numbers (a word), bigints (64 bits), { double }, or strings. */
function printed(text, ...args) {
  const heap = new Heap({ memory: new WebAssembly.Memory({ initial: 1 }) });
  let strings = 1024;
  const put = (string) => {
    const at = strings;
    heap.u8.set(Buffer.from(string + "\0"), at);
    strings += Buffer.byteLength(string) + 1;
    return at;
  };
  let at = 256;
  const place = (size, set, value) => {
    at = Math.ceil(at / size) * size;
    heap.data[set](at, value, true);
    at += size;
  };
  for (const arg of args) {
    if (typeof arg === "string") place(4, "setUint32", put(arg));
    else if (typeof arg === "bigint") place(8, "setBigInt64", arg);
    else if (typeof arg === "object") place(8, "setFloat64", arg.double);
    else place(4, "setInt32", arg);
  }
  return format(heap, put(text), 256);
}

test("integers", () => {
  assert.equal(printed("%d|%5d|%-5d|%05d|%+d|% d", 1, 2, 3, 4, 5, 6), "1|    2|3    |00004|+5| 6");
  assert.equal(printed("%u %x %#X %o %hhd", -1, 255, 255, 8, 300), "4294967295 ff 0XFF 10 44");
  assert.equal(printed("%d %lld %d", 1, 1n << 40n, 2), "1 1099511627776 2");
});

test("floating point numbers", () => {
  assert.equal(
    printed(
      "%f %.1e %g %G",
      { double: 0.5 },
      { double: 12345 },
      { double: 1e-5 },
      { double: -Infinity },
    ),
    "0.500000 1.2e+04 1e-05 -INF",
  );
});

test("strings, characters, widths from arguments", () => {
  assert.equal(
    printed("%s|%.2s|%*s|%-*s|%c%%", "ab", "cde", 4, "f", 3, "g", 0x68),
    "ab|cd|   f|g  |h%",
  );
  assert.equal(printed("%s", 0), "(null)");
});
