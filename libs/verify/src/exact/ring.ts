/**
 * Products that do not commute. Capital letters of which one is inverted or transposed in a product (P^{-1}AP, (AB)^T)
 * stand for matrices: then both sides are evaluated with 2 x 2 matrices over the finite field of `field.ts` in their
 * place, where A B and B A differ. Without such a sign capital letters are numbers or points, and AB is BA.
 */
import type { Budget } from '../budget.js';
import { contains } from '../walk.js';
import type { Expression } from '../expression.js';
import { hash } from '../numeric/points.js';
import { exactValue } from './evaluate.js';
import { inverseMod, reduce } from './modular.js';

/** Rows first. */
type Matrix = readonly [bigint, bigint, bigint, bigint];

const POINTS = 2;
const EXPONENT_MAX = 12n;
const IDENTITY: Matrix = [1n, 0n, 0n, 1n];

/**
 * Whether two expressions in letters that stand for matrices are equal; undefined if they are not such expressions.
 */
export function compareMatrixLetters(a: Expression, b: Expression, budget: Budget): boolean | undefined {
  if (!contains(a, marksMatrices) && !contains(b, marksMatrices)) return undefined;
  for (let point = 0; point < POINTS; point++) {
    const [left, right] = [valueOf(a, point, budget), valueOf(b, point, budget)];
    if (left === undefined || right === undefined) return undefined;
    if (left.some((entry, i) => entry !== right[i])) return false;
  }
  return true;
}

const isCapital = (part: Expression): boolean => part.kind === 'symbol' && /^[A-Z](?:_|$)/.test(part.name);

/** `P^{-1} A`, `(AB)^T`: a product of capital letters in which something is inverted or transposed. */
function marksMatrices(part: Expression): boolean {
  if (part.kind === 'power') return isTransposition(part.exponent) && contains(part.base, isCapital);
  if (part.kind !== 'multiply' || part.factors.filter((factor) => contains(factor, isCapital)).length < 2)
    return false;
  return part.factors.some((factor) => factor.kind === 'power' && isMinusOne(factor.exponent));
}

function isTransposition(exponent: Expression): boolean {
  return exponent.kind === 'symbol' && /^(?:T|top|intercal)$/.test(exponent.name);
}

function isMinusOne(exponent: Expression): boolean {
  if (exponent.kind === 'negate') return exponent.of.kind === 'number' && exponent.of.value.n === 1n;
  return exponent.kind === 'number' && exponent.value.n === -1n && exponent.value.d === 1n;
}

function valueOf(expression: Expression, point: number, budget: Budget): Matrix | undefined {
  budget.spend(20);
  switch (expression.kind) {
    case 'symbol':
      return letter(expression, point);
    case 'number':
      return scaled(fractionOf(expression.value));
    case 'add':
      return fold(expression.terms, point, budget, plus);
    case 'multiply':
      return fold(expression.factors, point, budget, times);
    case 'negate': {
      const of = valueOf(expression.of, point, budget);
      return of && times(scaled(-1n), of);
    }
    case 'divide': {
      const [over, under] = [
        valueOf(expression.over, point, budget),
        valueOf(expression.under, point, budget),
      ];
      const inverse = under && inverted(under);
      return over && inverse && times(over, inverse);
    }
    case 'power': {
      const base = valueOf(expression.base, point, budget);
      if (base === undefined || isTransposition(expression.exponent))
        return base && [base[0], base[2], base[1], base[3]];
      const exponent = exactValue(expression.exponent, budget);
      return exponent?.d === 1n ? raised(base, exponent.n) : undefined;
    }
    default:
      return undefined;
  }
}

function letter(symbol: Expression & { kind: 'symbol' }, point: number): Matrix {
  const { name } = symbol;
  if (name === 'I' || name === 'E') return IDENTITY;
  const entry = (place: number): bigint => BigInt(hash(name, point, 20 + place));
  return isCapital(symbol) ? [entry(0), entry(1), entry(2), entry(3)] : scaled(entry(0));
}

function fractionOf({ n, d }: { n: bigint; d: bigint }): bigint {
  return reduce(reduce(n) * inverseMod(reduce(d)));
}

function scaled(by: bigint): Matrix {
  const value = reduce(by);
  return [value, 0n, 0n, value];
}

function fold(
  parts: readonly Expression[],
  point: number,
  budget: Budget,
  combine: (a: Matrix, b: Matrix) => Matrix,
): Matrix | undefined {
  let result: Matrix | undefined;
  for (const part of parts) {
    const value = valueOf(part, point, budget);
    if (value === undefined) return undefined;
    result = result === undefined ? value : combine(result, value);
  }
  return result;
}

function plus(a: Matrix, b: Matrix): Matrix {
  return [reduce(a[0] + b[0]), reduce(a[1] + b[1]), reduce(a[2] + b[2]), reduce(a[3] + b[3])];
}

function times(a: Matrix, b: Matrix): Matrix {
  return [
    reduce(a[0] * b[0] + a[1] * b[2]),
    reduce(a[0] * b[1] + a[1] * b[3]),
    reduce(a[2] * b[0] + a[3] * b[2]),
    reduce(a[2] * b[1] + a[3] * b[3]),
  ];
}

function inverted([a, b, c, d]: Matrix): Matrix | undefined {
  const determinant = reduce(a * d - b * c);
  return determinant === 0n
    ? undefined
    : times(scaled(inverseMod(determinant)), [d, reduce(-b), reduce(-c), a]);
}

function raised(base: Matrix, exponent: bigint): Matrix | undefined {
  if (exponent < -EXPONENT_MAX || exponent > EXPONENT_MAX) return undefined;
  const factor = exponent < 0n ? inverted(base) : base;
  let result: Matrix = IDENTITY;
  for (let i = 0n; factor !== undefined && i < (exponent < 0n ? -exponent : exponent); i++)
    result = times(result, factor);
  return factor && result;
}
