/**
 * Where expressions are evaluated: values for names, as a function of (seed, point, name), so that both sides of a
 * comparison use the same values and a verdict never depends on what was graded before.
 */
import { real, type Complex } from './complex.js';

/**
 * Kinds of values for the variables. Real points come first: most answers are about real numbers. Far and integer
 * points only refute: they find differences far from zero, or at whole numbers alone.
 */
export type PointKind = 'real' | 'whole' | 'complex' | 'far' | 'integer';

const SEED = 0x5eed_50a2;

/** 32 bits from a name and two numbers (FNV-1a, then the finaliser of MurmurHash3). */
export function hash(name: string, point: number, salt = 0): number {
  let h = (0x811c9dc5 ^ SEED ^ Math.imul(point + 1, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca6b)) >>> 0;
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** In [0, 1). */
function uniform(name: string, point: number, salt: number): number {
  return hash(name, point, salt) / 0x1_0000_0000;
}

/**
 * The value of `name` at a point. Real points alternate between (0.1, 0.9), where inverse sines live, and (0.5, 3.3);
 * the first three are positive, then one is all negative, then signs are mixed. Whole points are 1 to 12. Complex
 * points have both parts in (-1.5, 1.5). Far points reach from 14 to 10^6, integers from -12 to 12.
 */
export function valueAt(name: string, point: number, kind: PointKind): Complex {
  const u = uniform(name, point, 1);
  if (kind === 'whole') return real(1 + Math.floor(u * 12));
  if (kind === 'complex') return { re: 3 * u - 1.5, im: 3 * uniform(name, point, 2) - 1.5 };
  if (kind === 'integer') return real(point === 0 ? 0 : Math.floor(u * 25) - 12);
  if (kind === 'far') {
    const far = 10 ** (1.15 + ((point >> 1) + u) * 0.95);
    return real(point % 2 === 0 ? far : -far);
  }
  const size = point % 3 === 2 ? 0.1 + 0.8 * u : 0.5 + 2.8 * u;
  const negative = point === 3 || (point > 3 && uniform(name, point, 3) < 0.5);
  return real(negative ? -size : size);
}

/** A fixed smooth function without symmetries, for unknown function names: equal arguments give equal values. */
export function unknownFunction(name: string, args: readonly Complex[]): Complex {
  let re = 0.3 + uniform(name, args.length, 4);
  let im = 0;
  args.forEach((z, i) => {
    const weight = 0.4 + uniform(name, i, 5);
    re += weight * z.re;
    im += weight * z.im;
    // Products with the position keep f(a, b) apart from f(b, a) beyond the weights.
    re += 0.2 * uniform(name, i, 6) * Math.sin(z.re + i);
  });
  const growth = Math.min(Math.abs(im), 30);
  return {
    re: Math.sin(re) * Math.cosh(growth) + 0.7 * Math.cos(1.7 * re + 0.4),
    im: im === 0 ? 0 : Math.cos(re) * Math.sinh(growth) * Math.sign(im),
  };
}
