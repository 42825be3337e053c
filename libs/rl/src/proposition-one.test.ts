import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '@soar/core';
import {
  propositionOneViolations,
  propositionOneWarnings,
  rlooAdvantages,
  type TeacherLoss,
} from './index.js';

const paper: TeacherLoss = {
  logProbability: 'sum',
  kl: 'loss',
  clipEpsilon: 0,
  normaliseAdvantages: false,
  rolloutsPerDataset: [64, 64, 64, 64],
};

test("the paper's settings have no finding", () => {
  assert.deepEqual(propositionOneViolations(paper), []);
  assert.deepEqual(propositionOneWarnings(paper), []);
});

test('each setting that weighs rollouts differently is a violation of its own', () => {
  const spoilt: Partial<TeacherLoss>[] = [
    { logProbability: 'token-mean' },
    { kl: 'reward' },
    { clipEpsilon: 0.2 },
    { rolloutsPerDataset: [64, 63, 64, 64] },
  ];
  for (const change of spoilt) {
    const found = propositionOneViolations({ ...paper, ...change });
    assert.deepEqual(
      found.map(({ setting }) => setting),
      Object.keys(change),
    );
  }
  assert.equal(
    propositionOneViolations(Object.assign({}, paper, ...spoilt) as TeacherLoss).length,
    spoilt.length,
  );
});

test('normalised advantages are a warning, not a violation', () => {
  const loss = { ...paper, normaliseAdvantages: true };
  assert.deepEqual(propositionOneViolations(loss), []);
  assert.equal(propositionOneWarnings(loss)[0]?.setting, 'normaliseAdvantages');
});

/**
 * Proposition 1 itself, on a softmax policy over five outcomes of which two are rejected: the RLOO gradient of accepted
 * rollouts with the raw log-probability equals the one with the log-probability of the accepted distribution.
 */
test('with equal weights the chance of acceptance cancels; with token means it does not', () => {
  const random = Random.of(17).at('proposition-one');
  const logits = [0.3, -0.5, 1.1, 0.2, -1];
  const total = logits.reduce((sum, l) => sum + Math.exp(l), 0);
  const pi = logits.map((l) => Math.exp(l) / total);
  const accepted = [0, 2, 3];
  const chance = accepted.reduce((sum, y) => sum + pi[y]!, 0);
  // grad ln pi(y) = e_y - pi; grad ln Z = E[e_y | accepted] - pi.
  const gradLogPi = (y: number) => pi.map((p, i) => (i === y ? 1 : 0) - p);
  const gradLogZ = pi.map((p, i) => (accepted.includes(i) ? p / chance : 0) - p);

  const rollouts = Array.from({ length: 4 }, (_, k) =>
    Array.from({ length: 8 }, (_, i) => accepted[random.integer(8 * k + i, accepted.length)]!),
  );
  const advantages = rlooAdvantages(rollouts.map((_, k) => random.at('reward').normal(k)));
  const gradient = (score: (y: number) => number[], weight: (y: number) => number): number[] =>
    rollouts.reduce(
      (sum, dataset, k) =>
        dataset.reduce((s, y) => s.map((v, i) => v + weight(y) * advantages[k]! * score(y)[i]!), sum),
      pi.map(() => 0),
    );
  const gap = (weight: (y: number) => number): number => {
    const raw = gradient(gradLogPi, weight);
    const conditional = gradient((y) => gradLogPi(y).map((v, i) => v - gradLogZ[i]!), weight);
    return Math.max(...raw.map((v, i) => Math.abs(v - conditional[i]!)));
  };
  assert.ok(gap(() => 1) < 1e-13);
  const lengths = [3, 1, 7, 2, 5];
  assert.ok(gap((y) => 1 / lengths[y]!) > 1e-2);
});
