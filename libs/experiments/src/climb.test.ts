import assert from 'node:assert/strict';
import { test } from 'node:test';
import { climbOf, stagesOf } from './climb.js';
import type { TeacherUnit } from './results.js';

/** A teacher with these mean rewards, of two datasets each, that promoted in these steps. */
function teacher(teacherSeed: number, rewards: readonly number[], promoted: readonly number[]): TeacherUnit {
  return {
    unit: 'teacher',
    teacher: 'grounded',
    teacherSeed,
    steps: rewards.map((reward, step) => ({
      step,
      rewards: [reward - 0.1, reward + 0.1],
      repeatRewards: [],
      movingAverage: 0,
      baselineAccuracy: 0,
      kinds: {},
    })),
    promotions: promoted.map((step) => ({ step, reward: 1, questions: [] })),
    questions: [],
    wellFormed: 1,
    cost: { steps: 0, seconds: 0 },
  };
}

const near = (got: number | undefined, expected: number): void =>
  assert.ok(Math.abs(got! - expected) < 1e-12, `got ${got}, expected ${expected}`);

test('the step of a promotion belongs to the stage that it ends', () => {
  const { stages, steps, promotions } = climbOf(teacher(0, [0, 0.2, 0.4, 0.6, -0.1, -0.3, 0.1], [1, 3]));
  assert.deepEqual([steps, promotions], [7, 2]);
  near(stages.beforeFirst!.reward, 0.1);
  near(stages.between!.reward, 0.5);
  near(stages.afterLast!.reward, -0.1);
  assert.deepEqual([stages.afterLast!.steps, stages.afterLast!.negative], [3, 2]);
});

test('without a promotion all steps come before the first', () => {
  const { stages } = climbOf(teacher(0, [0.1, 0.3], []));
  assert.deepEqual(Object.keys(stages), ['beforeFirst']);
  near(stages.beforeFirst!.reward, 0.2);
});

test('over teachers each has the same weight, and one that has no such steps has none', () => {
  const climbs = [teacher(0, [1, -0.2, -0.2], [0]), teacher(1, [1, -0.4], [0]), teacher(2, [0], [])].map(
    climbOf,
  );
  const { beforeFirst, between, afterLast } = stagesOf(climbs);
  near(beforeFirst!.reward.value, 2 / 3);
  assert.equal(between, undefined);
  near(afterLast!.reward.value, -0.3);
  assert.deepEqual([afterLast!.teachers, afterLast!.steps, afterLast!.negative], [2, 3, 3]);
  assert.ok(afterLast!.reward.interval![0] < -0.3 && afterLast!.reward.interval![0] >= -1);
});
