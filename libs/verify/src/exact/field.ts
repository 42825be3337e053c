/**
 * Exact identity by evaluation in a finite field (Schwartz 1980, Zippel 1979).
 *
 * A rational function with rational coefficients is evaluated modulo a 62-bit prime at points made from the variables'
 * names: results that differ prove that two expressions differ, and results that agree make it certain up to a chance
 * below 1e-16, however large the numbers are: 2^2005 + 1 and 2^2005 are told apart in microseconds.
 *
 * pi and e are variables. i and the square roots of numbers are real elements of the field: the prime is 1
 * modulo 8 and modulo every prime up to 43, so -1 and all these primes have square roots. Everything else (sine, x^y,
 * a root of a sum) is a "free" function of its argument: agreement still proves equality, but a difference then
 * proves nothing.
 *
 * The prime is no secret, so agreement alone (x against x + PRIME) does not make a verdict: `compare/scalars.ts` also
 * requires that the values in doubles do not contradict it.
 */
import type { Budget } from '../budget.js';
import type { Expression } from '../expression.js';
import { hash } from '../numeric/points.js';
import { exactValue } from './evaluate.js';
import { squareRootMod, PRIME, inverseMod, powerMod, reduce } from './modular.js';
import { wholeRoot, type Rational } from './rational.js';

export interface Residue {
  readonly value: bigint;
  /** Whether it contains a free function. */
  readonly free: boolean;
}

/** Factorials up to here are multiplied out; larger ones are free. */
const FACTORIAL_MAX = 6000n;
/** Larger powers are free: x^(PRIME - 1) is 1 in the field alone. */
const EXPONENT_MAX = 1n << 40n;
const exact = (value: bigint): Residue => ({ value, free: false });

/** Evaluates scalars at field point `point`; undefined where there is no value (division by 0, a list). */
export class FieldEvaluator {
  constructor(
    private readonly point: number,
    private readonly budget: Budget,
  ) {}

  evaluate(expression: Expression): Residue | undefined {
    this.budget.spend(4);
    switch (expression.kind) {
      case 'number':
        return this.rational(expression.value);
      case 'constant':
        if (expression.name === 'i') return exact(squareRootMod(PRIME - 1n)!);
        return expression.name === 'infinity' ? undefined : exact(this.random(`constant ${expression.name}`));
      case 'symbol':
        return exact(this.random(expression.name));
      case 'add':
        return this.fold(expression.terms, 0n, (a, b) => a + b);
      case 'multiply':
        return this.fold(expression.factors, 1n, (a, b) => a * b);
      case 'negate':
        return this.mapped(expression.of, (a) => -a);
      case 'percent':
        return this.mapped(expression.of, (a) => a * inverseMod(100n));
      case 'degrees':
        return this.mapped(expression.of, (a) => a * this.random('constant pi') * inverseMod(180n));
      case 'divide':
        return this.quotient(expression.over, expression.under);
      case 'ratio':
        return expression.parts.length === 2
          ? this.quotient(expression.parts[0]!, expression.parts[1]!)
          : undefined;
      case 'power':
        return this.power(expression);
      case 'call':
        return this.call(expression);
      case 'apply':
        return this.free(expression.name, expression.args);
      default:
        return undefined;
    }
  }

  private rational(value: Rational): Residue | undefined {
    if (value.d === 1n) return exact(reduce(value.n));
    const under = reduce(value.d);
    return under === 0n ? undefined : exact(reduce(reduce(value.n) * inverseMod(under)));
  }

  private fold(
    parts: readonly Expression[],
    start: bigint,
    combine: (a: bigint, b: bigint) => bigint,
  ): Residue | undefined {
    let value = start;
    let free = false;
    for (const part of parts) {
      const residue = this.evaluate(part);
      if (residue === undefined) return undefined;
      value = reduce(combine(value, residue.value));
      free ||= residue.free;
    }
    return { value, free };
  }

  private mapped(of: Expression, map: (a: bigint) => bigint): Residue | undefined {
    const residue = this.evaluate(of);
    return residue && { value: reduce(map(residue.value)), free: residue.free };
  }

  private quotient(over: Expression, under: Expression): Residue | undefined {
    const a = this.evaluate(over);
    const b = this.evaluate(under);
    if (a === undefined || b === undefined || b.value === 0n) return undefined;
    this.budget.spend(60);
    return { value: reduce(a.value * inverseMod(b.value)), free: a.free || b.free };
  }

  private power(expression: Expression & { kind: 'power' }): Residue | undefined {
    const exponent = exactValue(expression.exponent, this.budget);
    if (exponent?.d === 2n) {
      const root: Expression = { kind: 'call', name: 'sqrt', args: [expression.base] };
      return this.wholePower(root, exponent.n);
    }
    if (exponent?.d === 1n && exponent.n < EXPONENT_MAX && exponent.n > -EXPONENT_MAX)
      return this.wholePower(expression.base, exponent.n);
    return this.free('power', [expression.base, expression.exponent]);
  }

  private wholePower(base: Expression, exponent: bigint): Residue | undefined {
    const residue = this.evaluate(base);
    if (residue === undefined || (residue.value === 0n && exponent < 0n)) return undefined;
    this.budget.spend(80);
    const size = powerMod(residue.value, exponent < 0n ? -exponent : exponent);
    return { value: exponent < 0n ? inverseMod(size) : size, free: residue.free };
  }

  private call(expression: Expression & { kind: 'call' }): Residue | undefined {
    const value = exactValue(expression, this.budget);
    if (value !== undefined) return this.rational(value);
    if (expression.name === 'sqrt' && expression.args.length === 1) {
      const of = exactValue(expression.args[0]!, this.budget);
      const root = of && this.rootOf(of);
      if (root !== undefined) return exact(root);
    }
    if (expression.name === 'factorial') {
      const of = exactValue(expression.args[0]!, this.budget);
      if (of?.d === 1n && of.n >= 0n && of.n <= FACTORIAL_MAX) return exact(this.factorial(of.n));
    }
    if (expression.name === 'exp') {
      return this.evaluate({
        kind: 'power',
        base: { kind: 'constant', name: 'e' },
        exponent: expression.args[0]!,
      });
    }
    return this.free(expression.name, expression.args);
  }

  private factorial(n: bigint): bigint {
    this.budget.spend(Number(n) * 3);
    let product = 1n;
    for (let k = 2n; k <= n; k++) product = reduce(product * k);
    return product;
  }

  /** sqrt(a/b) = sqrt(ab)/b, by prime factors, so that sqrt 2 sqrt 3 = sqrt 6; undefined when a factor has no root. */
  private rootOf(of: Rational): bigint | undefined {
    const negative = of.n < 0n;
    let rest = (negative ? -of.n : of.n) * of.d;
    if (rest === 0n) return 0n;
    if (rest > 1n << 80n) return undefined;
    let root = inverseMod(reduce(of.d));
    if (negative) root = reduce(root * squareRootMod(PRIME - 1n)!);
    for (let q = 2n; q < 400n && q * q <= rest; q += q === 2n ? 1n : 2n) {
      this.budget.spend(2);
      let odd = false;
      while (rest % q === 0n) {
        rest /= q;
        if (odd) root = reduce(root * q);
        odd = !odd;
      }
      if (odd) {
        const s = squareRootMod(q);
        if (s === undefined) return undefined;
        root = reduce(root * s);
      }
    }
    const whole = wholeRoot(rest);
    if (whole * whole === rest) return reduce(root * whole);
    // The rest is a prime if it is below 400^2; otherwise its factors, and so the sign of its root, are unknown.
    if (rest > 160_000n) return undefined;
    const s = squareRootMod(rest);
    return s === undefined ? undefined : reduce(root * s);
  }

  /** A function about which only equality of arguments is used. */
  private free(name: string, args: readonly Expression[]): Residue | undefined {
    let mixed = `${name}/${args.length}`;
    for (const arg of args) {
      const residue = this.evaluate(arg);
      if (residue === undefined) return undefined;
      mixed += `,${residue.value}`;
    }
    return { value: this.random(mixed), free: true };
  }

  /** A residue from a name. */
  private random(name: string): bigint {
    this.budget.spend(name.length >> 2);
    const high = BigInt(hash(name, this.point, 11) >>> 3);
    const low = BigInt(hash(name, this.point, 12));
    return reduce((high << 32n) | low);
  }
}
