import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '@soar/core';
import { rlooAdvantages } from './advantages.js';
import { propositionOneViolations, type TeacherUpdate } from './proposition-one.js';

const update: TeacherUpdate = {
  klInReward: false,
  rolloutsPerDataset: [64, 64, 64, 64],
  advantages: [0.015, -0.005, -0.01, 0],
};

test("the paper's settings violate nothing, before and after the rewards are known", () => {
  const { advantages: _, ...configured } = update;
  assert.deepEqual(propositionOneViolations(configured), []);
  assert.deepEqual(propositionOneViolations(update), []);
  assert.deepEqual(propositionOneViolations({ ...update, advantages: [0, 0, 0, 0] }), []);
});

const cases: [string, Partial<TeacherUpdate>, string, RegExp][] = [
  ['a KL penalty in the reward', { klInReward: true }, 'kl.placement', /Proposition 1.*in the loss/],
  ['a single dataset', { rolloutsPerDataset: [64], advantages: [0] }, 'datasets', /at least 2, got 1/],
  [
    'a smaller dataset',
    { rolloutsPerDataset: [64, 64, 63, 64] },
    'datasets[2]',
    /expected 64 .* in the first .* got 63/,
  ],
  ['a missing advantage', { advantages: [1, -1, 0] }, 'advantages', /each of 4 datasets, got 3/],
  ['an advantage that is no number', { advantages: [1, -1, NaN, 0] }, 'advantages[2]', /finite .* got NaN/],
  ['an infinite advantage', { advantages: [Infinity, -Infinity, 0, 0] }, 'advantages[0]', /got Infinity/],
  ['rewards instead of advantages', { advantages: [1, 1, 1, 1] }, 'advantages', /a sum of 4/],
  ['advantages that sum to a little', { advantages: [1, -1, 1e-5, 0] }, 'advantages', /sum to 0/],
];
for (const [what, change, setting, message] of cases) {
  test(`${what} is a violation, by its setting`, () => {
    const found = propositionOneViolations({ ...update, ...change });
    assert.deepEqual(
      found.map((violation) => violation.setting),
      [setting],
    );
    assert.match(found[0]!.message, message);
  });
}

test('advantages that RLOO gives sum to zero within the tolerance, of whatever size the rewards are', () => {
  const random = Random.of(19).at('tolerance');
  for (let trial = 0; trial < 200; trial++) {
    const datasets = 2 + (trial % 15);
    const scale = 10 ** ((trial % 13) - 6);
    const rewards = Array.from({ length: datasets }, (_, k) => scale * (1 + random.at(trial).normal(k)));
    const advantages = rlooAdvantages(rewards);
    const rolloutsPerDataset = advantages.map(() => 8);
    assert.deepEqual(propositionOneViolations({ klInReward: false, rolloutsPerDataset, advantages }), []);
  }
});

/**
 * Proposition 1 itself, on a softmax policy over five outcomes of which two are rejected: the gradient of accepted
 * rollouts with the raw log-probability against the one with the log-probability of the accepted distribution.
 */
test('the probability of acceptance cancels where the conditions hold, and where one is broken it does not', () => {
  const random = Random.of(17).at('proposition-one');
  const logits = [0.3, -0.5, 1.1, 0.2, -1];
  const total = logits.reduce((sum, l) => sum + Math.exp(l), 0);
  const pi = logits.map((l) => Math.exp(l) / total);
  const accepted = [0, 2, 3];
  const chance = accepted.reduce((sum, y) => sum + pi[y]!, 0);
  // grad ln pi(y) = e_y - pi; grad ln Z = E[e_y | accepted] - pi.
  const gradLogPi = (y: number) => pi.map((p, i) => (y === i ? 1 : 0) - p);
  const gradLogZ = pi.map((p, i) => (accepted.includes(i) ? p / chance : 0) - p);

  const rollouts = Array.from({ length: 4 }, (_, k) =>
    Array.from({ length: 8 }, (_, i) => accepted[random.integer(8 * k + i, accepted.length)]!),
  );
  const rewards = rollouts.map((_, k) => random.at('reward').normal(k));
  const advantages = rlooAdvantages(rewards);
  /**
   * The largest difference between both gradients, where a rollout of outcome y in dataset k enters with weight(y, k).
   */
  const gap = (weight: (y: number, k: number) => number, datasets = rollouts): number => {
    const gradient = (score: (y: number) => number[]): number[] =>
      datasets
        .flatMap((outcomes, k) => outcomes.map((y) => score(y).map((entry) => weight(y, k) * entry)))
        .reduce((sum, term) => sum.map((entry, i) => entry + term[i]!));
    const raw = gradient(gradLogPi);
    const conditional = gradient((y) => gradLogPi(y).map((entry, i) => entry - gradLogZ[i]!));
    return Math.max(...raw.map((entry, i) => Math.abs(entry - conditional[i]!)));
  };
  assert.ok(gap((_, k) => advantages[k]!) < 1e-13);

  const lengths = [3, 1, 7, 2, 5];
  assert.ok(gap((y, k) => advantages[k]! / lengths[y]!) > 1e-2, 'means over tokens');
  assert.ok(gap((y, k) => advantages[k]! - 0.1 * logits[y]!) > 1e-2, 'a KL penalty in the reward');
  assert.ok(gap((_, k) => rewards[k]!) > 1e-2, 'rewards instead of advantages');
  const unequal = rollouts.map((ys, k) => (k === 0 ? ys.slice(1) : ys));
  assert.ok(gap((_, k) => advantages[k]!, unequal) > 1e-2, 'datasets of different sizes');
});
