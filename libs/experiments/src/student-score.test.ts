import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StudentUnit } from './results.js';
import { scoreOf, studentScore } from './student-score.js';

const rounded = (score: number): number => Math.round(100 * score) / 100;

/** A student with a reward and a share of ten correct samples for each step; evaluated after every fifth. */
function student(rewards: readonly number[], stopStep?: number): StudentUnit {
  const steps = rewards.map((_, step) => step + 1).filter((step) => step % 5 === 0);
  return {
    unit: 'student',
    arm: 'hard-only',
    studentSeed: 0,
    training: rewards.map((reward) => ({ stage: 'hard', reward, accuracy: 0 })),
    heldOut: [0, ...steps].map((step) => ({ step, samples: 10, correct: [Math.min(10, step / 5)] })),
    ...(stopStep === undefined ? {} : { stopStep }),
    cost: { steps: rewards.length, seconds: 1 },
  };
}

const flat = Array<number>(30).fill(1);
/** Rises up to step 10. */
const levelling = Array.from({ length: 30 }, (_, step) => Math.min(step, 10));

test('the score of a student that a rule stopped is the mean of its evaluations after the stop', () => {
  // After 15, 20, 25 and 30 steps: 3, 4, 5 and 6 of ten.
  assert.equal(rounded(scoreOf(student(flat, 14), 1)), 0.45);
  assert.equal(rounded(scoreOf(student(flat, 15), 1)), 0.5);
  const { window, source } = studentScore(student(flat, 14), 1);
  assert.deepEqual([rounded(window), source], [0.45, 'after stop']);
});

test('without a rule, or where the reward never levelled off, the last evaluation counts', () => {
  assert.equal(rounded(scoreOf(student(flat), 1)), 0.6);
  assert.equal(rounded(scoreOf(student(levelling), 1)), 0.6);
  assert.equal(rounded(scoreOf(student(flat, 29), 1)), 0.6);
  assert.equal(rounded(scoreOf(student(flat, 30), 1)), 0.6); // no evaluation after it
  assert.equal(studentScore(student(flat), 1).source, 'last');
});

test("what the paper's rule would have chosen is scaled to the steps", () => {
  // The mean of 5 rewards rises up to step 8 and levels off in three steps: the stop is step 11.
  const { score, window, source } = studentScore(student(levelling), 1);
  assert.deepEqual([rounded(score), rounded(window), source], [0.6, 0.3, 'after stop']); // after 15 steps
});
