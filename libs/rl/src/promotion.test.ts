import assert from 'node:assert/strict';
import { test } from 'node:test';
import { movingAverage, windowRewards } from './moving-average.js';
import { argMax, medianIndex, promotedStudent } from './promotion.js';

test('the moving average takes what there is, then the window', () => {
  assert.equal(movingAverage([3], 3), 3);
  assert.equal(movingAverage([100, 1, 2, 3], 3), 2);
  assert.equal(movingAverage([100, 1, 2, 3], 1), 3);
  assert.throws(() => movingAverage([], 3), /expected at least one value/);
});

test('a promotion clears the window unless it is kept', () => {
  const history = [
    { meanReward: 1, promoted: false },
    { meanReward: 2, promoted: true },
    { meanReward: 3, promoted: false },
  ];
  assert.deepEqual(windowRewards(history, false), [3]);
  assert.deepEqual(windowRewards(history, true), [1, 2, 3]);
  assert.deepEqual(windowRewards(history.slice(0, 2), false), []);
  assert.deepEqual(windowRewards(history.slice(0, 1), false), [1]);
});

test('the best dataset is the first of equal ones; the median of an even number is the lower middle', () => {
  assert.equal(argMax([0.1, 0.5, 0.5]), 1);
  assert.equal(medianIndex([0.4, 0.1, 0.3, 0.2]), 3);
  assert.equal(medianIndex([0.3, 0.1, 0.2]), 2);
  assert.equal(medianIndex([0.5, 0.5]), 0);
  assert.equal(medianIndex([-1, -10, -2]), 2); // by size, not by spelling
  assert.throws(() => medianIndex([]), /expected at least one value/);
});

test('the median student of the best dataset is promoted above tau, at tau nobody', () => {
  const rule = { tau: 0.25, window: 3, keepWindow: false, disabled: false };
  const repeatRewards = [
    [0, 0, 0],
    [1, 0, 0.5],
    [0.25, 0.25, 0.25],
  ];
  const rewards = [0, 0.5, 0.25];
  assert.deepEqual(promotedStudent(rule, 0.26, rewards, repeatRewards), { dataset: 1, repeat: 2 });
  assert.equal(promotedStudent(rule, 0.25, rewards, repeatRewards), undefined);
  assert.equal(promotedStudent(rule, Number.NaN, rewards, repeatRewards), undefined);
  assert.equal(promotedStudent({ ...rule, disabled: true }, 1, rewards, repeatRewards), undefined);
});
