/**
 * Functions given by cases, compared as functions: the same value wherever either has one, boundaries included. A side
 * without cases is one case that always holds, so |x| equals its cases.
 */
import type { Expression, Piecewise, PiecewiseRow } from '../expression.js';
import { isFinite as isFiniteComplex, magnitude, subtract } from '../numeric/complex.js';
import { Evaluator } from '../numeric/evaluate.js';
import { different, equal, isEqual, undecided, type Context, type Decision } from './decision.js';
import { freeNames } from './names.js';
import { isScalar } from './readings.js';
import { regionOf, type Region } from './regions.js';
import { casePoints } from './samples.js';

/** Names of whole numbers. */
const WHOLE = /^[ijkmn]$/;
/** Relative difference that is rounding. */
const TOLERANCE = 1e-9;

export function comparePiecewise(gold: Expression, answer: Expression, context: Context): Decision {
  if (gold.kind === 'piecewise' && answer.kind === 'piecewise' && haveEqualRows(gold, answer, context))
    return equal('cases');
  const sides = [rowsOf(gold), rowsOf(answer)];
  const [g, a] = sides;
  if (g === undefined || a === undefined) return different('shape');
  const names = new Set(sides.flatMap((rows) => rows!.flatMap(({ condition }) => [...namesOf(condition)])));
  const [variable] = names;
  if (variable === undefined || names.size > 1) return different('cases');
  const [left, right] = [functionOf(g, variable, context), functionOf(a, variable, context)];
  if (left === undefined || right === undefined) return different('cases');
  return compareFunctions(left, right, variable, context);
}

/** Every row of one is a row of the other, in any order: the only way where conditions cannot be evaluated. */
function haveEqualRows(gold: Piecewise, answer: Piecewise, context: Context): boolean {
  const isSame = (a: Expression | undefined, b: Expression | undefined): boolean =>
    a === undefined || b === undefined ? a === b : isEqual(context.compareParts(a, b));
  const matches = (row: PiecewiseRow, other: PiecewiseRow): boolean =>
    isSame(row.condition, other.condition) && isSame(row.value, other.value);
  if (gold.rows.length !== answer.rows.length) return false;
  const free = new Set(answer.rows);
  for (const row of gold.rows) {
    const match = [...free].find((other) => matches(row, other));
    if (match === undefined) return false;
    free.delete(match);
  }
  return true;
}

function rowsOf(side: Expression): readonly PiecewiseRow[] | undefined {
  if (side.kind === 'piecewise') return side.rows;
  return isScalar(side) ? [{ value: side, condition: undefined }] : undefined;
}

function namesOf(condition: Expression | undefined): ReadonlySet<string> {
  return condition === undefined ? new Set() : freeNames(condition);
}

interface Case {
  readonly value: Expression;
  /** Undefined: it always holds. */
  readonly region: Region | undefined;
}

/** The rows with their regions; undefined if a condition has none. */
function functionOf(
  rows: readonly PiecewiseRow[],
  variable: string,
  context: Context,
): readonly Case[] | undefined {
  const cases: Case[] = [];
  for (const { value, condition } of rows) {
    const region = condition && regionOf(condition, variable, context);
    if ((condition !== undefined && region === undefined) || !isScalar(value)) return undefined;
    cases.push({ value, region });
  }
  return cases;
}

/** The case that holds at x; 'none' outside of all, undefined if a condition cannot be decided. */
function caseAt(cases: readonly Case[], x: number): number | 'none' | undefined {
  for (const [i, { region }] of cases.entries()) {
    const holds = region === undefined || region.contains(x);
    if (holds !== false) return holds === true ? i : undefined;
  }
  return 'none';
}

function compareFunctions(
  gold: readonly Case[],
  answer: readonly Case[],
  variable: string,
  context: Context,
): Decision {
  const boundaries = [...gold, ...answer].flatMap(({ region }) => region?.boundaries ?? []);
  const alike = new Map<string, boolean>();
  let shared = 0;
  let open = false;
  // A function of n is one of whole numbers.
  const points = casePoints(boundaries).filter((x) => !WHOLE.test(variable) || Number.isInteger(x));
  for (const x of points) {
    const [i, j] = [caseAt(gold, x), caseAt(answer, x)];
    if (i === undefined || j === undefined) return undecided('cases');
    if (i === 'none' || j === 'none') {
      const value = i !== 'none' ? gold[i]!.value : j !== 'none' ? answer[j]!.value : undefined;
      if (value !== undefined && isDefinedAt(value, variable, x, context)) return different('cases');
      continue;
    }
    shared++;
    const pair = `${i} ${j}`;
    const [left, right] = [gold[i]!.value, answer[j]!.value];
    if (!alike.has(pair)) alike.set(pair, isEqual(context.compareParts(left, right)));
    if (alike.get(pair) === true) continue;
    // Formulas that differ may still agree where both hold: x and -x at 0, x and |x| above it.
    const agrees = agreesAt(left, right, variable, x, context);
    if (agrees === false) return different('cases');
    if (agrees === undefined) open = true;
  }
  return shared > 0 && !open ? equal('cases') : undecided('cases');
}

/** Whether the expression has a value at x: 1/x has none at 0. */
function isDefinedAt(value: Expression, variable: string, x: number, context: Context): boolean {
  const evaluator = new Evaluator(0, 'complex', context.budget);
  evaluator.bind(variable, x);
  return isFiniteComplex(evaluator.evaluate(value).z);
}

function agreesAt(
  gold: Expression,
  answer: Expression,
  variable: string,
  x: number,
  context: Context,
): boolean | undefined {
  for (const kind of ['real', 'complex'] as const) {
    const evaluator = new Evaluator(0, kind, context.budget);
    evaluator.bind(variable, x);
    const [left, right] = [evaluator.evaluate(gold), evaluator.evaluate(answer)];
    if (!isFiniteComplex(left.z) || !isFiniteComplex(right.z)) continue;
    const distance = magnitude(subtract(left.z, right.z));
    return distance <= TOLERANCE * Math.max(left.scale, right.scale, 1e-300);
  }
  return undefined;
}
