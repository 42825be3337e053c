import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '@soar/core';
import { RewardCurve, STOPPING_RULE, type StoppingRule, stoppingStep } from './stopping.js';

/** The rule as the paper words it, over a finished curve, range and all. */
function byTheWords(rewards: readonly number[], { movingAverageSteps: window, share }: StoppingRule) {
  const half = (window - 1) / 2;
  const range = Math.max(...rewards) - Math.min(...rewards);
  const mean = (centre: number): number =>
    rewards.slice(centre - half, centre + half + 1).reduce((a, b) => a + b, 0) / window;
  const slopes: { step: number; slope: number }[] = [];
  for (let step = half + 1; step + half + 1 < rewards.length; step++)
    slopes.push({ step, slope: (mean(step + 1) - mean(step - 1)) / 2 / range });
  const largest = Math.max(...slopes.map(({ slope }) => slope));
  const peak = slopes.findIndex(({ slope }) => slope === largest);
  return slopes.slice(peak).find(({ slope }) => slope < share * largest)?.step;
}

/** A reward that is flat, rises over `rise` steps as half a cosine, and stays. */
function curve(flat: number, rise: number, stay: number): number[] {
  return Array.from({ length: flat + rise + stay }, (_, t) => {
    const part = Math.min(Math.max((t - flat) / rise, 0), 1);
    return 60 * (1 - Math.cos(Math.PI * part));
  });
}

const noise = Random.of(3).at('noise');

test('the stop is that of the rule in words, over the whole curve', () => {
  for (const [flat, rise, stay] of [
    [60, 100, 120],
    [0, 80, 80],
    [20, 30, 200],
    [5, 300, 90],
  ] as const) {
    // prettier-ignore
    const rewards = curve(flat, rise, stay).map((r, t) => r + noise.at(flat, rise).normal(t));
    for (const rule of [STOPPING_RULE, { movingAverageSteps: 5, share: 0.1 }])
      assert.equal(stoppingStep(rewards, rule), byTheWords(rewards, rule));
  }
});

test('a reward that rises and levels off stops near the end of its rise, not in the flat beginning', () => {
  const step = stoppingStep(curve(60, 100, 120))!;
  assert.ok(step > 60 + 80 && step < 60 + 100 + 13, `step ${step}`);
});

test('early noise is no rise: the largest slope is that of the whole curve, whatever the rewards seen before', () => {
  // A hundred nearly equal rewards, whose own range is tiny, before the rise.
  const rewards = curve(100, 60, 60).map((r, t) => r + (t < 100 ? 1e-3 * noise.normal(t) : 0));
  const step = stoppingStep(rewards)!;
  assert.ok(step > 140 && step < 175, `step ${step}`);
});

test('scale and offset of the reward do not move the stop', () => {
  const rewards = curve(20, 80, 80).map((r, t) => r + noise.normal(t));
  const step = stoppingStep(rewards);
  assert.notEqual(step, undefined);
  assert.equal(stoppingStep(rewards.map((r) => 8 * r + 64)), step);
});

test('a steeper rise later takes an earlier stop back', () => {
  const rewards = [...curve(0, 60, 60).map((r) => r / 4), ...curve(0, 60, 60).map((r) => 30 + r)];
  const seen = new RewardCurve(STOPPING_RULE);
  const stops = rewards.map((reward) => {
    seen.push(reward);
    return seen.stop;
  });
  const [first] = stops.filter((stop) => stop !== undefined);
  assert.ok(first! < 70, `first stop ${first}`);
  assert.ok(stops.at(-1)! > 160, `stop of the whole curve ${stops.at(-1)}`);
  assert.equal(stops.at(-1), stoppingStep(rewards));
});

test('a reward that never rises, still rises or is too short has no stop', () => {
  assert.equal(stoppingStep(new Array<number>(100).fill(5)), undefined);
  assert.equal(stoppingStep(Array.from({ length: 100 }, (_, t) => -t)), undefined);
  assert.equal(stoppingStep(Array.from({ length: 60 }, (_, t) => t ** 3)), undefined);
  assert.equal(stoppingStep([1, 2, 3]), undefined);
  assert.equal(stoppingStep([]), undefined);
});

test('a moving average that has no centre is refused', () => {
  for (const movingAverageSteps of [0, 2, 2.5, -1])
    assert.throws(() => new RewardCurve({ movingAverageSteps, share: 0.15 }), /expected an odd number/);
});
