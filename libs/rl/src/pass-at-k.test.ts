/** Against brute force over all subsets, and exact fractions of binomials. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passAtK } from './pass-at-k.js';

const close = (a: number, b: number, tolerance = 1e-12): void =>
  assert.ok(Math.abs(a - b) <= tolerance, `${a} ${b}`);

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
