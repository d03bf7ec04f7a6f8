// The functions of math.h, by the letters of their types.

function roundHalfEven(x) {
  if (Math.abs(x) >= 2 ** 52 || x !== x) return x;
  const big = x < 0 || Object.is(x, -0) ? -(2 ** 52) : 2 ** 52;
  const rounded = x + big - big;
  return rounded === 0 && big < 0 ? -0 : rounded;
}

const roundHalfAway = (x) => {
  const whole = Math.trunc(x);
  return Math.abs(x - whole) >= 0.5 ? whole + Math.sign(x) : whole;
};

// Where C and JavaScript differ: 1 to any power, and -1 to an infinite one, are 1.
const power = (x, y) => (x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y);

export const MATH = {
  "d:d": {
    acos: Math.acos,
    acosh: Math.acosh,
    asin: Math.asin,
    asinh: Math.asinh,
    atan: Math.atan,
    atanh: Math.atanh,
    cbrt: Math.cbrt,
    ceil: Math.ceil,
    cos: Math.cos,
    cosh: Math.cosh,
    exp: Math.exp,
    exp2: (x) => 2 ** x,
    expm1: Math.expm1,
    fabs: Math.abs,
    floor: Math.floor,
    log: Math.log,
    log10: Math.log10,
    log1p: Math.log1p,
    log2: Math.log2,
    nearbyint: roundHalfEven,
    rint: roundHalfEven,
    round: roundHalfAway,
    sin: Math.sin,
    sinh: Math.sinh,
    sqrt: Math.sqrt,
    tan: Math.tan,
    tanh: Math.tanh,
    trunc: Math.trunc,
  },
  "dd:d": {
    atan2: Math.atan2,
    copysign: (x, y) => (y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x)),
    fdim: (x, y) => (x > y ? x - y : x !== x || y !== y ? NaN : 0),
    fmax: (x, y) => (x !== x ? y : y !== y ? x : Math.max(x, y)),
    fmin: (x, y) => (x !== x ? y : y !== y ? x : Math.min(x, y)),
    fmod: (x, y) => x % y,
    hypot: Math.hypot,
    pow: power,
  },
  "di:d": { ldexp: scaleByPower, scalbn: scaleByPower },
};

/** x * 2 ** n in steps that neither overflow nor round early. */
function scaleByPower(x, n) {
  for (; n > 1023 && Math.abs(x) < Infinity; n -= 1023) x *= 2 ** 1023;
  for (; n < -969 && x !== 0; n += 969) x *= 2 ** -969;
  return x * 2 ** Math.max(-1074, Math.min(1023, n));
}
