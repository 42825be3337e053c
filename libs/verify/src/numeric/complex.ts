/**
 * Complex numbers in doubles: the elementary functions on their principal branches.
 *
 * Results that are not finite are NaN in both parts; `evaluate.ts` treats them as "no value at this point".
 */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

export const NOT_A_VALUE: Complex = { re: NaN, im: NaN };

export const real = (re: number): Complex => ({ re, im: 0 });
export const isFinite = (z: Complex): boolean => Number.isFinite(z.re) && Number.isFinite(z.im);
export const isReal = (z: Complex): boolean => z.im === 0;
export const magnitude = (z: Complex): number => (z.im === 0 ? Math.abs(z.re) : Math.hypot(z.re, z.im));

export const add = (a: Complex, b: Complex): Complex => ({ re: a.re + b.re, im: a.im + b.im });
export const subtract = (a: Complex, b: Complex): Complex => ({ re: a.re - b.re, im: a.im - b.im });
export const negate = (a: Complex): Complex => ({ re: -a.re, im: a.im === 0 ? 0 : -a.im });
export const scaled = (a: Complex, by: number): Complex => ({
  re: a.re * by,
  im: a.im === 0 ? 0 : a.im * by,
});

export function multiply(a: Complex, b: Complex): Complex {
  if (a.im === 0) return scaled(b, a.re);
  if (b.im === 0) return scaled(a, b.re);
  return { re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re };
}

export function divide(a: Complex, b: Complex): Complex {
  if (b.im === 0) return b.re === 0 ? NOT_A_VALUE : { re: a.re / b.re, im: a.im === 0 ? 0 : a.im / b.re };
  const norm = b.re * b.re + b.im * b.im;
  return { re: (a.re * b.re + a.im * b.im) / norm, im: (a.im * b.re - a.re * b.im) / norm };
}

export function exp(z: Complex): Complex {
  const r = Math.exp(z.re);
  return z.im === 0 ? real(r) : { re: r * Math.cos(z.im), im: r * Math.sin(z.im) };
}

export function log(z: Complex): Complex {
  if (z.im === 0 && z.re > 0) return real(Math.log(z.re));
  const r = magnitude(z);
  return r === 0 ? NOT_A_VALUE : { re: Math.log(r), im: Math.atan2(z.im, z.re) };
}

export function sqrt(z: Complex): Complex {
  if (z.im === 0) return z.re >= 0 ? real(Math.sqrt(z.re)) : { re: 0, im: Math.sqrt(-z.re) };
  const r = magnitude(z);
  const re = Math.sqrt((r + Math.abs(z.re)) / 2);
  const im = Math.abs(z.im) / (2 * re);
  const sign = z.im < 0 ? -1 : 1;
  return z.re >= 0 ? { re, im: sign * im } : { re: im, im: sign * re };
}

/** z^n for a whole n with |n| <= 2^20, by squaring: exact signs, no branch. */
function wholePower(z: Complex, n: number): Complex {
  if (z.im === 0) return z.re === 0 && n < 0 ? NOT_A_VALUE : real(z.re ** n);
  let result = real(1);
  let base = z;
  for (let k = Math.abs(n); k > 0; k = Math.floor(k / 2)) {
    if (k % 2 === 1) result = multiply(result, base);
    base = multiply(base, base);
  }
  return n < 0 ? divide(real(1), result) : result;
}

export function power(base: Complex, exponent: Complex): Complex {
  if (exponent.im === 0 && Number.isInteger(exponent.re) && Math.abs(exponent.re) <= 0x100000) {
    return wholePower(base, exponent.re);
  }
  if (base.im === 0 && base.re > 0 && exponent.im === 0) return real(base.re ** exponent.re);
  if (base.re === 0 && base.im === 0) return exponent.re > 0 ? real(0) : NOT_A_VALUE;
  return exp(multiply(exponent, log(base)));
}

export function sin(z: Complex): Complex {
  if (z.im === 0) return real(Math.sin(z.re));
  return { re: Math.sin(z.re) * Math.cosh(z.im), im: Math.cos(z.re) * Math.sinh(z.im) };
}

export function cos(z: Complex): Complex {
  if (z.im === 0) return real(Math.cos(z.re));
  return { re: Math.cos(z.re) * Math.cosh(z.im), im: -Math.sin(z.re) * Math.sinh(z.im) };
}

export function sinh(z: Complex): Complex {
  if (z.im === 0) return real(Math.sinh(z.re));
  return { re: Math.sinh(z.re) * Math.cos(z.im), im: Math.cosh(z.re) * Math.sin(z.im) };
}

export function cosh(z: Complex): Complex {
  if (z.im === 0) return real(Math.cosh(z.re));
  return { re: Math.cosh(z.re) * Math.cos(z.im), im: Math.sinh(z.re) * Math.sin(z.im) };
}

const I: Complex = { re: 0, im: 1 };
const ONE = real(1);

/** -i ln(iz + sqrt(1 - z^2)). */
export function asin(z: Complex): Complex {
  if (z.im === 0 && Math.abs(z.re) <= 1) return real(Math.asin(z.re));
  const inner = add(multiply(I, z), sqrt(subtract(ONE, multiply(z, z))));
  return multiply({ re: 0, im: -1 }, log(inner));
}

export function acos(z: Complex): Complex {
  if (z.im === 0 && Math.abs(z.re) <= 1) return real(Math.acos(z.re));
  return subtract(real(Math.PI / 2), asin(z));
}

/** (i/2) (ln(1 - iz) - ln(1 + iz)). */
export function atan(z: Complex): Complex {
  if (z.im === 0) return real(Math.atan(z.re));
  const iz = multiply(I, z);
  return multiply({ re: 0, im: 0.5 }, subtract(log(subtract(ONE, iz)), log(add(ONE, iz))));
}

export function asinh(z: Complex): Complex {
  if (z.im === 0) return real(Math.asinh(z.re));
  return log(add(z, sqrt(add(multiply(z, z), ONE))));
}

export function acosh(z: Complex): Complex {
  if (z.im === 0 && z.re >= 1) return real(Math.acosh(z.re));
  return log(add(z, multiply(sqrt(add(z, ONE)), sqrt(subtract(z, ONE)))));
}

export function atanh(z: Complex): Complex {
  if (z.im === 0 && Math.abs(z.re) < 1) return real(Math.atanh(z.re));
  return scaled(subtract(log(add(ONE, z)), log(subtract(ONE, z))), 0.5);
}

/** Gamma for real arguments (Lanczos, g = 7, n = 9; relative error about 1e-15). */
export function gamma(x: number): number {
  if (x < 0.5) return Math.PI / (Math.sin(Math.PI * x) * gamma(1 - x));
  let sum = 0.99999999999980993;
  for (let i = 0; i < LANCZOS.length; i++) sum += LANCZOS[i]! / (x + i);
  const t = x + LANCZOS.length - 1.5;
  return Math.sqrt(2 * Math.PI) * t ** (x - 0.5) * Math.exp(-t) * sum;
}

const LANCZOS = [
  676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];
