/** The whole score of a step against values worked out by hand, and its own laws. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '@soar/core';
import { type OuterStep, scoreOuterStep } from './outer-step.js';

const rule = { tau: 0.01, window: 3, keepWindow: false, disabled: false };

/** Shares of ten questions of which the first `solved` are solved. */
const shares = (solved: number, questions = 10) =>
  Array.from({ length: questions }, (_, q) => (q < solved ? 1 : 0));
/** A step from how many questions baseline and students solve. */
const step = (baseline: number, solved: readonly (readonly number[])[], questions = 10): OuterStep => ({
  reward: 'gain',
  baseline: shares(baseline, questions),
  students: solved.map((repeats) => repeats.map((count) => shares(count, questions))),
});
const close = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-15, `${a} ${b}`);

test('rewards are gains over the baseline, advantages are against the other datasets', () => {
  // Two of ten at the start; gains by hand: dataset 0 (0.1, 0.3), dataset 1 (-0.1, 0.1), dataset 2 (0, 0).
  const score = scoreOuterStep(step(2, [[3, 5], [1, 3], [2, 2]]), rule, []); // prettier-ignore
  assert.equal(score.baselineAccuracy, 0.2);
  assert.deepEqual(
    score.datasets.map(({ repeatRewards }) => repeatRewards),
    [[0.1, 0.3], [-0.1, 0.1], [0, 0]], // prettier-ignore
  );
  [0.2, 0, 0].forEach((reward, k) => close(score.datasets[k]!.reward, reward));
  [0.2, -0.1, -0.1].forEach((advantage, k) => close(score.datasets[k]!.advantage, advantage));
  close(score.meanReward, 0.2 / 3);
  close(score.movingAverage, 0.2 / 3);
  assert.deepEqual(score.promoted, { dataset: 0, repeat: 0 });
});

test('the best dataset and its median student are promoted', () => {
  const solved = [
    [0, 0, 0, 0],
    [4, 1, 3, 2], // the lower middle of 0.1 0.2 0.3 0.4 is 0.2, repeat 3
    [2, 2, 3, 3], // the same mean: the lower index wins
  ];
  assert.deepEqual(scoreOuterStep(step(0, solved), rule, []).promoted, { dataset: 1, repeat: 3 });
});

test('a moving average of exactly tau does not promote, over any baseline', () => {
  for (const baseline of [0, 50]) {
    const solved = [[baseline + 1, baseline + 1], [baseline + 1, baseline + 1]]; // prettier-ignore
    const at = (tau: number) => scoreOuterStep(step(baseline, solved, 100), { ...rule, tau }, []);
    assert.equal(at(0.01).movingAverage, 0.01);
    assert.equal(at(0.01).promoted, undefined);
    assert.notEqual(at(0.0099).promoted, undefined);
  }
});

test('the window holds the steps since the last promotion, or all where it is kept', () => {
  const history = [
    { meanReward: 0.5, promoted: false },
    { meanReward: 0, promoted: true },
    { meanReward: 0.1, promoted: false },
  ];
  const solvedByAll = step(0, [
    [2, 2],
    [2, 2],
  ]);
  const average = (window: number, keepWindow: boolean) =>
    scoreOuterStep(solvedByAll, { ...rule, window, keepWindow }, history).movingAverage;
  close(average(4, false), 0.15);
  close(average(4, true), 0.2);
  close(average(2, true), 0.15);
  assert.equal(average(1, true), 0.2);
});

test('where the window has to be full, fewer steps than it holds promote nobody', () => {
  const good = step(0, [[2, 2], [2, 2]]); // prettier-ignore
  const promotes = (promotedAt: readonly boolean[], change: Partial<typeof full>): boolean => {
    const history = promotedAt.map((promoted) => ({ meanReward: 0.2, promoted }));
    return scoreOuterStep(good, { ...full, ...change }, history).promoted !== undefined;
  };
  const full = { ...rule, requireFullWindow: true };
  const [no, yes] = [false, true];
  for (const [history, window, isPromoted] of [
    [[], 3, no],
    [[no], 3, no],
    [[no, no], 3, yes],
    [[no, no, yes], 3, no], // one step since the promotion, this one
    [[no, no, yes, no], 3, no],
    [[no, no, yes, no, no], 3, yes],
    [[], 1, yes],
    [[yes], 1, yes],
  ] as const) {
    assert.equal(promotes(history, { window }), isPromoted, `${history.join()} window ${window}`);
    assert.equal(promotes(history, { window, requireFullWindow: false }), true);
  }
  assert.equal(promotes([no, no, yes], { keepWindow: true }), true);
  assert.equal(promotes([yes], { keepWindow: true }), false);
});

test('a single good step among bad ones does not promote', () => {
  const history = [
    { meanReward: -0.2, promoted: false },
    { meanReward: -0.1, promoted: false },
  ];
  const good = step(0, [[1, 1], [1, 1]]); // prettier-ignore
  assert.equal(scoreOuterStep(good, rule, history).promoted, undefined);
  assert.notEqual(scoreOuterStep(good, { ...rule, window: 1 }, history).promoted, undefined);
});

test('learnability is the mean of 1 less the share of correct answers, 0 for questions that nobody answers', () => {
  const students = [[[0, 0.25, 1]], [[0.5, 0.5]], [[0, 0, 0]]];
  const intrinsic: OuterStep = { reward: 'learnability', baseline: shares(0), students };
  const { datasets, promoted } = scoreOuterStep(intrinsic, { ...rule, disabled: true }, []);
  // (0 + 3/4 + 0) / 3, (1/2 + 1/2) / 2, 0.
  assert.deepEqual(
    datasets.map(({ reward, advantage }) => [reward, advantage]),
    [[0.25, 0], [0.5, 0.375], [0, -0.375]], // prettier-ignore
  );
  assert.equal(promoted, undefined);
});

test('advantages of random rewards sum to zero, and equal rewards give exact zeros', () => {
  const random = Random.of(6).at('sum');
  for (let trial = 0; trial < 100; trial++) {
    const solved = (i: number) => random.at(trial).integer(i, 11);
    const students = Array.from({ length: 2 + (trial % 5) }, (_, k) => [solved(2 * k), solved(2 * k + 1)]);
    const { datasets } = scoreOuterStep(step(0, students), rule, []);
    const sum = datasets.reduce((total, { advantage }) => total + advantage, 0);
    assert.ok(Math.abs(sum) < 1e-14, `trial ${trial}: ${sum}`);
  }
  const equal = scoreOuterStep(step(3, [[4, 4], [4, 4]], 7), rule, []); // prettier-ignore
  assert.deepEqual(
    equal.datasets.map(({ advantage }) => advantage),
    [0, 0],
  );
});

test('a single dataset is refused', () => {
  assert.throws(() => scoreOuterStep(step(0, [[1, 1]]), rule, []), /at least 2 rewards, got 1/);
});

test('datasets are compared within their group; the best of all is promoted', () => {
  const solved = [[1, 1], [3, 3], [6, 6], [10, 10]]; // prettier-ignore
  const { datasets, meanReward, promoted } = scoreOuterStep({ ...step(0, solved), groupSize: 2 }, rule, []);
  [-0.2, 0.2, -0.4, 0.4].forEach((advantage, k) => close(datasets[k]!.advantage, advantage));
  close(meanReward, 0.5);
  assert.equal(promoted!.dataset, 3);
  const all = scoreOuterStep(step(0, solved), rule, []);
  assert.deepEqual(scoreOuterStep({ ...step(0, solved), groupSize: 4 }, rule, []), all);
  assert.deepEqual(scoreOuterStep({ ...step(0, solved), groupSize: 8 }, rule, []), all);
  for (const groupSize of [3, 0])
    assert.throws(
      () => scoreOuterStep({ ...step(0, solved), groupSize }, rule, []),
      /no whole number of groups/,
    );
  assert.throws(() => scoreOuterStep({ ...step(0, solved), groupSize: 1 }, rule, []), /at least 2 rewards/);
});
