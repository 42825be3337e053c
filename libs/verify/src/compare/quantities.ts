/**
 * Values with a percent sign, degrees, or a unit. What a missing or different unit means is a policy (`options.ts`).
 */
import type { Rational } from '../exact/rational.js';
import type { Expression } from '../expression.js';
import { different, some, type Context, type Decision } from './decision.js';
import { meaningOf, type Meaning } from './units.js';

export function isQuantity(expression: Expression): boolean {
  return expression.kind === 'quantity' || expression.kind === 'percent' || expression.kind === 'degrees';
}

/** At least one side is a quantity. */
export function compareQuantities(gold: Expression, answer: Expression, context: Context): Decision {
  if (gold.kind === 'quantity' || answer.kind === 'quantity') return compareUnits(gold, answer, context);
  if (gold.kind === answer.kind) return context.compareParts(inner(gold), inner(answer));
  const asWritten = (): Decision => context.compareParts(inner(gold), inner(answer));
  if (gold.kind === 'percent' || answer.kind === 'percent') {
    const asValue = (): Decision => context.compareParts(perHundred(gold), perHundred(answer));
    return context.policies.percent === 'either' ? some([asValue, asWritten]) : asValue();
  }
  const asAngle = (): Decision => context.compareParts(radians(gold), radians(answer));
  return context.policies.units === 'required' ? asAngle() : some([asAngle, asWritten]);
}

function inner(expression: Expression): Expression {
  return isQuantity(expression) ? (expression as { of: Expression }).of : expression;
}

/** Both sides times 100, so that a percentage stays as it was written: 33.3333% is a decimal of six digits. */
function perHundred(expression: Expression): Expression {
  if (expression.kind === 'percent') return expression.of;
  return { kind: 'multiply', factors: [expression, number(100n, 1n)] };
}

function radians(expression: Expression): Expression {
  if (expression.kind !== 'degrees') return expression;
  const turn: Expression = { kind: 'multiply', factors: [expression.of, { kind: 'constant', name: 'pi' }] };
  return { kind: 'divide', over: turn, under: number(180n, 1n) };
}

function compareUnits(gold: Expression, answer: Expression, context: Context): Decision {
  const values = (): Decision => context.compareParts(withoutUnit(gold), withoutUnit(answer));
  const { units } = context.policies;
  if (units === 'ignore') return values();
  const [left, right] = [measured(gold, answer), measured(answer, gold)];
  if (left.unit === undefined || right.unit === undefined) {
    return units === 'required' ? different('unit') : values();
  }
  const [g, a] = [left.meaning, right.meaning];
  if (g !== undefined && a !== undefined) {
    if (g.dimension !== a.dimension) return different('unit');
    return context.compareParts(inScale(left.of, g.factor), inScale(right.of, a.factor));
  }
  if (units === 'required' && normalUnit(left.unit) !== normalUnit(right.unit)) return different('unit');
  return values();
}

interface Measured {
  readonly of: Expression;
  readonly unit: string | undefined;
  readonly meaning: Meaning | undefined;
}

/** A side with its unit. Degrees are a unit of angle; `5 m/s` in plain letters is one beside a quantity. */
function measured(side: Expression, other: Expression): Measured {
  if (side.kind === 'quantity') return { of: side.of, unit: side.unit, meaning: meaningOf(side.unit) };
  const plain: Measured = { of: side, unit: undefined, meaning: undefined };
  if (other.kind !== 'quantity') return plain;
  if (side.kind === 'degrees') {
    const isMeasured = meaningOf(other.unit) !== undefined;
    return isMeasured ? { of: radians(side), unit: 'rad', meaning: meaningOf('rad') } : plain;
  }
  const lettered = unitLetters(side, 1);
  if (lettered === undefined || lettered.unit === '') return plain;
  const meaning = meaningOf(lettered.unit);
  if (meaning === undefined || meaning.dimension !== meaningOf(other.unit)?.dimension) return plain;
  return { of: product(lettered.values), unit: lettered.unit, meaning };
}

/** A product split into its values and the letters and words that may be units; undefined if it is not a product. */
function unitLetters(
  expression: Expression,
  exponent: number,
): { values: readonly Expression[]; unit: string } | undefined {
  const raised = exponent === 1 ? '' : `^${exponent}`;
  switch (expression.kind) {
    case 'symbol':
      return { values: [], unit: `${expression.name}${raised}` };
    case 'text':
      return { values: [], unit: `${expression.words}${raised}` };
    case 'quantity':
      return exponent === 1 ? { values: [expression.of], unit: expression.unit } : undefined;
    case 'power': {
      const { base, exponent: by } = expression;
      if ((base.kind !== 'symbol' && base.kind !== 'text') || !isSmallWhole(by)) break;
      return unitLetters(base, exponent * Number(numberOf(by)!));
    }
    case 'multiply':
      return joined(expression.factors.map((factor) => unitLetters(factor, exponent)));
    case 'divide':
      return joined([unitLetters(expression.over, exponent), unitLetters(expression.under, -exponent)]);
    default:
      break;
  }
  const value: Expression =
    exponent === 1 ? expression : { kind: 'power', base: expression, exponent: number(-1n, 1n) };
  return Math.abs(exponent) === 1 ? { values: [value], unit: '' } : undefined;
}

function joined(
  parts: readonly ({ values: readonly Expression[]; unit: string } | undefined)[],
): { values: readonly Expression[]; unit: string } | undefined {
  const known = parts.filter((part) => part !== undefined);
  if (known.length < parts.length) return undefined;
  return {
    values: known.flatMap(({ values }) => values),
    unit: known
      .map(({ unit }) => unit)
      .join(' ')
      .trim(),
  };
}

function numberOf(expression: Expression): bigint | undefined {
  if (expression.kind === 'negate') {
    const of = numberOf(expression.of);
    return of === undefined ? undefined : -of;
  }
  return expression.kind === 'number' && expression.value.d === 1n ? expression.value.n : undefined;
}

function isSmallWhole(expression: Expression): boolean {
  const value = numberOf(expression);
  return value !== undefined && value >= -9n && value <= 9n && value !== 0n;
}

function product(factors: readonly Expression[]): Expression {
  return factors.length === 1 ? factors[0]! : { kind: 'multiply', factors };
}

/** Without the unit; percent and degrees stay. */
export function withoutUnit(expression: Expression): Expression {
  return expression.kind === 'quantity' ? expression.of : expression;
}

function inScale(value: Expression, factor: Rational): Expression {
  if (factor.n === factor.d) return value;
  return { kind: 'multiply', factors: [value, { kind: 'number', value: factor }] };
}

function number(n: bigint, d: bigint): Expression {
  return { kind: 'number', value: { n, d } };
}

function normalUnit(unit: string): string {
  return unit
    .toLowerCase()
    .replace(/[.\s]/g, '')
    .replace(/(?<=[a-z]{3})s$/, '');
}
