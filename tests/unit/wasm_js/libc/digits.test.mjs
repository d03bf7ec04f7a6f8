import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatExponent,
  formatFixed,
  formatGeneral,
  formatHex,
  unpackDouble,
  unpackFloat,
} from "../../../../arch/wasm32/loader/libc/digits.mjs";

const VALUES = [0, 1, 0.1, 0.5, 2.5, 1e21, 123456.789, 5e-324, 1.7976931348623157e308, 1 / 3];

test("fixed and exponent are what JavaScript has, where it has them", () => {
  for (const value of VALUES) {
    const number = unpackDouble(value);
    assert.equal(
      formatExponent(number, 20).replace(/e([+-])0?(\d)$/, "e$1$2"),
      value.toExponential(20),
    );
    if (value < 1e21) assert.equal(formatFixed(number, 20), value.toFixed(20));
  }
});

test("halves go to even", () => {
  const fixed = [0.5, 1.5, 2.5, 3.5].map((value) => formatFixed(unpackDouble(value), 0));
  assert.deepEqual(fixed, ["0", "2", "2", "4"]);
});

test("general drops zeros, unless it is told not to", () => {
  const number = unpackDouble(100);
  assert.deepEqual(
    [
      formatGeneral(number, 6, false),
      formatGeneral(number, 6, true),
      formatGeneral(number, 2, false),
    ],
    ["100", "100.000", "1e+02"],
  );
});

test("hexadecimal", () => {
  assert.deepEqual(
    [1, 0.5, 1.9375].map((value) => formatHex(unpackDouble(value), -1, false)),
    ["1p+0", "1p-1", "1.fp+0"],
  );
  assert.equal(formatHex(unpackDouble(1.96875), 1, false), "2.0p+0");
});

test("what is no number is named, with its sign", () => {
  assert.deepEqual(unpackDouble(-Infinity), { negative: true, special: "inf" });
  assert.equal(unpackDouble(NaN).special, "nan");
});

test("long double has its own width", () => {
  const number = unpackFloat(0x3fff8000n << 96n, 15n, 112n); // 1.5
  assert.equal(formatFixed(number, 2), "1.50");
});
