import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Verdict } from '@soar/contracts';
import { advantagesOf, klSum, sampledCount, weigh, type Group } from './rollouts.js';

const completion = (...tokens: number[]) => ({
  tokens: Int32Array.from(tokens),
  logprobs: new Float32Array(tokens.length).fill(-1),
  stopped: true,
});
const grade = (reward: number) => ({
  correct: reward === 120,
  ungraded: false,
  reward,
  rule: 'boxed',
  extracted: '1',
  verdict: reward === 120 ? Verdict.CORRECT : Verdict.INCORRECT,
});
const plain = { kl: undefined, clipEpsilon: 0, normalise: undefined };

const group: Group = {
  prompt: [9, 9],
  completions: [completion(1), completion(2, 3), completion(1), completion(4)],
  grades: [grade(10), grade(120), grade(10), grade(20)],
  reference: [1, 2, 1, 1].map((length) => new Float32Array(length).fill(-1.5)),
};

test('advantages are leave-one-out differences of the rewards', () => {
  assert.deepEqual(advantagesOf([group], plain)[0], [-40, 120 - 40 / 3, -40, 20 - 140 / 3]);
});

test('a penalty in the reward is subtracted before the advantages are taken', () => {
  const kl = { coefficient: 2, estimator: 'k1', placement: 'reward' } as const;
  const penalised = [10 - 1, 120 - 2, 10 - 1, 20 - 1];
  const expected = penalised.map((r) => (4 / 3) * (r - penalised.reduce((a, b) => a + b) / 4));
  advantagesOf([group], { ...plain, kl })[0]!.forEach((a, i) => assert.ok(Math.abs(a - expected[i]!) < 1e-9));
});

test('equal completions enter once with the sum of their weights; prompts weigh nothing', () => {
  const texts = weigh(group, [1, 2, 3, 0], 8, plain);
  assert.deepEqual(
    texts.map(({ tokens, weights }) => [[...tokens], [...weights]]),
    [
      [
        [9, 9, 1],
        [0, 0, 0.5],
      ],
      [
        [9, 9, 2, 3],
        [0, 0, 0.25, 0.25],
      ],
    ],
  );
});

test('a ratio clip keeps rollouts apart, and brings the log-probabilities they were sampled with', () => {
  const texts = weigh(group, [1, 2, 3, 1], 8, { ...plain, clipEpsilon: 0.2 });
  assert.equal(texts.length, 4);
  assert.deepEqual([...texts[1]!.sampledLogprobs!], [0, 0, -1, -1]);
});

test('with a penalty in the loss every rollout has a gradient, without one a group of equal rewards has none', () => {
  const kl = { coefficient: 0.5, estimator: 'k3', placement: 'loss' } as const;
  const texts = weigh(group, [0, 0, 0, 0], 8, { ...plain, kl });
  assert.equal(texts.length, 3);
  assert.deepEqual([...texts[0]!.klWeights!], [0, 0, 0.125], 'two equal ones');
  assert.deepEqual([...texts[0]!.referenceLogprobs!], [0, 0, -1.5]);
  assert.deepEqual(weigh(group, [0, 0, 0, 0], 8, plain), []);
});

test('what was put into a completion has no weight, no penalty, and is no sampled token', () => {
  const thought = { ...completion(1, 2, 3, 4), inserted: { begin: 1, end: 3 } };
  const closed: Group = {
    prompt: [9],
    completions: [thought],
    grades: [grade(10)],
    reference: [new Float32Array(4).fill(-1.5)],
  };
  const kl = { coefficient: 1, estimator: 'k1', placement: 'loss' } as const;
  const [text] = weigh(closed, [8], 8, { ...plain, kl });
  assert.deepEqual([...text!.weights], [0, 1, 0, 0, 1]);
  assert.deepEqual([...text!.klWeights!], [0, 1 / 8, 0, 0, 1 / 8]);
  assert.equal(klSum(closed, 0, 'k1'), 1);
  assert.equal(sampledCount(thought), 2);
});
