/**
 * The exact rational value of a constant, where it has one and it is small enough; undefined otherwise, which means
 * "decide by other means", never "wrong".
 */
import type { Budget } from '../budget.js';
import { freeNames } from '../compare/names.js';
import type { Expression } from '../expression.js';
import * as q from './rational.js';
import type { Rational } from './rational.js';

export function exactValue(expression: Expression, budget: Budget): Rational | undefined {
  budget.spend(3);
  switch (expression.kind) {
    case 'number':
      return expression.value;
    case 'add':
      return fold(expression.terms, q.ZERO, q.add, budget);
    case 'multiply':
      return fold(expression.factors, q.ONE, q.multiply, budget);
    case 'negate': {
      const of = exactValue(expression.of, budget);
      return of && q.negate(of);
    }
    case 'divide':
      return quotient(expression.over, expression.under, budget);
    case 'ratio':
      return expression.parts.length === 2
        ? quotient(expression.parts[0]!, expression.parts[1]!, budget)
        : undefined;
    case 'percent': {
      const of = exactValue(expression.of, budget);
      return of && q.divide(of, q.whole(100));
    }
    case 'power': {
      const base = exactValue(expression.base, budget);
      const exponent = base && exactValue(expression.exponent, budget);
      if (exponent === undefined || base === undefined) return undefined;
      budget.spend(100);
      if (exponent.d === 1n) return q.power(base, exponent.n);
      const root = exponent.d === 2n ? q.squareRoot(base) : undefined;
      return root && q.power(root, exponent.n);
    }
    case 'call':
      return call(expression.name, expression.args, budget);
    default:
      return undefined;
  }
}

function quotient(over: Expression, under: Expression, budget: Budget): Rational | undefined {
  const a = exactValue(over, budget);
  const b = a && exactValue(under, budget);
  return a && b && q.divide(a, b);
}

function fold(
  parts: readonly Expression[],
  start: Rational,
  combine: (a: Rational, b: Rational) => Rational | undefined,
  budget: Budget,
): Rational | undefined {
  let value: Rational | undefined = start;
  for (const part of parts) {
    const next: Rational | undefined = exactValue(part, budget);
    value = next && combine(value, next);
    if (value === undefined) return undefined;
    budget.spend(q.bitsOf(value.n) >> 8);
  }
  return value;
}

function call(name: string, args: readonly Expression[], budget: Budget): Rational | undefined {
  // gcd(125, 50x) is 25 whatever x is; gcd(a, b) is unknown.
  if (name === 'gcd' && args.some((arg) => freeNames(arg).size === 0))
    return args.map((arg) => content(arg, budget)).reduce(q.commonDivisor);
  const values: Rational[] = [];
  for (const arg of args) {
    const value = exactValue(arg, budget);
    if (value === undefined) return undefined;
    values.push(value);
  }
  const [a, b] = values;
  if (a === undefined) return undefined;
  switch (name) {
    case 'sqrt':
      return b === undefined ? q.squareRoot(a) : undefined;
    case 'factorial':
      budget.spend(a.d === 1n && a.n > 0n && a.n < 10_000n ? Number(a.n) * 3 : 1);
      return q.factorial(a);
    case 'doublefactorial':
      budget.spend(a.d === 1n && a.n > 0n && a.n < 10_000n ? Number(a.n) * 2 : 1);
      return q.doubleFactorial(a);
    case 'binom':
      return b && binomial(a, b, budget);
    case 'abs':
      return a.n < 0n ? q.negate(a) : a;
    case 'floor':
      return q.floor(a);
    case 'ceil':
      return q.negate(q.floor(q.negate(a)));
    case 'min':
      return values.reduce((x, y) => (q.compare(x, y) <= 0 ? x : y));
    case 'max':
      return values.reduce((x, y) => (q.compare(x, y) >= 0 ? x : y));
    case 'lcm':
      return values.reduce<Rational | undefined>((x, y) => x && q.commonMultiple(x, y), a);
    case 'mod':
      return b && modulo(a, b);
    default:
      return undefined;
  }
}

function modulo(a: Rational, b: Rational): Rational | undefined {
  const turns = q.divide(a, b);
  const taken = turns && q.multiply(q.floor(turns), b);
  return taken && q.add(a, q.negate(taken));
}

function binomial(n: Rational, k: Rational, budget: Budget): Rational | undefined {
  if (n.d !== 1n || k.d !== 1n || n.n < 0n || k.n < 0n || n.n > 5000n) return undefined;
  if (k.n > n.n) return q.ZERO;
  const steps = k.n * 2n > n.n ? n.n - k.n : k.n;
  budget.spend(Number(steps) * 6);
  let value = 1n;
  for (let i = 1n; i <= steps; i++) value = (value * (n.n - steps + i)) / i;
  return q.rational(value, 1n);
}

/** The rational factor of a term: 50 of 50x, 1 of sqrt 5; so that gcd(125, 50x) is 25. */
function content(term: Expression, budget: Budget): Rational {
  const value = exactValue(term, budget);
  if (value !== undefined) return value;
  if (term.kind === 'negate') return content(term.of, budget);
  if (term.kind !== 'multiply') return q.ONE;
  return term.factors.map((factor) => content(factor, budget)).reduce((a, b) => q.multiply(a, b) ?? q.ONE);
}
