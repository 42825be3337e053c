/**
 * Sine and cosine of operations that every device computes exactly as the CPU does, up to the last bits. Devices may be
 * off by 2^-11 in their own (Vulkan 1.3, "Precision of GLSL.std.450 Instructions"), and by more for large arguments;
 * positions are turned by angles of thousands.
 *
 * x = k pi/2 + r with |r| <= pi/4, where pi/2 is a sum of three numbers, of which the first two have so few digits that
 * their products with k are exact up to k = 2^16. Of r the Taylor series to r^9. The quadrant k mod 4 says which of the
 * two functions it is, and its sign.
 */
import type { Emitter } from './emitter.js';

const QUARTER = Math.PI / 2;
const rounded = (x: number, binaryPlaces: number): number =>
  Math.round(x * 2 ** binaryPlaces) / 2 ** binaryPlaces;
const FIRST = rounded(QUARTER, 7);
const SECOND = rounded(QUARTER - FIRST, 18);
const PARTS = [FIRST, SECOND, QUARTER - FIRST - SECOND];

const SINE = [1, -1 / 6, 1 / 120, -1 / 5040, 1 / 362880];
const COSINE = [1, -1 / 2, 1 / 24, -1 / 720, 1 / 40320];

export function emitAngle(of: 'Sin' | 'Cos', x: string, output: string, encoder: Emitter): void {
  const op = (type: string, a: string, b: string | number): string =>
    encoder.derive(type, [a, typeof b === 'number' ? encoder.float(b) : b]);
  const floor = (a: string): string => encoder.derive('Floor', [a]);
  /** a modulo n, for whole numbers. */
  const modulo = (a: string, n: number): string => op('Sub', a, op('Mul', floor(op('Mul', a, 1 / n)), n));
  const k = floor(op('Add', op('Mul', x, 1 / QUARTER), 0.5));
  const r = PARTS.reduce((left, part) => op('Sub', left, op('Mul', k, part)), x);
  const square = op('Mul', r, r);
  const series = (terms: readonly number[]): string =>
    terms
      .slice(0, -1)
      .reduceRight((sum, term) => op('Add', op('Mul', square, sum), term), encoder.float(terms.at(-1)!));
  const [sine, cosine] = [op('Mul', r, series(SINE)), series(COSINE)];
  // cos x = sin (x + pi/2)
  const quadrant = modulo(of === 'Sin' ? k : op('Add', k, 1), 4);
  const odd = encoder.derive('Less', [encoder.float(0.5), modulo(quadrant, 2)]);
  const size = encoder.derive('Where', [odd, cosine, sine]);
  const negative = encoder.derive('Less', [encoder.float(1.5), quadrant]);
  encoder.emit('Where', [negative, encoder.derive('Neg', [size]), size], [output], {});
}
