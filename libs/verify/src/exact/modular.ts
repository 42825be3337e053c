/**
 * Arithmetic modulo a 62-bit prime.
 *
 * PRIME = 87 * 8 * (3 * 5 * 7 * ... * 43) + 1 is the largest prime of this form below 2^62. By quadratic reciprocity
 * -1, 2 and every odd prime up to 43 have square roots modulo it, which makes the radicals of answer keys exact
 * elements.
 */

export const PRIME = 4552800943421170441n;
/** PRIME - 1 = 2^3 * ODD_PART. */
const ODD_PART = (PRIME - 1n) >> 3n;
/** The smallest number without a square root, from which the Tonelli-Shanks algorithm starts. */
const NON_RESIDUE = 59n;

/** The representative of `n` in [0, PRIME). */
export function reduce(n: bigint): bigint {
  const r = n % PRIME;
  return r < 0n ? r + PRIME : r;
}

/** base^exponent for exponent >= 0. */
export function powerMod(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let e = exponent; e > 0n; e >>= 1n) {
    if ((e & 1n) === 1n) result = (result * square) % PRIME;
    square = (square * square) % PRIME;
  }
  return result;
}

/** 1 / n for n not 0, by the extended Euclidean algorithm. */
export function inverseMod(n: bigint): bigint {
  let [a, b] = [PRIME, n];
  let [x, y] = [0n, 1n];
  while (b !== 0n) {
    const q = a / b;
    [a, b] = [b, a - q * b];
    [x, y] = [y, x - q * y];
  }
  return reduce(x);
}

const roots = new Map<bigint, bigint | undefined>();
/** Cached roots; there are few small primes. */
const ROOTS_MAX = 512;

/** A square root of `n`, always the same one; undefined when there is none (Tonelli 1891, Shanks 1973). */
export function squareRootMod(n: bigint): bigint | undefined {
  if (roots.has(n)) return roots.get(n);
  const root = computeRoot(n);
  if (roots.size < ROOTS_MAX) roots.set(n, root);
  return root;
}

function computeRoot(n: bigint): bigint | undefined {
  if (powerMod(n, (PRIME - 1n) / 2n) !== 1n) return undefined;
  let order = 3;
  let c = powerMod(NON_RESIDUE, ODD_PART);
  let t = powerMod(n, ODD_PART);
  let root = powerMod(n, (ODD_PART + 1n) / 2n);
  while (t !== 1n) {
    let i = 0;
    for (let square = t; square !== 1n; i++) square = (square * square) % PRIME;
    const b = powerMod(c, 1n << BigInt(order - i - 1));
    order = i;
    c = (b * b) % PRIME;
    t = (t * c) % PRIME;
    root = (root * b) % PRIME;
  }
  return root;
}
