import assert from 'node:assert/strict';
import { test } from 'node:test';
import { k1, k3 } from './kl.js';

const close = (a: number, b: number, tolerance = 1e-12): void =>
  assert.ok(Math.abs(a - b) <= tolerance, `${a} ${b}`);

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
