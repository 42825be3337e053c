import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '@soar/core';
import { normaliseAdvantages, normaliseOverBatch, rlooAdvantages } from './advantages.js';

const close = (a: number, b: number, tolerance = 1e-12): void =>
  assert.ok(Math.abs(a - b) <= tolerance, `${a} ${b}`);

test('rloo subtracts the mean of the others', () => {
  assert.deepEqual(rlooAdvantages([120, 0, 0]), [120, -60, -60]);
  assert.deepEqual(rlooAdvantages([1, 2]), [-1, 1]);
});

test('rloo advantages sum to zero and do not move when all rewards do', () => {
  const random = Random.of(11).at('rloo');
  for (let trial = 0; trial < 50; trial++) {
    const rewards = Array.from({ length: 2 + (trial % 7) }, (_, i) => 100 * random.normal(trial * 16 + i));
    const advantages = rlooAdvantages(rewards);
    close(
      advantages.reduce((a, b) => a + b, 0),
      0,
      1e-9,
    );
    rlooAdvantages(rewards.map((r) => r + 5)).forEach((a, i) => close(a, advantages[i]!, 1e-9));
  }
});

test('equal rewards give exact zeros, so that their question can be skipped', () => {
  assert.deepEqual(rlooAdvantages([0.1, 0.1, 0.1]), [0, 0, 0]);
});

test('a group of one is refused', () => {
  assert.throws(() => rlooAdvantages([1]), /at least 2 rewards, got 1/);
});

test('normalised advantages are in units of the standard deviation', () => {
  const rewards = [0, 10];
  const [a, b] = normaliseAdvantages(rlooAdvantages(rewards), rewards, 0);
  close(a!, -Math.SQRT2);
  close(b!, Math.SQRT2);
});

test('over a batch, advantages are in units of their common standard deviation, and zeros stay zeros', () => {
  const groups = [rlooAdvantages([1, 3]), rlooAdvantages([5, 5]), rlooAdvantages([0, 10])];
  // -2 2 0 0 -10 10: the squares add up to 208, over 5.
  const spread = Math.sqrt(208 / 5);
  const expected = [[-2 / spread, 2 / spread], [0, 0], [-10 / spread, 10 / spread]]; // prettier-ignore
  assert.deepEqual(normaliseOverBatch(groups, 0), expected);
  assert.deepEqual(normaliseOverBatch([[0, 0], [0, 0]]), [[0, 0], [0, 0]]); // prettier-ignore
});
