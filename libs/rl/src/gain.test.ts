import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '@soar/core';
import { accuracy, gain } from './gain.js';
import { learnability } from './learnability.js';
import { mean } from './mean.js';

test('accuracy is the mean share of correct samples', () => {
  assert.equal(accuracy([1, 0, 0.5, 0.5]), 0.5);
});

test('a gain is the accuracy of the student less that of the baseline, and may be negative', () => {
  assert.equal(gain([1, 1, 0, 1], [1, 0, 0, 0]), 0.5);
  assert.equal(gain([0, 0, 0, 0], [1, 0, 0, 0]), -0.25);
  assert.equal(gain([0.75, 0.5], [0.25, 0.25]), 0.375);
});

test('gains of 1 in 100 over any baseline are exactly tau, which a difference of accuracies is not', () => {
  let rounded = 0;
  for (let solved = 0; solved < 100; solved++) {
    const shares = (count: number) => Array.from({ length: 100 }, (_, q) => (q < count ? 1 : 0));
    assert.equal(gain(shares(solved + 1), shares(solved)), 0.01);
    if (accuracy(shares(solved + 1)) - accuracy(shares(solved)) !== 0.01) rounded++;
  }
  assert.ok(rounded > 0);
});

test('a gain does not depend on questions that baseline and student answer alike, but for their number', () => {
  const random = Random.of(3).at('gain');
  for (let trial = 0; trial < 50; trial++) {
    const shares = (name: string) =>
      Array.from({ length: 8 }, (_, q) => random.at(trial, name).integer(q, 5) / 4);
    const [student, baseline] = [shares('student'), shares('baseline')];
    const alike = Array.from({ length: 8 }, () => 1);
    const twice = gain([...student, ...alike], [...baseline, ...alike]);
    assert.equal(2 * twice, gain(student, baseline), `trial ${trial}`);
    assert.equal(gain(baseline, student), 0 - gain(student, baseline), `trial ${trial}`);
  }
});

test('shares of other questions than the baseline was asked are refused', () => {
  assert.throws(
    () => gain([1, 0, 1], [0, 0]),
    /gain: expected shares of 2 questions as of the baseline, got 3/,
  );
});

test('learnability pays for questions that are hard but solved', () => {
  assert.equal(learnability([0, 1, 0.25]), 0.25);
  assert.equal(learnability([0.5, 0.5]), 0.5);
  assert.equal(learnability([0, 0, 0]), 0);
  assert.equal(learnability([1, 1]), 0);
});

test('a mean is the sum in the order given over the number of values; of none there is no mean', () => {
  assert.equal(mean([1, 2, 6]), 3);
  assert.equal(mean([1e16, 1, -1e16]), 0); // the 1 is lost in this order
  assert.throws(() => mean([]), /mean: expected at least one value, got none/);
});
