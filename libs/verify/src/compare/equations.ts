/**
 * Equations and inequalities in any number of variables, up to rearrangement.
 *
 * Two equations are the same when the difference of the sides of one is a constant multiple of that of the other,
 * after denominators are cleared. `8 = 7` is not a multiple of any other, and no equation equals its right side.
 */
import type { Budget } from '../budget.js';
import { exactValue } from '../exact/evaluate.js';
import { FieldEvaluator } from '../exact/field.js';
import { inverseMod, reduce } from '../exact/modular.js';
import type { Expression, Relation, RelationOperator } from '../expression.js';
import {
  isFinite as isFiniteComplex,
  divide,
  magnitude,
  subtract,
  type Complex,
} from '../numeric/complex.js';
import { Evaluator } from '../numeric/evaluate.js';
import { different, equal, every, undecided, type Context, type Decision } from './decision.js';
import { contains, isImaginaryUnit } from '../walk.js';
import { isScalar } from './readings.js';
import { compareScalars } from './scalars.js';

export function compareEquations(gold: Expression, answer: Expression, context: Context): Decision {
  if (!isEquation(gold) || !isEquation(answer)) return different('equation');
  if (!gold.sides.every(isScalar) || !answer.sides.every(isScalar)) {
    return every(2, (i) => context.compareParts(gold.sides[i]!, answer.sides[i]!), 'sides');
  }
  const [f, g] = [difference(gold), difference(answer)];
  let factor = ratioOf(f, g, context);
  if (factor === 'varies') {
    factor = ratioOf(withoutDenominators(f, context), withoutDenominators(g, context), context);
  }
  if (factor === 'varies') return different('equation');
  return factor === 'unknown' ? undecided('equation') : equal('equation');
}

function isEquation(expression: Expression): expression is Relation {
  return expression.kind === 'relation' && expression.sides.length === 2;
}

/** left - right. */
function difference(relation: Relation): Expression {
  const [left, right] = relation.sides as [Expression, Expression];
  return { kind: 'add', terms: [left, { kind: 'negate', of: right }] };
}

const SIGN: Partial<Record<RelationOperator, number>> = { '<': 1, '≤': 1, '>': -1, '≥': -1 };

/** `x < 1` against `-x > -1` or `2x - 2 < 0`; chains are compared side by side. */
export function compareInequalities(gold: Expression, answer: Expression, context: Context): Decision {
  if (gold.kind !== 'relation' || answer.kind !== 'relation') return different('inequality');
  if (gold.operators.length !== answer.operators.length) return different('inequality');
  if (gold.operators.length > 1) return compareChains(gold, answer, context);
  const [g, a] = [gold.operators[0]!, answer.operators[0]!];
  if (!gold.sides.every(isScalar) || !answer.sides.every(isScalar)) {
    if (g !== a) return different('inequality');
    return every(2, (i) => context.compareParts(gold.sides[i]!, answer.sides[i]!), 'sides');
  }
  const factor = ratioOf(difference(gold), difference(answer), context);
  if (factor === 'unknown') return undecided('inequality');
  if (factor === 'varies') return different('inequality');
  if (g === '≠' || a === '≠') return g === a ? equal('inequality') : different('inequality');
  const [gSign, aSign] = [SIGN[g], SIGN[a]];
  if (gSign === undefined || aSign === undefined) return different('inequality');
  const isStrict = (operator: RelationOperator): boolean => operator === '<' || operator === '>';
  const same = isStrict(g) === isStrict(a) && gSign * aSign * factor > 0;
  return same ? equal('inequality') : different('inequality');
}

/** 1 < x < 3 against 3 > x > 1. */
function compareChains(gold: Relation, answer: Relation, context: Context): Decision {
  const sides = (chain: Relation): readonly Expression[] =>
    SIGN[chain.operators[0]!] === -1 ? [...chain.sides].reverse() : chain.sides;
  const strictness = (chain: Relation): string => {
    const marks = chain.operators.map((operator) =>
      operator === '<' || operator === '>' ? '<' : operator === '=' ? '=' : '≤',
    );
    return (SIGN[chain.operators[0]!] === -1 ? marks.reverse() : marks).join('');
  };
  if (strictness(gold) !== strictness(answer)) return different('inequality');
  const [g, a] = [sides(gold), sides(answer)];
  return every(g.length, (i) => context.compareParts(g[i]!, a[i]!), 'inequality');
}

/** `x \equiv 3 \pmod 5`: same left side and modulus, and residues that differ by a multiple of it. */
export function compareCongruences(gold: Expression, answer: Expression, context: Context): Decision {
  if (gold.kind !== 'relation' || answer.kind !== 'relation') return different('congruence');
  if (gold.operators[0] !== '≡' || answer.operators[0] !== '≡') return different('congruence');
  if (gold.sides.length !== answer.sides.length) return different('congruence');
  if (gold.sides.length !== 3)
    return every(
      gold.sides.length,
      (i) => context.compareParts(gold.sides[i]!, answer.sides[i]!),
      'congruence',
    );
  const modulus = gold.sides[2]!;
  const residue = (relation: Relation): Expression => ({
    kind: 'call',
    name: 'mod',
    args: [relation.sides[1]!, modulus],
  });
  const checks = [
    (): Decision => context.compareParts(gold.sides[0]!, answer.sides[0]!),
    (): Decision => compareScalars(modulus, answer.sides[2]!, context),
    (): Decision => compareScalars(residue(gold), residue(answer), context),
  ];
  return every(checks.length, (i) => checks[i]!(), 'congruence');
}

/* Proportionality */

const POINTS = 8;
const POINTS_MIN = 3;
const TOLERANCE = 1e-8;

/**
 * The constant c with f = c g: its sign matters to inequalities. 'varies' if there is none, also if one side is 0
 * everywhere.
 */
function ratioOf(f: Expression, g: Expression, context: Context): number | 'varies' | 'unknown' {
  const inField = fieldRatio(f, g, context.budget);
  if (inField === 'varies') return 'varies';
  const ratios: Complex[] = [];
  const imaginary = contains(f, isImaginaryUnit) || contains(g, isImaginaryUnit);
  for (const kind of imaginary ? (['complex'] as const) : (['real', 'complex'] as const)) {
    for (let point = 0; point < POINTS && ratios.length < POINTS_MIN + 2; point++) {
      const evaluator = new Evaluator(point, kind, context.budget);
      const [left, right] = [evaluator.evaluate(f), evaluator.evaluate(g)];
      if (!isFiniteComplex(left.z) || !isFiniteComplex(right.z) || evaluator.absorbed) continue;
      // A value within rounding error does not determine the ratio.
      const visible = magnitude(left.z) > left.scale * 1e-7 && magnitude(right.z) > right.scale * 1e-7;
      if (visible) ratios.push(divide(left.z, right.z));
      else if (magnitude(left.z) > left.scale * 1e-7 || magnitude(right.z) > right.scale * 1e-7)
        return 'varies';
    }
    if (ratios.length >= POINTS_MIN) break;
  }
  if (ratios.length < POINTS_MIN) return 'unknown';
  const first = ratios[0]!;
  const constant = ratios.every((ratio) => magnitude(subtract(ratio, first)) <= TOLERANCE * magnitude(first));
  return constant ? first.re : 'varies';
}

/** Exact where both are rational functions; otherwise nothing is known. */
function fieldRatio(f: Expression, g: Expression, budget: Budget): 'constant' | 'varies' | 'unknown' {
  let first: bigint | undefined;
  for (let point = 0; point < POINTS_MIN; point++) {
    const evaluator = new FieldEvaluator(point, budget);
    const [left, right] = [evaluator.evaluate(f), evaluator.evaluate(g)];
    if (left === undefined || right === undefined || left.free || right.free) return 'unknown';
    if (left.value === 0n || right.value === 0n) return 'varies';
    const ratio = reduce(left.value * inverseMod(right.value));
    if (first !== undefined && ratio !== first) return 'varies';
    first = ratio;
  }
  return 'constant';
}

/* Denominators */

/** The expression times all denominators with variables in its terms, each different one once. */
function withoutDenominators(expression: Expression, context: Context): Expression {
  const denominators = new Map<string, Expression>();
  const key = (under: Expression): string | undefined => {
    if (exactValue(under, context.budget) !== undefined) return undefined;
    const residue = new FieldEvaluator(0, context.budget).evaluate(under);
    return residue === undefined ? undefined : String(residue.value);
  };
  for (const term of termsOf(expression)) {
    for (const under of denominatorsOf(term)) {
      const name = key(under);
      if (name !== undefined) denominators.set(name, under);
    }
  }
  if (denominators.size === 0 || denominators.size > 4) return expression;
  return { kind: 'multiply', factors: [expression, ...denominators.values()] };
}

function termsOf(expression: Expression): readonly Expression[] {
  if (expression.kind === 'add') return expression.terms.flatMap(termsOf);
  return expression.kind === 'negate' ? termsOf(expression.of) : [expression];
}

function denominatorsOf(term: Expression): readonly Expression[] {
  if (term.kind === 'divide') return [term.under, ...denominatorsOf(term.over)];
  if (term.kind === 'multiply') return term.factors.flatMap(denominatorsOf);
  if (term.kind === 'negate') return denominatorsOf(term.of);
  return [];
}
