import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '@soar/core';
import { centredMovingAverage, normalisedSlopes, stoppingStep } from './stopping.js';

test('the centred moving average is the mean of the values around a step', () => {
  assert.deepEqual(centredMovingAverage([1, 2, 6, 0, 3], 3), [3, 8 / 3, 3]);
  assert.deepEqual(centredMovingAverage([1, 2], 3), []);
  assert.deepEqual(centredMovingAverage([1, 2], 1), [1, 2]);
  for (const window of [0, 2, 2.5, -1])
    assert.throws(() => centredMovingAverage([1], window), /expected an odd window/);
});

test('the slope of a straight line is its rise over the range seen so far', () => {
  const line = Array.from({ length: 12 }, (_, i) => 10 + 2 * i);
  for (const { step, slope } of normalisedSlopes(line, 3)) {
    // Seen are steps 0 to step + 2: a range of 2 (step + 2).
    assert.ok(Math.abs(slope - 1 / (step + 2)) < 1e-12, `step ${step}: ${slope}`);
  }
  assert.deepEqual(
    normalisedSlopes(line, 3).map(({ step }) => step),
    [2, 3, 4, 5, 6, 7, 8, 9],
  );
});

/** A reward that is flat, rises over `rise` steps as half a cosine, and stays. */
function curve(flat: number, rise: number, stay: number): number[] {
  return Array.from({ length: flat + rise + stay }, (_, t) => {
    const part = Math.min(Math.max((t - flat) / rise, 0), 1);
    return 60 * (1 - Math.cos(Math.PI * part));
  });
}

test('a reward that rises and levels off stops near the end of its rise, not in the flat beginning', () => {
  const step = stoppingStep(curve(60, 100, 120))!;
  assert.ok(step > 60 + 80 && step < 60 + 100 + 13, `step ${step}`);
});

test('scale and offset of the reward do not move the stop', () => {
  const noise = Random.of(3).at('noise');
  const rewards = curve(20, 80, 80).map((r, t) => r + noise.normal(t));
  const step = stoppingStep(rewards);
  assert.notEqual(step, undefined);
  assert.equal(stoppingStep(rewards.map((r) => 8 * r + 64)), step);
});

test('a reward that never rises, still rises or is too short has no stop', () => {
  assert.equal(stoppingStep(new Array<number>(100).fill(5)), undefined);
  assert.equal(stoppingStep(Array.from({ length: 100 }, (_, t) => -t)), undefined);
  assert.equal(stoppingStep(Array.from({ length: 60 }, (_, t) => t ** 3)), undefined);
  assert.equal(stoppingStep([1, 2, 3]), undefined);
  assert.equal(stoppingStep([]), undefined);
});
