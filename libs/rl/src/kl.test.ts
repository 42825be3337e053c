import assert from 'node:assert/strict';
import { test } from 'node:test';
import { k1, k3, klViolations } from './kl.js';

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

test('in the loss k1 has no gradient in expectation; k3 there, and k1 in the reward, have one', () => {
  // A policy over two outcomes, p = sigmoid(x), against q: derivatives in x, in expectation over the policy.
  const [x, q] = [0.3, [0.4, 0.6]];
  const of = (at: number): number[] => [1 / (1 + Math.exp(-at)), 1 / (1 + Math.exp(at))];
  const p = of(x);
  const step = 1e-6;
  const slope = (f: (at: number) => number): number => (f(x + step) - f(x - step)) / (2 * step);
  const divergence = (at: number): number =>
    of(at).reduce((sum, pi, i) => sum + pi * Math.log(pi / q[i]!), 0);
  const inLoss = (k: typeof k1): number =>
    p.reduce((sum, pi, i) => sum + pi * slope((at) => k(Math.log(of(at)[i]!), Math.log(q[i]!))), 0);
  const inReward = (k: typeof k1): number =>
    p.reduce(
      (sum, pi, i) => sum + pi * k(Math.log(pi), Math.log(q[i]!)) * slope((at) => Math.log(of(at)[i]!)),
      0,
    );
  close(inLoss(k1), 0, 1e-9);
  assert.ok(Math.abs(slope(divergence)) > 0.01);
  close(inReward(k1), slope(divergence), 1e-9);
  assert.ok(Math.abs(inLoss(k3)) > 0.01 && Math.sign(inLoss(k3)) === Math.sign(slope(divergence)));
});

test('k1 in the loss is a violation; k3 in the loss and both in the reward are not', () => {
  const [violation] = klViolations({ estimator: 'k1', placement: 'loss' });
  assert.equal(violation!.setting, 'kl.estimator');
  assert.match(violation!.message, /zero in expectation .* use k3, or put it in the reward/);
  assert.deepEqual(klViolations({ estimator: 'k3', placement: 'loss' }), []);
  assert.deepEqual(klViolations({ estimator: 'k1', placement: 'reward' }), []);
});
