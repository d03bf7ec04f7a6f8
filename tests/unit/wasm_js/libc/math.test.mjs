import assert from "node:assert/strict";
import { test } from "node:test";
import { MATH } from "../../../../arch/wasm32/loader/libc/math.mjs";

const { round, rint } = MATH["d:d"];
const { copysign, fdim, fmax, pow } = MATH["dd:d"];
const { ldexp } = MATH["di:d"];

test("halves: round goes away from 0, rint to even", () => {
  assert.deepEqual([0.5, 1.5, 2.5, -2.5].map(round), [1, 2, 3, -3]);
  assert.deepEqual([0.5, 1.5, 2.5, -2.5].map(rint), [0, 2, 2, -2]);
  assert.ok(Object.is(rint(-0.2), -0));
});

test("where C and JavaScript differ", () => {
  assert.deepEqual([pow(1, NaN), pow(-1, Infinity), pow(2, 10)], [1, 1, 1024]);
  assert.deepEqual([fmax(NaN, 1), fmax(1, NaN), fdim(1, 3), copysign(3, -0)], [1, 1, 0, -3]);
});

test("powers of two neither overflow nor round early", () => {
  assert.equal(ldexp(2 ** -1074, 2000), 2 ** 926);
  assert.equal(ldexp(1.5, -1074), 2 * 2 ** -1074);
  assert.deepEqual([ldexp(1, 5000), ldexp(1, -5000), ldexp(0, 5000)], [Infinity, 0, 0]);
});
