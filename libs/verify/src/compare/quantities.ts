/**
 * Values with a percent sign, degrees, or a unit. What a missing or different unit means is a policy (`options.ts`).
 */
import type { Rational } from '../exact/rational.js';
import type { Expression } from '../expression.js';
import { different, some, type Context, type Decision } from './decision.js';
import { readUnits, type Unit } from '../units.js';
import { contentOf, wordsAgree, type Words } from './words.js';

export function isQuantity(expression: Expression): boolean {
  return expression.kind === 'quantity' || expression.kind === 'percent' || expression.kind === 'degrees';
}

/** At least one side is a quantity. */
export function compareQuantities(gold: Expression, answer: Expression, context: Context): Decision {
  const { units, approximate } = context.policies;
  if (units === 'ignore') return compareSigns(withoutUnit(gold), withoutUnit(answer), context);
  const [g, a] = [named(gold, answer, approximate), named(answer, gold, approximate)];
  if (!wordsAgree(g.words, a.words)) return different('words');
  // `n \text{ prime}` says something about n: no unit, which may be left out.
  if ((g.of.kind === 'symbol' || a.of.kind === 'symbol') && !sameContent(g.words, a.words))
    return different('words');
  if (units === 'required' && !(sameContent(g.words, a.words) && isBare(g) === isBare(a)))
    return different('unit');
  if (g.unit !== undefined && a.unit !== undefined) {
    if (isPound(gold) && isPound(answer)) return context.compareParts(g.of, a.of);
    if (g.unit.dimension !== a.unit.dimension) return different('unit');
    return context.compareParts(inScale(g.of, g.unit.factor), inScale(a.of, a.unit.factor));
  }
  // One side has a unit: the other must not name anything else.
  const other = g.unit === undefined ? g : a;
  const isMeasured = g.unit !== undefined || a.unit !== undefined;
  if (isMeasured && (other.words.named || signOf(other.of) !== undefined)) return different('unit');
  const signs = [signOf(g.of), signOf(a.of)];
  if (signs[0] !== signs[1] && signs.every((sign, i) => sign !== undefined || [g, a][i]!.words.named))
    return different('unit');
  return compareSigns(g.of, a.of, context);
}

/** Percentages, degrees and plain values. */
function compareSigns(gold: Expression, answer: Expression, context: Context): Decision {
  const asWritten = (): Decision => context.compareParts(inner(gold), inner(answer));
  if (signOf(gold) === signOf(answer)) return asWritten();
  if (signOf(gold) !== undefined && signOf(answer) !== undefined) return different('unit');
  if (signOf(gold) === 'percent' || signOf(answer) === 'percent') {
    const asValue = (): Decision => context.compareParts(perHundred(gold), perHundred(answer));
    return context.policies.percent === 'either' ? some([asValue, asWritten]) : asValue();
  }
  const asAngle = (): Decision => context.compareParts(radians(gold), radians(answer));
  return context.policies.units === 'required' ? asAngle() : some([asAngle, asWritten]);
}

function signOf(expression: Expression): 'percent' | 'degrees' | undefined {
  return expression.kind === 'percent' || expression.kind === 'degrees' ? expression.kind : undefined;
}

function inner(expression: Expression): Expression {
  return signOf(expression) === undefined ? expression : (expression as { of: Expression }).of;
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

/** A value with what stands beside it. */
interface Named {
  readonly of: Expression;
  readonly unit: Unit | undefined;
  readonly words: Words;
}

const isBare = ({ of, unit, words }: Named): boolean =>
  unit === undefined && !words.named && signOf(of) === undefined;

const sameContent = (a: Words, b: Words): boolean =>
  a.content.size === b.content.size && [...a.content].every((word) => b.content.has(word));

/** A side with its unit. Degrees are a unit of angle; `5 m/s` in plain letters is one beside a quantity. */
function named(side: Expression, other: Expression, approximate: boolean): Named {
  if (side.kind === 'quantity') {
    const { unit, words } = readUnits(side.unit);
    return { of: side.of, unit, words: contentOf(words, approximate) };
  }
  const plain: Named = { of: side, unit: undefined, words: contentOf([], approximate) };
  const unit = other.kind === 'quantity' ? readUnits(other.unit).unit : undefined;
  if (unit === undefined) return plain;
  if (side.kind === 'degrees' && unit.dimension === '')
    return { ...plain, of: radians(side), unit: readUnits('rad').unit };
  const lettered = unitLetters(side, 1);
  if (lettered === undefined || lettered.unit === '') return plain;
  const read = readUnits(lettered.unit);
  if (read.words.length > 0 || read.unit?.dimension !== unit.dimension) return plain;
  return { ...plain, of: product(lettered.values), unit: read.unit };
}

/** Pounds are money beside `£`, and a mass otherwise. */
function isPound(side: Expression): boolean {
  return side.kind === 'quantity' && /^(?:£|pounds?)$/i.test(side.unit.trim());
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
