/** Constants to 80 digits: known digits, values that doubles cannot tell apart, and values out of range. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Budget } from '../budget.js';
import type { Expression } from '../expression.js';
import { parse } from '../latex/parse.js';
import * as f from './bigfloat.js';
import { comparePrecisely } from './precise.js';

/** The first 50 digits after the point, truncated; for values of at least 0. */
function digits(x: f.BigFloat): string {
  const whole = f.floor(f.multiply(x, f.ofInteger(10n ** 50n))).toString();
  return `${whole.slice(0, -50)}.${whole.slice(-50)}`;
}

/** Values from the tables of Abramowitz and Stegun (1964). */
test('functions have their digits', () => {
  assert.equal(digits(f.PI), '3.14159265358979323846264338327950288419716939937510');
  assert.equal(digits(f.exp(f.ONE)), '2.71828182845904523536028747135266249775724709369995');
  assert.equal(digits(f.ln(f.ofInteger(10n))), '2.30258509299404568401799145468436420760110148862877');
  assert.equal(digits(f.sqrt(f.ofInteger(2n))), '1.41421356237309504880168872420969807856967187537694');
  assert.equal(digits(f.sinCos(f.ONE).sin), '.84147098480789650665250232163029899962256306079837');
  assert.equal(digits(f.arctan(f.ONE)), '.78539816339744830961566084581987572104929234984377');
});

test('identities hold for arguments of every size', () => {
  for (const n of [-1000n, -37n, -1n, 0n, 1n, 2n, 9n, 1000n]) {
    const x = f.divide(f.ofInteger(n), f.ofInteger(7n));
    const { sin, cos } = f.sinCos(x);
    const one = f.add(f.multiply(sin, sin), f.multiply(cos, cos));
    assert.ok(f.sizeOf(f.subtract(one, f.ONE)) < -290, `sin^2 + cos^2 at ${n}/7`);
    const gap = f.subtract(f.ln(f.exp(x)), x);
    assert.ok(f.sizeOf(gap) < -290, `ln e^x at ${n}/7`);
    if (!f.isZero(cos) && n * n < 100n) {
      assert.ok(f.sizeOf(f.subtract(f.arctan(f.divide(sin, cos)), x)) < -290, `arctan tan x at ${n}/7`);
    }
  }
});

function read(text: string): Expression {
  const parsed = parse(text, new Budget());
  assert.ok(parsed.ok, text);
  return parsed.value;
}
const compare = (a: string, b: string): boolean | undefined =>
  comparePrecisely(read(a), read(b), new Budget());

test('constants that doubles cannot tell apart are told apart, and equal ones are equal', () => {
  assert.equal(compare('e^{\\pi\\sqrt{163}}', '262537412640768744'), false);
  assert.equal(compare('\\cos(10^{-5})', '1'), false);
  assert.equal(compare('10^{40} + \\sin 1', '10^{40} + \\sin 2'), false);
  assert.equal(compare('\\sin(10^{20})^2 + \\cos(10^{20})^2', '1'), true);
  assert.equal(compare('\\arctan\\frac12 + \\arctan\\frac13', '\\frac{\\pi}{4}'), true);
  assert.equal(compare('\\sqrt[3]{2+\\sqrt5} + \\sqrt[3]{2-\\sqrt5}', '1'), true);
  assert.equal(compare('\\sinh(\\ln 3)', '\\frac43'), true);
  assert.equal(compare('\\sin\\pi', '0'), true);
});

test('constants that have no real value or are too large are not decided', () => {
  for (const text of [
    '\\ln(-1)',
    '\\sqrt{-2}',
    'e^{e^{e^{100}}}',
    '\\sin(10^{100})',
    'f(1)',
    '\\frac{1}{\\sin 0}',
  ]) {
    assert.equal(compare(text, '1'), undefined, text);
  }
});
