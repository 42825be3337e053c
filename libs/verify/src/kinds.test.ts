/**
 * Answers that graders accept and must not, one property a kind: generated pairs that must differ, with pairs of the
 * same style that must not. The kinds come from public reports of bugs in graders. SEED and the number of a failing
 * pair reproduce it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawsAt } from './testing/expressions.js';
import { KINDS, type Pair } from './testing/kinds.js';
import { prosePairs } from './testing/prose.js';
import { verify } from './verify.js';

const SEED = 20261130;
const CASES = 150;

function check(name: string, pairsAt: (i: number) => readonly Pair[], cases = CASES): void {
  const wrong: string[] = [];
  for (let i = 0; i < cases; i++) {
    for (const { gold, answer, same, prose } of pairsAt(i)) {
      const { verdict, stage } = verify(gold, prose === true ? answer : `\\boxed{${answer}}`);
      if ((verdict === 'CORRECT') !== same)
        wrong.push(`${name} ${i}: ${gold} | ${answer} | ${verdict} ${stage}`);
    }
  }
  assert.deepEqual(wrong, []);
}

for (const [name, pairs] of Object.entries(KINDS)) {
  test(`${name}: what differs is told apart, what does not is not`, () => {
    check(name, (i) => pairs(drawsAt(SEED, name, i)));
  });
}

test('prose: a number that is denied, doubted, taken back or computed with is no answer', () => {
  check('prose', (i) => prosePairs(drawsAt(SEED, 'prose', i)), 1500);
});
