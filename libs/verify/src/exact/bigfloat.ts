/**
 * Floating-point numbers of PRECISION bits on BigInt: for comparisons beyond the precision of doubles. e^(pi sqrt
 * 163) differs from a whole number in its thirtieth digit, and cos(10^-5) from 1 in its eleventh.
 *
 * A value is m * 2^e. Results are truncated, not rounded: each operation errs by a few units in the last place, which
 * `precise.ts` allows for. Series from the textbooks, with arguments made small first. Not here: complex numbers.
 */

/** m * 2^e; zero has m = 0. */
export interface BigFloat {
  readonly m: bigint;
  readonly e: number;
}

/** Bits of a mantissa: 96 decimal digits. */
export const PRECISION = 320;
/** Largest exponent of 2; a larger value counts as no value. */
const EXPONENT_MAX = 1 << 24;

/** A result that is too large or has no value; never leaves this folder. */
export class NoValue extends Error {
  override readonly name = 'NoValue';
}

/** Bits of |n|, exactly. */
function bits(n: bigint): number {
  if (n === 0n) return 0;
  const digits = (n < 0n ? -n : n).toString(16);
  return 4 * digits.length - Math.clz32(Number.parseInt(digits[0]!, 16)) + 28;
}

/** m * 2^e with at most PRECISION bits. */
function normal(m: bigint, e: number): BigFloat {
  if (m === 0n) return ZERO;
  const excess = bits(m) - PRECISION;
  const value = excess > 0 ? { m: m >> BigInt(excess), e: e + excess } : { m, e };
  if (Math.abs(value.e) > EXPONENT_MAX) throw new NoValue('too large');
  return value;
}

const ZERO: BigFloat = { m: 0n, e: 0 };
export const ofInteger = (n: bigint): BigFloat => normal(n, 0);
export const ONE = ofInteger(1n);
const TWO = ofInteger(2n);

/** |x| is at least 2^(size - 1) and below 2^size. */
export const sizeOf = ({ m, e }: BigFloat): number => (m === 0n ? -Infinity : bits(m) + e);
export const negate = ({ m, e }: BigFloat): BigFloat => ({ m: -m, e });
export const isNegative = ({ m }: BigFloat): boolean => m < 0n;
export const isZero = ({ m }: BigFloat): boolean => m === 0n;
/** x * 2^by. */
const shifted = ({ m, e }: BigFloat, by: number): BigFloat => normal(m, e + by);

export function add(a: BigFloat, b: BigFloat): BigFloat {
  if (isZero(a)) return b;
  if (isZero(b)) return a;
  const [high, low] = a.e >= b.e ? [a, b] : [b, a];
  const gap = high.e - low.e;
  // A term below the precision does not change the larger one.
  if (gap > 4 * PRECISION) return sizeOf(high) > sizeOf(low) + PRECISION ? high : low;
  return normal((high.m << BigInt(gap)) + low.m, low.e);
}

export const subtract = (a: BigFloat, b: BigFloat): BigFloat => add(a, negate(b));
export const multiply = (a: BigFloat, b: BigFloat): BigFloat => normal(a.m * b.m, a.e + b.e);

export function divide(a: BigFloat, b: BigFloat): BigFloat {
  if (isZero(b)) throw new NoValue('division by zero');
  const shift = PRECISION + bits(b.m);
  return normal((a.m << BigInt(shift)) / b.m, a.e - b.e - shift);
}

/** The largest whole number that is not above x, for |x| < 2^4096. */
export function floor({ m, e }: BigFloat): bigint {
  if (e > 4096) throw new NoValue('too large');
  return e >= 0 ? m << BigInt(e) : m >> BigInt(-e);
}

export function sqrt(x: BigFloat): BigFloat {
  if (isNegative(x)) throw new NoValue('root of a negative number');
  if (isZero(x)) return ZERO;
  const odd = x.e & 1;
  const m = (odd === 0 ? x.m : x.m << 1n) << BigInt(2 * PRECISION);
  let root = 1n << BigInt((bits(m) >> 1) + 1);
  for (;;) {
    const next = (root + m / root) >> 1n;
    if (next >= root) return normal(root, (x.e - odd) / 2 - PRECISION);
    root = next;
  }
}

/** Sums a series until its terms vanish; `next` makes a term from the one before and its number. */
function series(first: BigFloat, next: (term: BigFloat, k: number) => BigFloat): BigFloat {
  let sum = first;
  let term = first;
  for (let k = 1; k < SERIES_TERMS_MAX && !isZero(term); k++) {
    term = next(term, k);
    if (sizeOf(term) < sizeOf(sum) - PRECISION - 8) return sum;
    sum = add(sum, term);
  }
  return sum;
}

const SERIES_TERMS_MAX = 600;
const over = (x: BigFloat, n: number): BigFloat => divide(x, ofInteger(BigInt(n)));

/** arctan x for |x| <= 1/2, by its power series. */
function smallArctan(x: BigFloat): BigFloat {
  const square = multiply(x, x);
  let power = x;
  let sum = x;
  for (let k = 3; k < 2 * SERIES_TERMS_MAX; k += 2) {
    power = negate(multiply(power, square));
    const term = over(power, k);
    if (isZero(term) || sizeOf(term) < sizeOf(sum) - PRECISION - 8) break;
    sum = add(sum, term);
  }
  return sum;
}

/** pi = 16 arctan(1/5) - 4 arctan(1/239) (Machin 1706). */
export const PI: BigFloat = subtract(
  multiply(ofInteger(16n), smallArctan(over(ONE, 5))),
  multiply(ofInteger(4n), smallArctan(over(ONE, 239))),
);
/** ln 2 = 2 artanh(1/3). */
const LN2: BigFloat = multiply(TWO, smallArtanh(over(ONE, 3)));

function smallArtanh(x: BigFloat): BigFloat {
  const square = multiply(x, x);
  let power = x;
  let sum = x;
  for (let k = 3; k < 2 * SERIES_TERMS_MAX; k += 2) {
    power = multiply(power, square);
    const term = over(power, k);
    if (isZero(term) || sizeOf(term) < sizeOf(sum) - PRECISION - 8) break;
    sum = add(sum, term);
  }
  return sum;
}

/** e^x = 2^n e^r with |r| <= ln 2, r halved eight times before the series. */
export function exp(x: BigFloat): BigFloat {
  if (sizeOf(x) > 24) throw new NoValue('too large');
  const n = floor(divide(x, LN2));
  const r = shifted(subtract(x, multiply(ofInteger(n), LN2)), -8);
  let value = series(ONE, (term, k) => over(multiply(term, r), k));
  for (let i = 0; i < 8; i++) value = multiply(value, value);
  return shifted(value, Number(n));
}

/** ln x = n ln 2 + 2 artanh((f - 1)/(f + 1)) with f between 1/2 and 2, square-rooted four times. */
export function ln(x: BigFloat): BigFloat {
  if (isNegative(x) || isZero(x)) throw new NoValue('logarithm of what is not positive');
  const n = sizeOf(x);
  let f = shifted(x, -n);
  for (let i = 0; i < 4; i++) f = sqrt(f);
  const artanh = smallArtanh(divide(subtract(f, ONE), add(f, ONE)));
  return add(multiply(ofInteger(BigInt(n)), LN2), shifted(artanh, 5));
}

/** sin and cos of x, reduced by quarter turns. */
export function sinCos(x: BigFloat): { readonly sin: BigFloat; readonly cos: BigFloat } {
  if (sizeOf(x) > PRECISION / 4) throw new NoValue('angle too large');
  const quarter = shifted(PI, -1);
  const turns = floor(add(divide(x, quarter), shifted(ONE, -1)));
  const r = subtract(x, multiply(ofInteger(turns), quarter));
  const square = multiply(r, r);
  const sin = series(r, (term, k) => negate(over(multiply(term, square), 2 * k * (2 * k + 1))));
  const cos = series(ONE, (term, k) => negate(over(multiply(term, square), 2 * k * (2 * k - 1))));
  switch (Number(((turns % 4n) + 4n) % 4n)) {
    case 0:
      return { sin, cos };
    case 1:
      return { sin: cos, cos: negate(sin) };
    case 2:
      return { sin: negate(sin), cos: negate(cos) };
    default:
      return { sin: negate(cos), cos: sin };
  }
}

/** arctan x = 2 arctan(x / (1 + sqrt(1 + x^2))), twice, then the series. */
export function arctan(x: BigFloat): BigFloat {
  if (sizeOf(x) > 1) {
    const quarter = shifted(PI, -1);
    const rest = arctan(divide(ONE, x));
    return isNegative(x) ? subtract(negate(quarter), rest) : subtract(quarter, rest);
  }
  let y = x;
  for (let i = 0; i < 3; i++) y = divide(y, add(ONE, sqrt(add(ONE, multiply(y, y)))));
  return shifted(smallArctan(y), 3);
}
