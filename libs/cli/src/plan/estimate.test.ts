import assert from 'node:assert/strict';
import { test } from 'node:test';
import { presetConfig } from '../run-config.js';
import { estimateWork, total } from './estimate.js';
import type { Rates } from './measure.js';
import { answerLength } from './rates.js';
import type { Work } from './workload.js';

/** A second for ten tokens; answers of ten tokens to prompts of ten. */
const rate = {
  seconds: { at: (tokens: number) => tokens / 10 },
  length: answerLength([10], 64),
  promptTokens: 10,
  distinct: 0.5,
  rows: 8,
  tokens: 64,
};
const rates: Rates = {
  workers: 2,
  student: rate,
  teacher: rate,
  wellFormed: 0.25,
  trainedToken: 0.1,
  step: 3,
  scoredToken: 0.01,
  texts: 4,
  textTokens: 20,
  tookSeconds: 1,
};
const config = presetConfig('quickstart'); // 8 questions, groups of 16, no KL penalty of students
const once = { least: 1, most: 1 };
const sampling = { name: 'it', kind: 'sampling', rows: 100, tokensMax: 64, times: once } as const;

function secondsOf(work: Work): [number, number, number] {
  const { least, likely, most } = estimateWork([work], rates, config)[0]!.seconds;
  return [least, likely, most];
}

test('sampling is spread over the workers; malformed proposals are drawn again', () => {
  assert.deepEqual(secondsOf({ ...sampling, by: 'student' }), [50, 50, 100]);
  assert.deepEqual(secondsOf({ ...sampling, by: 'teacher' }), [200, 200, 400]);
  const [part] = estimateWork([{ ...sampling, by: 'student' }], rates, config);
  assert.deepEqual(part!.sampledTokens, { least: 1000, likely: 1000, most: 2000 });
});

test('trainings have a worker each and wait for a free one', () => {
  const evaluated = { by: 'student', rows: 0, tokensMax: 64 } as const;
  const training = { name: 'it', kind: 'training', groupSize: 16, evaluated, times: once } as const;
  const steps = { least: 10, most: 15 };
  const one = secondsOf({ ...training, count: 2, steps });
  // 128 answers of 1 s a step; and 64 different ones of 20 tokens that are trained on, and the step.
  assert.deepEqual(one.slice(0, 2), [10 * 128, 10 * (128 + 64 * 2 + 3)]);
  assert.equal(one[2], 15 * (2 * 128 + 128 * 3 + 3));
  assert.deepEqual(
    secondsOf({ ...training, count: 3, steps }),
    one.map((seconds) => 2 * seconds),
  );
});

test('a teacher with a KL penalty scores its rollouts too', () => {
  const [, likely] = secondsOf({ name: 'it', kind: 'update', rollouts: 10, times: once });
  assert.ok(Math.abs(likely - (3 + 10 * 20 * (0.5 * 0.1 + 0.01))) < 1e-9, `${likely}`);
});

test('estimates add up, and what is promoted is in the most alone', () => {
  const work: Work = { ...sampling, by: 'student', times: { least: 1, most: 3 } };
  const parts = estimateWork([work, work], rates, config).map(({ seconds }) => seconds);
  assert.deepEqual(total(parts), { least: 100, likely: 100, most: 600 });
});
