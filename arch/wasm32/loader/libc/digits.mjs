// The digits of floating point numbers, exact by BigInt. A number is { negative, special, mantissa,
// exponent }: mantissa * 2 ** exponent, unless special is "nan" or "inf".

export function unpackDouble(value) {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return unpackFloat(view.getBigUint64(0), 11n, 52n);
}

/** Take IEEE 754's binary format apart: sign, `width` bits exponent, `size` bits fraction. */
export function unpackFloat(bits, width, size) {
  const fraction = bits & ((1n << size) - 1n);
  const most = (1n << width) - 1n;
  const biased = (bits >> size) & most;
  const negative = bits >> (size + width) === 1n;
  if (biased === most) return { negative, special: fraction ? "nan" : "inf" };
  const mantissa = biased ? fraction | (1n << size) : fraction;
  return {
    negative,
    special: null,
    mantissa,
    exponent: Number((biased || 1n) - (most >> 1n) - size),
  };
}

/** number * 10 ** power, rounded to an integer, half to even. */
function scaled({ mantissa, exponent }, power) {
  let top = mantissa;
  let bottom = 1n;
  if (exponent >= 0) top <<= BigInt(exponent);
  else bottom <<= BigInt(-exponent);
  if (power >= 0) top *= 10n ** BigInt(power);
  else bottom *= 10n ** BigInt(-power);
  return divideHalfEven(top, bottom);
}

function divideHalfEven(top, bottom) {
  const quotient = top / bottom;
  const twice = 2n * (top % bottom);
  return twice > bottom || (twice === bottom && quotient & 1n) ? quotient + 1n : quotient;
}

function withPoint(digits, places, alternate) {
  if (!places) return digits + (alternate ? "." : "");
  return digits.slice(0, -places) + "." + digits.slice(-places);
}

export function formatFixed(number, precision, alternate) {
  return withPoint(
    scaled(number, precision)
      .toString()
      .padStart(precision + 1, "0"),
    precision,
    alternate,
  );
}

/** The digits of d.ddd, `precision` after the point, and the decimal exponent. */
function exponentDigits(number, precision) {
  if (!number.mantissa) return { digits: "0".repeat(precision + 1), power: 0 };
  const bits = number.mantissa.toString(2).length - 1 + number.exponent;
  let power = Math.floor(bits * Math.LOG10E * Math.LN2);
  for (;;) {
    const digits = scaled(number, precision - power).toString();
    if (digits.length === precision + 1) return { digits, power };
    power += digits.length > precision + 1 ? 1 : -1;
  }
}

const exponentText = (power, least) =>
  (power < 0 ? "-" : "+") + String(Math.abs(power)).padStart(least, "0");

export function formatExponent(number, precision, alternate) {
  const { digits, power } = exponentDigits(number, precision);
  return withPoint(digits, precision, alternate) + "e" + exponentText(power, 2);
}

export function formatGeneral(number, precision, alternate) {
  const significant = precision || 1;
  const { power } = exponentDigits(number, significant - 1);
  const fixed = power >= -4 && power < significant;
  const text = fixed
    ? formatFixed(number, significant - 1 - power, alternate)
    : formatExponent(number, significant - 1, alternate);
  return alternate ? text : text.replace(/(\.\d*?)0+(?=e|$)/, "$1").replace(/\.(?=e|$)/, "");
}

/** %a; `precision` hexadecimal digits, or as many as it takes if it is negative. */
export function formatHex({ mantissa, exponent }, precision, alternate) {
  if (!mantissa)
    return (
      withPoint("0".repeat(Math.max(precision, 0) + 1), Math.max(precision, 0), alternate) + "p+0"
    );
  const bits = mantissa.toString(2).length - 1;
  const digits = precision < 0 ? Math.ceil(bits / 4) : precision;
  const shift = BigInt(4 * digits - bits);
  const whole = shift >= 0n ? mantissa << shift : divideHalfEven(mantissa, 1n << -shift);
  let text = whole.toString(16).padStart(digits + 1, "0");
  if (precision < 0) text = text[0] + text.slice(1).replace(/0+$/, "");
  return withPoint(text, text.length - 1, alternate) + "p" + exponentText(bits + exponent, 1);
}

export const FLOAT_FORMATS = { f: formatFixed, e: formatExponent, g: formatGeneral, a: formatHex };
