/**
 * Pairs that were once accepted wrongly and must not be again: found by attacking the verifier with texts of other
 * answers.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verify } from './index.js';

const PAIRS: readonly (readonly [gold: string, answer: string])[] = [
  ['\\mathbb{R}', '100000000000000000000000000000001'],
  ['100!', '\\mathbb{R}'],
  ['x>3', 'x\\equiv 3\\pmod{7}'],
  ['7', '\\phantom{7}'],
];

for (const [gold, answer] of PAIRS) {
  test(`${gold} is not ${answer}`, () => {
    assert.notEqual(verify(gold, `\\boxed{${answer}}`).verdict, 'CORRECT');
  });
}

test('right answers in similar forms are still accepted', () => {
  assert.equal(verify('\\mathbb{R}', '\\boxed{(-\\infty,\\infty)}').verdict, 'CORRECT');
  assert.equal(verify('x\\equiv 3\\pmod{7}', '\\boxed{x\\equiv 10\\pmod{7}}').verdict, 'CORRECT');
});
