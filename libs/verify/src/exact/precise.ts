/**
 * The value of a real constant to about 80 decimal digits, for constants that doubles cannot tell apart. Agreement of
 * so many digits counts as equality, less agreement as a difference. Undefined if a part has no real value here:
 * complex numbers, unknown functions, overflow.
 */
import type { Budget } from '../budget.js';
import type { Expression } from '../expression.js';
import * as f from './bigfloat.js';
import type { BigFloat } from './bigfloat.js';
import { exactValue } from './evaluate.js';
import type { Rational } from './rational.js';

/** Bits that must agree, counted from the largest part that was added up. */
const AGREEMENT_BITS = f.PRECISION - 56;

/** A value and the size of its parts: after cancellation, the errors of the parts remain. */
interface Precise {
  readonly value: BigFloat;
  readonly size: number;
}

/** Whether two constants are equal; undefined if that cannot be decided. */
export function comparePrecisely(a: Expression, b: Expression, budget: Budget): boolean | undefined {
  try {
    const [left, right] = [evaluate(a, budget), evaluate(b, budget)];
    const gap = f.sizeOf(f.subtract(left.value, right.value));
    const size = Math.max(left.size, right.size);
    if (gap < size - AGREEMENT_BITS) return true;
    // A difference between the two bounds may be a rounding error after cancellation.
    return gap < size - AGREEMENT_BITS + 24 ? undefined : false;
  } catch (failure) {
    if (failure instanceof f.NoValue) return undefined;
    throw failure;
  }
}

const sized = (value: BigFloat, size = -Infinity): Precise => ({
  value,
  size: Math.max(size, f.sizeOf(value)),
});

function evaluate(expression: Expression, budget: Budget): Precise {
  budget.spend(60);
  const exact = exactValue(expression, budget);
  if (exact !== undefined) return sized(ofRational(exact));
  switch (expression.kind) {
    case 'constant':
      if (expression.name === 'pi') return sized(f.PI);
      if (expression.name === 'e') return sized(f.exp(f.ONE));
      break;
    case 'add': {
      const terms = expression.terms.map((term) => evaluate(term, budget));
      const size = Math.max(...terms.map((term) => term.size));
      return sized(terms.map(({ value }) => value).reduce(f.add), size);
    }
    case 'multiply':
      return expression.factors.map((factor) => evaluate(factor, budget)).reduce(product);
    case 'negate': {
      const of = evaluate(expression.of, budget);
      return { value: f.negate(of.value), size: of.size };
    }
    case 'divide': {
      const [over, under] = [evaluate(expression.over, budget), evaluate(expression.under, budget)];
      return inflated(f.divide(over.value, under.value), [over, under]);
    }
    case 'degrees': {
      const of = evaluate(expression.of, budget);
      return inflated(f.divide(f.multiply(of.value, f.PI), f.ofInteger(180n)), [of]);
    }
    case 'percent': {
      const of = evaluate(expression.of, budget);
      return inflated(f.divide(of.value, f.ofInteger(100n)), [of]);
    }
    case 'power':
      return power(expression.base, expression.exponent, budget);
    case 'call':
      return call(expression.name, expression.args, budget);
    default:
      break;
  }
  throw new f.NoValue(expression.kind);
}

function product(a: Precise, b: Precise): Precise {
  return inflated(f.multiply(a.value, b.value), [a, b]);
}

/** The size of f(parts): the value's own, increased by what the parts lost to cancellation. */
function inflated(value: BigFloat, parts: readonly Precise[]): Precise {
  const lost = Math.max(
    0,
    ...parts.map((part) => (f.isZero(part.value) ? 0 : part.size - f.sizeOf(part.value))),
  );
  return sized(value, f.sizeOf(value) + lost);
}

function ofRational({ n, d }: Rational): BigFloat {
  return d === 1n ? f.ofInteger(n) : f.divide(f.ofInteger(n), f.ofInteger(d));
}

function power(base: Expression, exponent: Expression, budget: Budget): Precise {
  const by = exactValue(exponent, budget);
  const of = evaluate(base, budget);
  budget.spend(400);
  if (by?.d === 1n && by.n > -65n && by.n < 65n) {
    let value = f.ONE;
    for (let i = 0n; i < (by.n < 0n ? -by.n : by.n); i++) value = f.multiply(value, of.value);
    return inflated(by.n < 0n ? f.divide(f.ONE, value) : value, [of]);
  }
  if (by?.d === 2n && by.n === 1n) return inflated(f.sqrt(of.value), [of]);
  const raised = evaluate(exponent, budget);
  // The error of the exponent is one of the value, times its size.
  const growth = Math.max(0, raised.size) + 8;
  if (by !== undefined && f.isNegative(of.value) && by.d % 2n === 1n) {
    const size = f.exp(f.multiply(raised.value, f.ln(f.negate(of.value))));
    return sized(by.n % 2n === 0n ? size : f.negate(size), f.sizeOf(size) + growth);
  }
  const value = f.exp(f.multiply(raised.value, f.ln(of.value)));
  return sized(value, f.sizeOf(value) + growth);
}

function call(name: string, args: readonly Expression[], budget: Budget): Precise {
  budget.spend(800);
  if (name === 'sqrt' && args.length === 2) {
    const one: Expression = { kind: 'number', value: { n: 1n, d: 1n } };
    return power(args[0]!, { kind: 'divide', over: one, under: args[1]! }, budget);
  }
  if (name === 'log' && args.length === 2) {
    const [of, base] = [evaluate(args[0]!, budget), evaluate(args[1]!, budget)];
    return inflated(f.divide(f.ln(of.value), f.ln(base.value)), [of, base]);
  }
  const rule = RULES.get(name);
  if (rule === undefined || args.length !== 1) throw new f.NoValue(name);
  const of = evaluate(args[0]!, budget);
  const value = rule(of.value);
  // Near a zero the error is that of the argument: sin(pi) is as far from 0 as pi is from itself.
  const whole = inflated(value, [of]);
  return sized(value, Math.max(whole.size, of.size, 0));
}

const half = (x: BigFloat): BigFloat => f.divide(x, f.ofInteger(2n));
const sinh = (x: BigFloat): BigFloat => half(f.subtract(f.exp(x), f.exp(f.negate(x))));
const cosh = (x: BigFloat): BigFloat => half(f.add(f.exp(x), f.exp(f.negate(x))));
const arcsin = (x: BigFloat): BigFloat => {
  const rest = f.sqrt(f.subtract(f.ONE, f.multiply(x, x)));
  if (!f.isZero(rest)) return f.arctan(f.divide(x, rest));
  return f.isNegative(x) ? f.negate(half(f.PI)) : half(f.PI);
};
const tan = (x: BigFloat): BigFloat => {
  const { sin, cos } = f.sinCos(x);
  return f.divide(sin, cos);
};
const inverse =
  (rule: (x: BigFloat) => BigFloat) =>
  (x: BigFloat): BigFloat =>
    f.divide(f.ONE, rule(x));

const RULES: ReadonlyMap<string, (x: BigFloat) => BigFloat> = new Map([
  ['sqrt', f.sqrt],
  ['exp', f.exp],
  ['ln', f.ln],
  ['log', f.ln],
  ['sin', (x) => f.sinCos(x).sin],
  ['cos', (x) => f.sinCos(x).cos],
  ['tan', tan],
  ['cot', inverse(tan)],
  ['sec', inverse((x) => f.sinCos(x).cos)],
  ['csc', inverse((x) => f.sinCos(x).sin)],
  ['sinh', sinh],
  ['cosh', cosh],
  ['tanh', (x) => f.divide(sinh(x), cosh(x))],
  ['coth', (x) => f.divide(cosh(x), sinh(x))],
  ['asin', arcsin],
  ['acos', (x) => f.subtract(half(f.PI), arcsin(x))],
  ['atan', f.arctan],
  ['abs', (x) => (f.isNegative(x) ? f.negate(x) : x)],
]);
