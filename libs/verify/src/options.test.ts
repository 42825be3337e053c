/** The policies: the effect of each option, and how unknown ones are refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOptions, type VerifyOptions } from './options.js';
import { verify } from './verify.js';

const accepts = (gold: string, answer: string, options: VerifyOptions = {}): boolean =>
  verify(gold, `\\boxed{${answer}}`, options).verdict === 'CORRECT';

test('order of lists', () => {
  assert.equal(accepts('1, 2', '2, 1'), true);
  assert.equal(accepts('1, 2', '2, 1', { listOrder: 'same' }), false);
  assert.equal(accepts('(1, 2)', '(2, 1)'), false);
});

test('percent', () => {
  assert.equal(accepts('25\\%', '0.25'), true);
  assert.equal(accepts('25', '25\\%'), true);
  assert.equal(accepts('25', '25\\%', { percent: 'value' }), false);
  assert.equal(accepts('25\\%', '0.25\\%'), false);
});

test('units', () => {
  assert.equal(accepts('5 \\text{ cm}', '5'), true);
  assert.equal(accepts('5 \\text{ cm}', '5', { units: 'required' }), false);
  assert.equal(accepts('5 \\text{ cm}', '5 \\text{ m}'), false);
  assert.equal(accepts('5 \\text{ cm}', '5 \\text{ m}', { units: 'ignore' }), true);
  assert.equal(accepts('1.5 \\text{ m}', '150 \\text{ cm}', { units: 'required' }), true);
});

test('a bare value for a named one', () => {
  assert.equal(accepts('x = 3', '3'), true);
  assert.equal(accepts('x = 3', '3', { bareValue: false }), false);
});

test('decimals: roundings of six digits, a tolerance, decimal places', () => {
  assert.equal(accepts('\\frac13', '0.333333'), true);
  assert.equal(accepts('\\frac13', '0.3333'), false);
  assert.equal(accepts('\\frac13', '0.3333', { roundedDigitsMin: 4 }), true);
  assert.equal(accepts('\\frac13', '0.334', { tolerance: 0.01 }), true);
  assert.equal(accepts('\\frac12', '0.5000001'), false);
  assert.equal(accepts('\\sqrt{2}', '1.414', { precision: 3 }), true);
  assert.equal(accepts('5.0', '5.05', { precisionAbs: 0.1 }), true);
  assert.equal(accepts('5', '5.05', { precisionAbs: 0.01 }), false);
});

test('tolerance is never given to exact numbers', () => {
  assert.equal(accepts('\\frac{1}{2004!}', '\\frac{1}{2006!}', { tolerance: 0.1, precision: 3 }), false);
  assert.equal(accepts('\\frac{1000000}{1000001}', '1', { tolerance: 0.1 }), false);
});

test('without strictness names are renamed and sets compare with tuples', () => {
  assert.equal(accepts('f(x)', 'f(y)'), false);
  assert.equal(accepts('x + 1', 'y + 1', { strict: false }), true);
  assert.equal(accepts('\\{1, 2\\}', '(1, 2)', { strict: false }), true);
});

test('about 7 is 7 unless the policy says otherwise', () => {
  for (const answer of ['\\approx 7', '\\text{approximately }7', '7\\text{ (approximately)}']) {
    assert.equal(accepts('7', answer), true, answer);
    assert.equal(accepts('7', answer, { approximate: false }), false, answer);
  }
});

test('options from JSON are read by either spelling and refused with the list of known ones', () => {
  const read = readOptions({ precision_abs: 0.1, strict: true });
  assert.deepEqual(read, { ok: true, options: { precisionAbs: 0.1, strict: true } });
  for (const bad of [
    { precison: 3 },
    { strict: 'yes' },
    { tolerance: -1 },
    { units: 'maybe' },
    { precision: null },
  ]) {
    const refused = readOptions(bad);
    assert.ok(!refused.ok && refused.option === Object.keys(bad)[0], JSON.stringify(bad));
  }
  const unknown = readOptions({ precison: 3 });
  assert.match(unknown.ok ? '' : unknown.reason, /use one of .*precision/);
  for (const inherited of ['constructor', 'toString', '__proto__'])
    assert.equal(
      readOptions(JSON.parse(`{"${inherited}":1}`) as Record<string, unknown>).ok,
      false,
      inherited,
    );
});
