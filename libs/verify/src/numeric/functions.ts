/**
 * The functions of the evaluator, by name: `vocabulary.FUNCTIONS` to complex arithmetic.
 *
 * `realOnly` says that roots and logarithms of negative numbers have no value, as in answers about real numbers; then
 * the odd roots of negative numbers are real (the cube root of -8 is -2).
 */
import * as c from './complex.js';
import type { Complex } from './complex.js';

type Rule = (args: readonly Complex[], realOnly: boolean) => Complex;

/**
 * The value of `name` at `args`; not a value for unknown names, a wrong number of arguments, and outside the domain.
 */
export function callFunction(name: string, args: readonly Complex[], realOnly: boolean): Complex {
  const rule = RULES.get(name);
  if (rule === undefined || args.length === 0) return c.NOT_A_VALUE;
  const value = rule(args, realOnly);
  return realOnly && value.im !== 0 ? c.NOT_A_VALUE : value;
}

const unary = (f: (z: Complex) => Complex): Rule => {
  return (args) => (args.length === 1 ? f(args[0]!) : c.NOT_A_VALUE);
};
const reciprocal = (f: (z: Complex) => Complex): Rule => unary((z) => c.divide(c.real(1), f(z)));
const ofReciprocal = (f: (z: Complex) => Complex): Rule => unary((z) => f(c.divide(c.real(1), z)));
const ofReal = (f: (x: number) => number): Rule =>
  unary((z) => (z.im === 0 ? c.real(f(z.re)) : c.NOT_A_VALUE));
const ofReals =
  (f: (...xs: number[]) => number): Rule =>
  (args) =>
    args.every(c.isReal) ? c.real(f(...args.map((z) => z.re))) : c.NOT_A_VALUE;

const tan = (z: Complex): Complex => c.divide(c.sin(z), c.cos(z));
const tanh = (z: Complex): Complex => c.divide(c.sinh(z), c.cosh(z));

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['sin', unary(c.sin)],
  ['cos', unary(c.cos)],
  ['tan', unary(tan)],
  ['cot', reciprocal(tan)],
  ['sec', reciprocal(c.cos)],
  ['csc', reciprocal(c.sin)],
  ['sinh', unary(c.sinh)],
  ['cosh', unary(c.cosh)],
  ['tanh', unary(tanh)],
  ['coth', reciprocal(tanh)],
  ['sech', reciprocal(c.cosh)],
  ['csch', reciprocal(c.sinh)],
  ['asin', unary(c.asin)],
  ['acos', unary(c.acos)],
  ['atan', unary(c.atan)],
  ['acot', unary((z) => c.subtract(c.real(Math.PI / 2), c.atan(z)))],
  ['asec', ofReciprocal(c.acos)],
  ['acsc', ofReciprocal(c.asin)],
  ['asinh', unary(c.asinh)],
  ['acosh', unary(c.acosh)],
  ['atanh', unary(c.atanh)],
  ['exp', unary(c.exp)],
  ['ln', unary(c.log)],
  ['log', logarithm],
  ['sqrt', root],
  ['cbrt', (args, realOnly) => root([args[0]!, c.real(3)], realOnly)],
  ['abs', unary((z) => c.real(c.magnitude(z)))],
  ['floor', ofReal((x) => Math.floor(settled(x)))],
  ['ceil', ofReal((x) => Math.ceil(settled(x)))],
  ['sgn', ofReal(Math.sign)],
  ['min', ofReals(Math.min)],
  ['max', ofReals(Math.max)],
  ['mod', ofReals((x, m) => (m === undefined || m === 0 ? NaN : x - m * Math.floor(x / m)))],
  ['gcd', ofReals((...xs) => (xs.every(Number.isSafeInteger) ? xs.reduce(gcd) : NaN))],
  [
    'lcm',
    ofReals((...xs) =>
      xs.every(Number.isSafeInteger) ? xs.reduce((a, b) => Math.abs(a * b) / gcd(a, b)) : NaN,
    ),
  ],
  ['factorial', ofReal((x) => c.gamma(x + 1))],
  ['doublefactorial', ofReal(doubleFactorial)],
  [
    'binom',
    ofReals((n, k) => (k === undefined ? NaN : c.gamma(n + 1) / (c.gamma(k + 1) * c.gamma(n - k + 1)))),
  ],
  ['Re', unary((z) => c.real(z.re))],
  ['Im', unary((z) => c.real(z.im))],
  ['arg', unary((z) => c.real(Math.atan2(z.im, z.re)))],
]);

/** n!! of a whole number below 300, where doubles end. */
function doubleFactorial(n: number): number {
  if (!Number.isInteger(n) || n < 0 || n > 300) return NaN;
  let product = 1;
  for (let k = n; k > 1; k -= 2) product *= k;
  return product;
}

/** 2.9999999999999996 is 3: a rounding error must not become a step. */
function settled(x: number): number {
  const whole = Math.round(x);
  return Math.abs(x - whole) <= 1e-12 * Math.max(1, Math.abs(x)) ? whole : x;
}

/** `log x` without a base is the natural logarithm; `log_b x` divides. */
function logarithm(args: readonly Complex[], realOnly: boolean): Complex {
  const value = c.log(args[0]!);
  if (realOnly && value.im !== 0) return c.NOT_A_VALUE;
  return args.length === 1 ? value : c.divide(value, c.log(args[1]!));
}

function root(args: readonly Complex[], realOnly: boolean): Complex {
  const [of, index] = args;
  if (index === undefined) return c.sqrt(of!);
  const odd = index.im === 0 && Number.isInteger(index.re) && Math.abs(index.re) % 2 === 1;
  if (realOnly && odd && of!.im === 0 && of!.re < 0)
    return c.negate(c.power(c.negate(of!), c.divide(c.real(1), index)));
  return c.power(of!, c.divide(c.real(1), index));
}

function gcd(a: number, b: number): number {
  let x = Math.abs(a);
  let y = Math.abs(b);
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}
