/** Letters that stand for matrices: when they do, and that their order matters. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Budget } from '../budget.js';
import { parse } from '../latex/parse.js';
import { compareMatrixLetters } from './ring.js';

function compare(a: string, b: string): boolean | undefined {
  const [left, right] = [parse(a, new Budget()), parse(b, new Budget())];
  assert.ok(left.ok && right.ok);
  return compareMatrixLetters(left.value, right.value, new Budget());
}

test('the laws of inverses and transposes hold', () => {
  assert.equal(compare('(AB)^{-1}A', 'B^{-1}'), true);
  assert.equal(compare('A^{-1}B^{-1}', '(BA)^{-1}'), true);
  assert.equal(compare('(A+B)^T', 'A^T+B^T'), true);
  assert.equal(compare('(ABC)^T', 'C^TB^TA^T'), true);
  assert.equal(compare('2P^{-1}AP', 'P^{-1}(2A)P'), true);
});

test('identities that need A B = B A do not hold', () => {
  assert.equal(compare('P^{-1}AP', 'A'), false);
  assert.equal(compare('A^{-1}B^{-1}', '(AB)^{-1}'), false);
  assert.equal(compare('(AB)^T', 'A^TB^T'), false);
});

test('letters without an inverse or a transpose do not stand for matrices', () => {
  assert.equal(compare('AB', 'BA'), undefined);
  assert.equal(compare('x^{-1}y', 'yx^{-1}'), undefined);
  assert.equal(compare('A^{-1}', '\\frac{1}{A}'), undefined);
});
