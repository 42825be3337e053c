/**
 * Agreement of two scalars by evaluation: exactly in a finite field, approximately in complex doubles at seeded
 * points.
 *
 * Points can refute equality but not prove it, so equality needs several points of one kind. Piecewise expressions (a
 * maximum, a floor, the root of a square) may agree near zero and differ far out or at whole numbers: they are also
 * tried there. A sum whose number of terms is a name can only be evaluated at whole numbers.
 */
import { FieldEvaluator } from '../exact/field.js';
import type { Expression } from '../expression.js';
import { isFinite as isFiniteComplex, magnitude, subtract } from '../numeric/complex.js';
import { Evaluator, type Value } from '../numeric/evaluate.js';
import type { PointKind } from '../numeric/points.js';
import type { Context } from './decision.js';
import { contains, isImaginaryUnit } from '../walk.js';
import { freeNames } from './names.js';

export type Agreement = 'equal' | 'different' | 'unknown';

/** A difference above this is not a rounding error. */
export const DISAGREEMENT = 1e-7;
/** Points of a kind: enough for both signs of every variable. */
const POINTS = 10;

/**
 * Whether both have the same residues; a difference counts only if there is no function inside that the field does
 * not know.
 */
export function compareInField(gold: Expression, answer: Expression, context: Context): Agreement {
  for (let point = 0; point < 2; point++) {
    const evaluator = new FieldEvaluator(point, context.budget);
    const left = evaluator.evaluate(gold);
    const right = left && evaluator.evaluate(answer);
    if (left === undefined || right === undefined) return 'unknown';
    if (left.value !== right.value) return left.free || right.free ? 'unknown' : 'different';
  }
  return 'equal';
}

/** Compares at points of each kind in turn, until enough points of one kind are valid. */
export function comparePoints(
  gold: Expression,
  answer: Expression,
  validMin: number,
  tolerance: number,
  context: Context,
): Agreement {
  const either = (test: (part: Expression) => boolean): boolean =>
    contains(gold, test) || contains(answer, test);
  const hasNames = freeNames(gold).size > 0 || freeNames(answer).size > 0;
  const compare = (kind: PointKind, points: number, needed: number): Agreement =>
    compareAt(gold, answer, kind, points, needed, tolerance, context);
  if (!hasNames) {
    const real = either(isImaginaryUnit) ? 'unknown' : compare('real', 1, 1);
    return real === 'unknown' ? compare('complex', 1, 1) : real;
  }
  const kinds: readonly PointKind[] = either(isImaginaryUnit)
    ? ['complex']
    : either(hasNamedBound)
      ? ['whole', 'real', 'complex']
      : ['real', 'whole', 'complex'];
  for (const kind of kinds) {
    const found = compare(kind, POINTS, validMin);
    if (found === 'different') return 'different';
    if (found === 'unknown') continue;
    const apart = !either(isPiecewise)
      ? false
      : (['far', 'integer'] as const).some((other) => compare(other, POINTS, 1) === 'different');
    return apart ? 'different' : 'equal';
  }
  return 'unknown';
}

function compareAt(
  gold: Expression,
  answer: Expression,
  kind: PointKind,
  points: number,
  needed: number,
  tolerance: number,
  context: Context,
): Agreement {
  let valid = 0;
  for (let point = 0; point < points; point++) {
    const evaluator = new Evaluator(point, kind, context.budget);
    const left = evaluator.evaluate(gold);
    if (!isFiniteComplex(left.z)) continue;
    const right = evaluator.evaluate(answer);
    if (!isFiniteComplex(right.z)) continue;
    const distance = relativeDistance(left, right);
    if (distance > Math.max(DISAGREEMENT, tolerance)) return 'different';
    if (distance > tolerance) continue;
    if (evaluator.absorbed && tolerance < DISAGREEMENT) continue;
    valid++;
  }
  return valid >= needed ? 'equal' : 'unknown';
}

/** Functions that are piecewise or drop a sign. */
const PIECEWISE = new Set(['abs', 'floor', 'ceil', 'min', 'max', 'sgn', 'mod', 'sqrt']);

function isPiecewise(expression: Expression): boolean {
  if (expression.kind === 'call') return PIECEWISE.has(expression.name);
  if (expression.kind !== 'power') return false;
  const { exponent } = expression;
  return exponent.kind !== 'number' && exponent.kind !== 'negate' && exponent.kind !== 'symbol';
}

function hasNamedBound(expression: Expression): boolean {
  return (
    expression.kind === 'series' && (freeNames(expression.from).size > 0 || freeNames(expression.to).size > 0)
  );
}

function relativeDistance(a: Value, b: Value): number {
  const distance = magnitude(subtract(a.z, b.z));
  return distance === 0 ? 0 : distance / Math.max(a.scale, b.scale);
}
