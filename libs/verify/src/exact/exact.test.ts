/** Exact rationals and the finite field: values, sizes that are refused, and what the field can and cannot decide. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Budget, BudgetSpent } from '../budget.js';
import type { Expression } from '../expression.js';
import { parse } from '../latex/parse.js';
import { exactValue } from './evaluate.js';
import { FieldEvaluator } from './field.js';
import { inverseMod, powerMod, PRIME, squareRootMod } from './modular.js';
import * as q from './rational.js';

function read(text: string): Expression {
  const parsed = parse(text, new Budget());
  assert.ok(parsed.ok, text);
  return parsed.value;
}

const valueOf = (text: string): string | undefined => {
  const value = exactValue(read(text), new Budget());
  return value && q.toText(value);
};

test('constants have their exact value', () => {
  const golden: Record<string, string> = {
    '\\frac{2}{4} + \\frac{1}{6}': '2/3',
    '-2^{-3}': '-1/8',
    '\\sqrt{\\frac{9}{16}}': '3/4',
    '\\binom{10}{3}': '120',
    '5! - 10^2': '20',
    '\\gcd(12, 18) + \\operatorname{lcm}(4, 6)': '18',
    '\\lfloor -2.5 \\rfloor + \\lceil -2.5 \\rceil': '-5',
    '|-\\frac13|': '1/3',
    '17 \\bmod 5': '2',
    '0.\\overline{142857}': '1/7',
    '1.5e3': '1500',
    '2A_{16}': '42',
    '1{,}234{,}567': '1234567',
    '4\\frac{4}{9}': '40/9',
  };
  for (const [text, value] of Object.entries(golden)) assert.equal(valueOf(text), value, text);
});

test('expressions that are irrational, undefined or too large have no exact value', () => {
  for (const text of ['\\sqrt{2}', '\\pi', 'x', '1/0', '0^{-1}', '2^{10^{10}}', '10000!', '9^{9^{9}}']) {
    assert.equal(valueOf(text), undefined, text);
  }
});

test('every operation checks sizes before it computes', () => {
  const big: q.Rational = { n: 1n << BigInt(q.BITS_MAX - 100), d: 1n };
  assert.equal(q.multiply(big, big), undefined);
  assert.equal(q.power(big, 2n), undefined);
  assert.equal(q.add({ n: 1n, d: big.n }, { n: 1n, d: big.n + 1n }), undefined);
  assert.equal(q.divide(q.ONE, q.ZERO), undefined);
});

test('a quotient of numbers beyond doubles is still a double', () => {
  const a: q.Rational = { n: 3n * 10n ** 400n, d: 10n ** 400n + 1n };
  assert.ok(Math.abs(q.toNumber(a) - 3) < 1e-12);
});

test('the prime has square roots of -1 and of every prime up to 43', () => {
  for (const n of [PRIME - 1n, 2n, 3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n, 41n, 43n]) {
    const root = squareRootMod(n);
    assert.ok(root !== undefined);
    assert.equal((root * root) % PRIME, n);
  }
  assert.equal((inverseMod(12345n) * 12345n) % PRIME, 1n);
  assert.equal(powerMod(3n, PRIME - 1n), 1n);
});

/** Whether two expressions agree in the field: 'same', 'other', or 'unknown' when a free function is inside. */
function agree(a: string, b: string): string {
  for (let point = 0; point < 3; point++) {
    const evaluator = new FieldEvaluator(point, new Budget());
    const [left, right] = [evaluator.evaluate(read(a)), evaluator.evaluate(read(b))];
    if (left === undefined || right === undefined) return 'none';
    if (left.value !== right.value) return left.free || right.free ? 'unknown' : 'other';
  }
  return 'same';
}

test('rational functions, radicals of numbers and i are decided exactly', () => {
  assert.equal(agree('(x+1)^2', 'x^2+2x+1'), 'same');
  assert.equal(agree('2^{2005}+1', '2^{2005}'), 'other');
  assert.equal(agree('\\sqrt{2}\\sqrt{3}', '\\sqrt{6}'), 'same');
  assert.equal(agree('\\frac{1}{\\sqrt2}', '\\frac{\\sqrt{2}}{2}'), 'same');
  assert.equal(agree('\\sqrt{12}', '-2\\sqrt{3}'), 'other');
  assert.equal(agree('(1+i)^2', '2i'), 'same');
  assert.equal(agree('\\sqrt{-4}', '2i'), 'same');
  assert.equal(agree('2\\pi r', '\\pi r + r\\pi'), 'same');
});

test('functions are free: agreement counts, a difference does not', () => {
  assert.equal(agree('\\sin(x+1)', '\\sin(1+x)'), 'same');
  assert.equal(agree('\\sin^2 x + \\cos^2 x', '1'), 'unknown');
});

test('a spent budget is reported', () => {
  assert.throws(() => exactValue(read('1+2+3'), new Budget(5)), BudgetSpent);
});
