/**
 * The value of a scalar at one point, in complex doubles, with a measure of its accuracy.
 *
 * `scale` is the largest magnitude in any sum on the way: two results are compared relative to it, so that
 * sin^2 x + cos^2 x - 1 equals 0. `absorbed` says that in some sum one term was below the precision of another (10^20
 * + sin 1 against 10^20 + sin 2): such a value can show that two expressions differ, but not that they are equal.
 *
 * Not here: exact arithmetic (`exact/`), which decides first wherever it can.
 */
import type { Budget } from '../budget.js';
import { toNumber } from '../exact/rational.js';
import type { Expression } from '../expression.js';
import * as c from './complex.js';
import type { Complex } from './complex.js';
import { callFunction } from './functions.js';
import { unknownFunction, valueAt, type PointKind } from './points.js';

export interface Value {
  readonly z: Complex;
  readonly scale: number;
}

/** Terms smaller than this beside the largest of a sum make it untrustworthy. */
const ABSORPTION = 1e-6;
/** Most terms of a series that are added up one by one. */
const SERIES_TERMS_MAX = 1000;
/** Most terms of a sum to infinity, and the number of consecutive terms without effect that ends it. */
const ENDLESS_TERMS_MAX = 400;
const SETTLED_TERMS = 5;

const PERIODIC = /^(?:sin|cos|tan|cot|sec|csc|ln|log)$/;

const NONE: Value = { z: c.NOT_A_VALUE, scale: NaN };
const E = c.real(Math.E);
const PI = c.real(Math.PI);
const I: Complex = { re: 0, im: 1 };

/** Evaluates scalars at point `point`; every other kind of expression has no value. */
export class Evaluator {
  private readonly bound = new Map<string, Complex>();
  private readonly realOnly: boolean;
  /** Some sum absorbed a term: the value is approximate and must not be used to conclude equality. */
  absorbed = false;

  constructor(
    private readonly point: number,
    private readonly kind: PointKind,
    private readonly budget: Budget,
  ) {
    this.realOnly = kind !== 'complex';
  }

  /** Gives `name` a value instead of that of the point. */
  bind(name: string, value: number): void {
    this.bound.set(name, c.real(value));
  }

  /** A value whose accuracy is unknown (a power of something without a value) is none: it would agree with anything. */
  evaluate(expression: Expression): Value {
    const value = this.valueOf(expression);
    return Number.isFinite(value.scale) ? value : NONE;
  }

  private valueOf(expression: Expression): Value {
    this.budget.spend(3);
    switch (expression.kind) {
      case 'number':
        return exactly(c.real(toNumber(expression.value)));
      case 'constant':
        return this.constant(expression.name);
      case 'symbol':
        return exactly(this.bound.get(expression.name) ?? valueAt(expression.name, this.point, this.kind));
      case 'add':
        return this.sum(expression.terms);
      case 'multiply':
        return expression.factors.map((factor) => this.evaluate(factor)).reduce(product);
      case 'divide': {
        const under = this.evaluate(expression.under);
        const inverse = c.divide(c.real(1), under.z);
        const inverted = { z: inverse, scale: (c.magnitude(inverse) * under.scale) / c.magnitude(under.z) };
        return product(this.evaluate(expression.over), inverted);
      }
      case 'negate': {
        const of = this.evaluate(expression.of);
        return { z: c.negate(of.z), scale: of.scale };
      }
      case 'power':
        return this.power(this.evaluate(expression.base), this.evaluate(expression.exponent));
      case 'call': {
        const args = expression.args.map((arg) => this.evaluate(arg));
        const z = callFunction(
          expression.name,
          args.map((arg) => arg.z),
          this.realOnly,
        );
        // Near a zero of sine or logarithm the error is that of the argument: sin(pi) is 1e-16, not 0.
        const error = PERIODIC.test(expression.name) ? (args[0]?.scale ?? 0) : 0;
        return this.checked(z, Math.max(inflated(z, args), error));
      }
      case 'apply': {
        const args = expression.args.map((arg) => this.opaque(arg));
        // Another function at every point: f(1) = 2f(2) is not a multiple of f(2) = 2f(1).
        const z = unknownFunction(
          `${expression.name} ${this.point}`,
          args.map((arg) => arg.z),
        );
        return { z, scale: inflated(z, args) };
      }
      case 'series':
        return this.series(expression);
      case 'percent': {
        const of = this.evaluate(expression.of);
        return { z: c.scaled(of.z, 0.01), scale: of.scale * 0.01 };
      }
      case 'degrees': {
        const of = this.evaluate(expression.of);
        return { z: c.scaled(of.z, Math.PI / 180), scale: (of.scale * Math.PI) / 180 };
      }
      case 'ratio':
        return this.ratio(expression.parts);
      default:
        return NONE;
    }
  }

  private constant(name: 'pi' | 'e' | 'i' | 'infinity'): Value {
    if (name === 'pi') return exactly(PI);
    if (name === 'e') return exactly(E);
    return name === 'i' && !this.realOnly ? exactly(I) : NONE;
  }

  private sum(terms: readonly Expression[]): Value {
    let z: Complex = c.real(0);
    let scale = 0;
    let largest = 0;
    let smallest = Infinity;
    for (const term of terms) {
      const value = this.evaluate(term);
      z = c.add(z, value.z);
      scale = Math.max(scale, value.scale);
      const size = c.magnitude(value.z);
      if (size > 0) smallest = Math.min(smallest, size);
      largest = Math.max(largest, size);
    }
    if (smallest < largest * ABSORPTION) this.absorbed = true;
    return { z, scale };
  }

  private power(base: Value, exponent: Value): Value {
    let z = c.power(base.z, exponent.z);
    if (this.realOnly && z.im !== 0) {
      z = realOddPower(base.z, exponent.z) ?? c.NOT_A_VALUE;
    }
    const growth = Math.max(1, c.magnitude(exponent.z));
    return this.checked(z, inflated(z, [base, exponent]) * growth);
  }

  private series(series: Expression & { kind: 'series' }): Value {
    const outer = this.bound.get(series.variable);
    const result = this.counted(series) ?? this.uncounted(series);
    if (outer === undefined) this.bound.delete(series.variable);
    else this.bound.set(series.variable, outer);
    return result;
  }

  /** Term by term; undefined if the bounds are not whole numbers here, or a sum to infinity does not converge. */
  private counted(series: Expression & { kind: 'series' }): Value | undefined {
    const endless = isInfinite(series.to);
    const from = this.evaluate(series.from).z;
    const to = endless ? c.real(from.re + ENDLESS_TERMS_MAX) : this.evaluate(series.to).z;
    const terms = to.re - from.re + 1;
    if (!Number.isSafeInteger(from.re) || !Number.isSafeInteger(to.re)) return undefined;
    if (terms < 0 || terms > SERIES_TERMS_MAX) return undefined;
    let result = exactly(c.real(series.name === 'sum' ? 0 : 1));
    let settled = 0;
    for (let k = 0; k < terms; k++) {
      this.bound.set(series.variable, c.real(from.re + k));
      const term = this.evaluate(series.body);
      const next = series.name === 'sum' ? total(result, term) : product(result, term);
      const change = c.magnitude(c.subtract(next.z, result.z));
      result = next;
      if (!endless) continue;
      settled = change <= 1e-17 * result.scale ? settled + 1 : 0;
      if (settled >= SETTLED_TERMS) return result;
    }
    return endless ? undefined : result;
  }

  /** An unknown function of bounds and body, independent of the name of the bound variable. */
  private uncounted(series: Expression & { kind: 'series' }): Value {
    this.bound.set(series.variable, c.real(0.7182));
    const body = this.opaque(series.body);
    const z = unknownFunction(series.name, [this.opaque(series.from).z, this.opaque(series.to).z, body.z]);
    return { z, scale: inflated(z, [body]) };
  }

  /** The argument of an unknown function may have no value as a scalar: infinity, a relation, a list. */
  private opaque(arg: Expression): Value {
    switch (arg.kind) {
      case 'constant':
        return arg.name === 'infinity' ? exactly(c.real(7.3891)) : this.evaluate(arg);
      case 'relation':
        return exactly(
          unknownFunction(
            arg.operators.join(''),
            arg.sides.map((side) => this.opaque(side).z),
          ),
        );
      case 'list':
        return exactly(
          unknownFunction(
            arg.open + arg.close,
            arg.items.map((item) => this.opaque(item).z),
          ),
        );
      case 'text':
        return exactly(unknownFunction(arg.words, []));
      case 'negate': {
        const of = this.opaque(arg.of);
        return { z: c.negate(of.z), scale: of.scale };
      }
      default:
        return this.evaluate(arg);
    }
  }

  private ratio(parts: readonly Expression[]): Value {
    if (parts.length !== 2) return NONE;
    return this.evaluate({ kind: 'divide', over: parts[0]!, under: parts[1]! });
  }

  private checked(z: Complex, scale: number): Value {
    return c.isFinite(z) ? { z, scale: Math.max(scale, c.magnitude(z)) } : NONE;
  }
}

/** (-8)^(1/3) where only real numbers count: a fraction with an odd denominator up to 99. */
function realOddPower(base: Complex, exponent: Complex): Complex | undefined {
  if (base.im !== 0 || exponent.im !== 0 || base.re >= 0) return undefined;
  for (let under = 3; under < 100; under += 2) {
    const over = exponent.re * under;
    const whole = Math.round(over);
    if (Math.abs(over - whole) < 1e-12) {
      const size = (-base.re) ** exponent.re;
      return c.real(whole % 2 === 0 ? size : -size);
    }
  }
  return undefined;
}

function isInfinite(expression: Expression): boolean {
  return expression.kind === 'constant' && expression.name === 'infinity';
}

function exactly(z: Complex): Value {
  return { z, scale: c.magnitude(z) };
}

function total(a: Value, b: Value): Value {
  return { z: c.add(a.z, b.z), scale: Math.max(a.scale, b.scale) };
}

function product(a: Value, b: Value): Value {
  return {
    z: c.multiply(a.z, b.z),
    scale: Math.max(a.scale * c.magnitude(b.z), c.magnitude(a.z) * b.scale),
  };
}

/** The scale of f(args): its magnitude times the worst ratio of scale to magnitude among the arguments. */
function inflated(z: Complex, args: readonly Value[]): number {
  let ratio = 1;
  for (const arg of args) {
    const size = c.magnitude(arg.z);
    ratio = Math.max(ratio, size === 0 ? 1 + arg.scale : arg.scale / size);
  }
  return Math.max(c.magnitude(z), 1e-300) * Math.min(ratio, 1e6);
}
