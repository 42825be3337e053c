/**
 * Exact rational numbers on BigInt, with a size check before every operation.
 *
 * An operation whose result could need more than BITS_MAX bits returns undefined instead of being carried out, so that
 * no input (10^10^10, 100000!) can make one step expensive. What is too large here is decided in a finite field
 * (`field.ts`).
 */

/** A fraction with `d` > 0, in lowest terms while its parts have at most REDUCED_BITS_MAX bits. */
export interface Rational {
  readonly n: bigint;
  readonly d: bigint;
}

/** Bits that a numerator or a denominator may have. */
export const BITS_MAX = 40_000;
/** Beyond this size fractions are not reduced: the greatest common divisor would cost more than it saves. */
const REDUCED_BITS_MAX = 2048;

export const ZERO: Rational = { n: 0n, d: 1n };
export const ONE: Rational = { n: 1n, d: 1n };

/** The rational of a safe integer. */
export function whole(value: number): Rational {
  return { n: BigInt(value), d: 1n };
}

/** n / d; undefined when d is 0 or a part is too large. */
export function rational(n: bigint, d: bigint): Rational | undefined {
  if (d === 0n) return undefined;
  const bits = Math.max(bitsOf(n), bitsOf(d));
  if (bits > BITS_MAX) return undefined;
  if (d === 1n) return { n, d };
  if (bits > REDUCED_BITS_MAX) return d < 0n ? { n: -n, d: -d } : { n, d };
  const divisor = gcd(n, d) * (d < 0n ? -1n : 1n);
  return { n: n / divisor, d: d / divisor };
}

export function add(a: Rational, b: Rational): Rational | undefined {
  if (a.d === 1n && b.d === 1n) return rational(a.n + b.n, 1n);
  if (Math.max(bitsOf(a.n), bitsOf(a.d)) + Math.max(bitsOf(b.n), bitsOf(b.d)) > BITS_MAX) return undefined;
  return rational(a.n * b.d + b.n * a.d, a.d * b.d);
}

export function negate(a: Rational): Rational {
  return { n: -a.n, d: a.d };
}

export function multiply(a: Rational, b: Rational): Rational | undefined {
  if (bitsOf(a.n) + bitsOf(b.n) > BITS_MAX || bitsOf(a.d) + bitsOf(b.d) > BITS_MAX) return undefined;
  return rational(a.n * b.n, a.d * b.d);
}

export function divide(a: Rational, b: Rational): Rational | undefined {
  if (b.n === 0n) return undefined;
  return multiply(a, b.n < 0n ? { n: -b.d, d: -b.n } : { n: b.d, d: b.n });
}

/** a to a whole power; undefined for 0 to a negative power and for what is too large. 0^0 is 1. */
export function power(a: Rational, exponent: bigint): Rational | undefined {
  if (exponent < 0n) return a.n === 0n ? undefined : power(divide(ONE, a) ?? ZERO, -exponent);
  const trivial = a.d === 1n && a.n >= -1n && a.n <= 1n;
  if (trivial) return exponent === 0n ? ONE : exponent % 2n === 0n ? { n: a.n * a.n, d: 1n } : a;
  if (exponent > BigInt(BITS_MAX)) return undefined;
  if (Number(exponent) * Math.max(bitsOf(a.n), bitsOf(a.d)) > BITS_MAX) return undefined;
  return { n: a.n ** exponent, d: a.d ** exponent };
}

/** (FACTORIAL_MAX)! has 38,000 bits. */
const FACTORIAL_MAX = 3600n;

/** n! for a whole 0 <= n; undefined when too large. */
export function factorial(a: Rational): Rational | undefined {
  if (a.d !== 1n || a.n < 0n || a.n > FACTORIAL_MAX) return undefined;
  let product = 1n;
  for (let k = 2n; k <= a.n; k++) product *= k;
  return { n: product, d: 1n };
}

/** n!! = n (n - 2) (n - 4) ... for a whole 0 <= n; undefined when too large. */
export function doubleFactorial(a: Rational): Rational | undefined {
  if (a.d !== 1n || a.n < 0n || a.n > FACTORIAL_MAX) return undefined;
  let product = 1n;
  for (let k = a.n; k > 1n; k -= 2n) product *= k;
  return { n: product, d: 1n };
}

export function equals(a: Rational, b: Rational): boolean {
  return a.n * b.d === b.n * a.d;
}

/** -1, 0 or 1 as a is less than, equal to or greater than b. */
export function compare(a: Rational, b: Rational): number {
  const left = a.n * b.d;
  const right = b.n * a.d;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Nearest double; exact parts beyond 1000 bits are scaled first, so the quotient never becomes NaN. */
export function toNumber(a: Rational): number {
  const shift = Math.max(bitsOf(a.n), bitsOf(a.d)) - 1000;
  if (shift <= 0) return Number(a.n) / Number(a.d);
  const scale = BigInt(shift);
  const under = a.d >> scale;
  return under === 0n ? Number(a.n / a.d) : Number(a.n >> scale) / Number(under);
}

/** `3`, `-7/2`. */
export function toText(a: Rational): string {
  return a.d === 1n ? a.n.toString() : `${a.n}/${a.d}`;
}

/** The square root where it is rational, for a >= 0. */
export function squareRoot(a: Rational): Rational | undefined {
  if (a.n < 0n) return undefined;
  const n = wholeRoot(a.n);
  const d = wholeRoot(a.d);
  return n * n === a.n && d * d === a.d ? { n, d } : undefined;
}

/** floor(sqrt(n)) by Newton's iteration from above. */
export function wholeRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let x = 1n << BigInt((bitsOf(n) >> 1) + 1);
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}

/** The largest whole number that is not above a. */
export function floor(a: Rational): Rational {
  const quotient = a.n / a.d;
  return { n: a.n < 0n && quotient * a.d !== a.n ? quotient - 1n : quotient, d: 1n };
}

/** The largest rational of which both are whole multiples; 0 for two zeros. */
export function commonDivisor(a: Rational, b: Rational): Rational {
  if (a.n === 0n && b.n === 0n) return ZERO;
  return rational(gcd(a.n * b.d, b.n * a.d), a.d * b.d) ?? ONE;
}

/** The smallest positive rational that is a whole multiple of both; 0 when one is 0. */
export function commonMultiple(a: Rational, b: Rational): Rational | undefined {
  if (a.n === 0n || b.n === 0n) return ZERO;
  const product = multiply(a, b);
  const multiple = product && divide(product, commonDivisor(a, b));
  return multiple && (multiple.n < 0n ? negate(multiple) : multiple);
}

/** Greatest common divisor, at least 1. */
function gcd(a: bigint, b: bigint): bigint {
  let x = a < 0n ? -a : a;
  let y = b < 0n ? -b : b;
  while (y !== 0n) [x, y] = [y, x % y];
  return x === 0n ? 1n : x;
}

const SMALL = 1n << 64n;

/** An upper bound of the bits of |n|: exact up to 64, then a multiple of 4. */
export function bitsOf(n: bigint): number {
  if (n < SMALL && n > -SMALL) return Math.ceil(Math.log2(Math.abs(Number(n)) + 1)) + 1;
  return n.toString(16).length * 4;
}
