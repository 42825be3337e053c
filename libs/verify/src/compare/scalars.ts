/**
 * Equality of two scalars, in stages from exact to approximate:
 *
 *   rational  both are rational constants: BigInt decides
 *   decimal   one is written as a decimal: rounding and relative tolerance, by policy
 *   ring      letters that stand for matrices (A^{-1}B): products keep their order
 *   field     both are built by + - * / and powers: a finite field decides, and doubles must not contradict it
 *   points    values in complex doubles at seeded points, at least three where there are variables
 *   digits    constants that doubles find equal: 80 digits decide
 *
 * Exact numbers are never compared with a tolerance that a decimal would get: 1/2004! is not 1/2006!.
 */
import { equals, toNumber } from '../exact/rational.js';
import { exactValue } from '../exact/evaluate.js';
import { comparePrecisely } from '../exact/precise.js';
import { compareMatrixLetters } from '../exact/ring.js';
import type { Expression } from '../expression.js';
import { isFinite as isFiniteComplex } from '../numeric/complex.js';
import { Evaluator } from '../numeric/evaluate.js';
import { DEFAULTS } from '../options.js';
import { compareInField, comparePoints, DISAGREEMENT } from './agreement.js';
import { different, equal, undecided, type Context, type Decision } from './decision.js';
import { areSame, contains } from '../walk.js';
import { freeNames } from './names.js';

/** Rounding errors of an evaluation stay below this, relative to the largest term. */
const AGREEMENT = 1e-10;
/** Valid points that equality with variables needs. */
const POINTS_MIN = 3;

export function compareScalars(gold: Expression, answer: Expression, context: Context): Decision {
  if (areSame(gold, answer)) return equal('tree');
  const infinite = compareInfinities(gold, answer);
  if (infinite !== undefined) return infinite;
  const left = exactValue(gold, context.budget);
  const right = left && exactValue(answer, context.budget);
  const approximate = contains(gold, isDecimal) || contains(answer, isDecimal);
  if (left !== undefined && right !== undefined) {
    if (equals(left, right)) return equal('rational');
    return isTolerable(gold, answer, approximate, context) ? equal('decimal') : different('rational');
  }
  const inRing = compareMatrixLetters(gold, answer, context.budget);
  if (inRing !== undefined) return inRing ? equal('ring') : different('ring');
  const inField = compareInField(gold, answer, context);
  if (inField === 'equal') {
    const contradiction = comparePoints(gold, answer, 1, DISAGREEMENT, context);
    return contradiction === 'equal' ? equal('field') : undecided('field');
  }
  // A proven difference may still be within the tolerance of a decimal; closeness at points proves no more than that.
  const isConstant = freeNames(gold).size === 0 && freeNames(answer).size === 0;
  const byPoints =
    inField === 'different' || (approximate && isConstant)
      ? 'different'
      : comparePoints(gold, answer, POINTS_MIN, AGREEMENT, context);
  if (byPoints === 'equal' || (byPoints === 'unknown' && isConstant)) {
    const precise = isConstant && !approximate ? comparePrecisely(gold, answer, context.budget) : undefined;
    if (precise === false) return different('digits');
    if (precise === true) return equal('digits');
    if (byPoints === 'equal') return equal('points');
  }
  if (isTolerable(gold, answer, approximate, context)) return equal('decimal');
  if (inField === 'different') return different('field');
  return byPoints === 'different' ? different('points') : undecided('points');
}

/** Whether the tolerance of a decimal or of a policy covers the difference. */
function isTolerable(gold: Expression, answer: Expression, approximate: boolean, context: Context): boolean {
  const { precisionAbs } = context.policies;
  if (!approximate && precisionAbs === undefined) return false;
  if (freeNames(gold).size > 0 || freeNames(answer).size > 0) {
    const allowed = allowedTolerance(gold, answer, context);
    return approximate && comparePoints(gold, answer, POINTS_MIN, allowed, context) === 'equal';
  }
  const [a, b] = [constantValue(gold, context), constantValue(answer, context)];
  return a !== undefined && b !== undefined && isClose(gold, answer, a, b, approximate, context);
}

function isDecimal(expression: Expression): boolean {
  return expression.kind === 'number' && expression.decimal !== undefined;
}

/* Infinity */

function compareInfinities(gold: Expression, answer: Expression): Decision | undefined {
  const left = infinitySign(gold);
  const right = infinitySign(answer);
  if (left === 0 && right === 0) return undefined;
  return left === right ? equal('infinity') : different('infinity');
}

/** 1 or -1 for the two infinities, 0 for anything else. */
export function infinitySign(expression: Expression): number {
  if (expression.kind === 'constant') return expression.name === 'infinity' ? 1 : 0;
  if (expression.kind === 'negate') return -infinitySign(expression.of);
  return 0;
}

/* Decimals */

function isClose(
  gold: Expression,
  answer: Expression,
  a: number,
  b: number,
  approximate: boolean,
  context: Context,
): boolean {
  const { precision, precisionAbs } = context.policies;
  const difference = Math.abs(a - b);
  if (precisionAbs !== undefined && difference <= precisionAbs * (1 + 1e-9)) return true;
  if (!approximate || !Number.isFinite(difference)) return false;
  if (precision !== undefined) {
    const unit = 10 ** -precision;
    if (difference <= 0.5 * unit || Math.round(a / unit) === Math.round(b / unit)) return true;
  }
  if (difference <= allowedTolerance(gold, answer, context) * Math.max(Math.abs(a), Math.abs(b))) return true;
  return isRoundingOf(gold, a, b, context) || isRoundingOf(answer, b, a, context);
}

/**
 * The relative tolerance between two values one of which is a decimal. 1/3 can only be approximated by a decimal; 1/2
 * could have been written exactly, as could the other side if both are decimals: then the default tolerance does not
 * apply, and 0.5000001 is not 1/2. An explicitly requested tolerance applies to all.
 */
function allowedTolerance(gold: Expression, answer: Expression, context: Context): number {
  const { tolerance } = context.policies;
  if (tolerance > DEFAULTS.tolerance) return tolerance;
  const isStated = (side: Expression): boolean => contains(side, isDecimal) || isTerminating(side, context);
  return isStated(gold) && isStated(answer) ? Math.min(tolerance, REPRESENTATION) : tolerance;
}

function isTerminating(expression: Expression, context: Context): boolean {
  let under = exactValue(expression, context.budget)?.d;
  if (under === undefined) return false;
  for (const prime of [2n, 5n]) {
    for (let i = 0; i < TERMINATING_PLACES_MAX && under % prime === 0n; i++) under /= prime;
  }
  return under === 1n;
}

const TERMINATING_PLACES_MAX = 64;
/** 0.1 + 0.2 as doubles print it. */
const REPRESENTATION = 1e-14;

/**
 * Whether `decimal`, a plain decimal of enough digits with value `value`, is `exact` rounded or cut off at its last
 * digit.
 */
function isRoundingOf(decimal: Expression, value: number, exact: number, context: Context): boolean {
  const plain = decimal.kind === 'negate' ? decimal.of : decimal;
  if (plain.kind !== 'number' || plain.decimal === undefined) return false;
  if (plain.decimal.significantDigits < context.policies.roundedDigitsMin) return false;
  const unit = plain.decimal.unitInLastPlace;
  const error = Math.abs(exact) - Math.abs(value);
  if (value * exact < 0) return false;
  return Math.abs(error) <= unit * (0.5 + 1e-6) || (error > 0 && error < unit * (1 - 1e-6));
}

/** The value of a constant in doubles; undefined when it is not a trustworthy real number. */
export function constantValue(expression: Expression, context: Context): number | undefined {
  const exact = exactValue(expression, context.budget);
  if (exact !== undefined) return toNumber(exact);
  const evaluator = new Evaluator(0, 'real', context.budget);
  const { z } = evaluator.evaluate(expression);
  return isFiniteComplex(z) && z.im === 0 ? z.re : undefined;
}
