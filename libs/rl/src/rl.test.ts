/** The formulas against values worked out by hand, brute force and their own laws. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '@soar/core';
import { argMax, k1, k3, learnability, medianIndex, movingAverage, normaliseAdvantages } from './index.js';
import { passAtK, rlooAdvantages, windowRewards } from './index.js';

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

test('pass@k is the share of all k-subsets that hold a correct sample', () => {
  const subsets = (n: number, k: number): number[][] =>
    k === 0 ? [[]] : n < k ? [] : [...subsets(n - 1, k), ...subsets(n - 1, k - 1).map((s) => [...s, n - 1])];
  for (let n = 1; n <= 7; n++) {
    for (let c = 0; c <= n; c++) {
      for (let k = 1; k <= n; k++) {
        const all = subsets(n, k);
        const hits = all.filter((s) => s.some((i) => i < c)).length;
        close(passAtK(n, c, k), hits / all.length);
      }
    }
  }
});

test('pass@k of 128 samples is within rounding of the exact fraction of binomials', () => {
  const binomial = (n: number, k: number): bigint => {
    let value = 1n;
    for (let i = 1; i <= k; i++) value = (value * BigInt(n - k + i)) / BigInt(i);
    return value;
  };
  const scale = 10n ** 30n;
  for (const c of [0, 1, 2, 31, 64, 97, 127, 128]) {
    for (const k of [1, 2, 8, 32, 128]) {
      const all = binomial(128, k);
      const hits = all - (128 - c < k ? 0n : binomial(128 - c, k));
      close(passAtK(128, c, k), Number((hits * scale) / all) / 1e30, 1e-14);
    }
  }
});

test('pass@1 is the share of correct samples, and pass@k grows with k', () => {
  for (let c = 0; c <= 32; c++) {
    close(passAtK(32, c, 1), c / 32, 1e-15);
    for (let k = 2; k <= 32; k++) assert.ok(passAtK(32, c, k) >= passAtK(32, c, k - 1));
  }
});

test('pass@k of large numbers neither overflows nor leaves [0, 1]', () => {
  close(passAtK(4096, 1, 1), 1 / 4096);
  assert.equal(passAtK(4096, 0, 4096), 0);
  assert.equal(passAtK(4096, 4096, 1), 1);
});

test('pass@k of more than the samples is refused', () => {
  assert.throws(() => passAtK(4, 2, 8), /pass@8: needs at least 8 samples a problem, got 4/);
  assert.throws(() => passAtK(4, 5, 1), /0 <= correct <= samples/);
});

test('k1 and k3 estimate the same divergence; k3 is never negative', () => {
  // KL of (0.7, 0.3) from (0.4, 0.6), in expectation over the policy.
  const p = [0.7, 0.3];
  const q = [0.4, 0.6];
  const expected = p.reduce((sum, pi, i) => sum + pi * Math.log(pi / q[i]!), 0);
  const mean = (k: typeof k1): number =>
    p.reduce((sum, pi, i) => sum + pi * k(Math.log(pi), Math.log(q[i]!)), 0);
  close(mean(k1), expected);
  close(mean(k3), expected);
  for (const x of [-3, -1e-9, 0, 1e-9, 2]) assert.ok(k3(0, x) >= 0);
});

test('the moving average takes what there is, then the window', () => {
  assert.equal(movingAverage([3], 3), 3);
  assert.equal(movingAverage([100, 1, 2, 3], 3), 2);
});

test('the best dataset is the first of equal ones; the median of an even number is the lower middle', () => {
  assert.equal(argMax([0.1, 0.5, 0.5]), 1);
  assert.equal(medianIndex([0.4, 0.1, 0.3, 0.2]), 3);
  assert.equal(medianIndex([0.3, 0.1, 0.2]), 2);
  assert.equal(medianIndex([0.5, 0.5]), 0);
});

test('a promotion clears the window unless it is kept', () => {
  const history = [
    { meanReward: 1, promoted: false },
    { meanReward: 2, promoted: true },
    { meanReward: 3, promoted: false },
  ];
  assert.deepEqual(windowRewards(history, false), [3]);
  assert.deepEqual(windowRewards(history, true), [1, 2, 3]);
});

test('learnability pays for questions that are hard but solved', () => {
  close(learnability([0, 1, 0.25]), 0.25);
  assert.throws(() => learnability([]), /there are no questions/);
});
