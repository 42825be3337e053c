import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ComparisonSchema, create, ProgressSchema, RunState } from '@soar/contracts';
import { ComparisonCourse } from './comparison-course.js';

const sampling = { temperature: 1, maxNewTokens: 8 };

/** Two arms without a teacher, of 4 students each: one trains, the other is only evaluated. */
const comparison = create(ComparisonSchema, {
  id: 'compare-a',
  state: RunState.RUNNING,
  arms: ['base', 'hard-only'],
  seeds: { teachers: [], students: [], alone: [0, 1, 2, 3] },
  unitsTotal: 8,
  config: {
    outerSteps: 3,
    teacher: { datasets: 2, questionsPerDataset: 4, sampling },
    student: { repeats: 2, steps: 4, rl: { questionsPerStep: 2, groupSize: 4, sampling } },
    promotion: { tau: 0.01 },
    comparison: { samplesPerProblem: 1, sampling, syntheticSteps: 10, hardSteps: 10 },
  },
});
/** Of a unit: an evaluation of 100 problems; 20 steps of 8 answers and 6 evaluations. */
const BASE = 100;
const HARD_ONLY = 2.5 * 20 * 8 + 600;

describe('the time left of a comparison', () => {
  it('is that of the units to come by their weight, at the pace since the command began', () => {
    let now = 0;
    const course = new ComparisonCourse(() => now);
    course.take(comparison);
    course.unit('student-base-0', true);
    course.unit('student-hard-only-0', true);
    assert.deepEqual(course.whole(), { done: 2, total: 8, unit: 'units', secondsLeft: undefined });
    const progress = (done: number) =>
      create(ProgressSchema, { activity: 'student-hard-only-1', done, total: 20 });
    course.progress(progress(0));
    now = 10_000;
    course.progress(progress(10));
    const rest = 3 * BASE + 2.5 * HARD_ONLY;
    assert.equal(course.whole()!.secondsLeft, (10 * rest) / (HARD_ONLY / 2));
    now = 20_000;
    course.unit('student-hard-only-1', false);
    assert.equal(course.whole()!.secondsLeft, (20 * (3 * BASE + 2 * HARD_ONLY)) / HARD_ONLY);
    assert.equal(course.whole()!.done, 3);
  });

  it('is nothing when every unit is done', () => {
    let now = 0;
    const course = new ComparisonCourse(() => now);
    course.take(comparison);
    course.progress(create(ProgressSchema, { activity: 'units', done: 0, total: 8 }));
    now = 10_000;
    for (const arm of ['base', 'hard-only'])
      for (const seed of [0, 1, 2, 3]) course.unit(`student-${arm}-${seed}`, false);
    assert.equal(course.whole()!.secondsLeft, 0);
  });
});
