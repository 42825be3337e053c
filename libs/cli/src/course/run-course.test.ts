import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { create, type Progress, ProgressSchema, type Run, RunSchema, RunState } from '@soar/contracts';
import { RunCourse } from './run-course.js';

const sampling = { temperature: 1, maxNewTokens: 8 };

/** 10 steps of 4 students, of 4 training steps on 2 x 4 answers; two arms of 20 steps, 10 problems x 8 samples. */
function run(done: number, promotions = 1, more: { arms?: { name: string }[]; state?: RunState } = {}): Run {
  return create(RunSchema, {
    state: more.state ?? RunState.RUNNING,
    outerStepsDone: done,
    config: {
      outerSteps: 10,
      rewardQuestions: 5,
      teacher: { datasets: 2, questionsPerDataset: 4, sampling, frozen: true },
      student: { repeats: 2, steps: 4, rl: { questionsPerStep: 2, groupSize: 4, sampling } },
      promotion: { tau: 0.01 },
      comparison: { samplesPerProblem: 8, sampling, syntheticSteps: 10, hardSteps: 10 },
    },
    report: {
      trainProblems: 10,
      testProblems: 10,
      promotions,
      arms: more.arms ?? [],
      timing: { seconds: { 'outer-steps': 30 * done, 'student-workers': 60 * done } },
    },
  });
}

const progress = (activity: string, done: number, total: number): Progress =>
  create(ProgressSchema, { activity, done, total });

/** Of the students of a step, of an arm's training and of its evaluation (weights.ts). */
const STUDENTS = 4 * (2.5 * 4 * 8 + 5);
const TRAINING = 2.5 * 20 * 8;
const EVALUATION = 80;

describe('the time left of a run', () => {
  it('is that of the steps to come, and of all arms with their evaluations', () => {
    const course = new RunCourse(() => 0);
    course.run(run(4));
    const arms = 2 * TRAINING + 4 * EVALUATION;
    const left = course.whole()!.secondsLeft!;
    assert.ok(Math.abs(left - (6 * 30 + (30 * arms) / STUDENTS)) < 1e-6, `${left}`);
  });

  it('is known within the first step, and becomes less as it goes on', () => {
    let now = 0;
    const course = new RunCourse(() => now);
    course.run(run(0));
    assert.equal(course.whole()!.secondsLeft, undefined, 'nothing is measured yet');
    now = 4_000;
    course.progress(progress('outer step 0: students', 0, 16));
    now = 10_000;
    course.progress(progress('outer step 0: students', 8, 16));
    // 4 s before the students, and twice the 6 s of half of them.
    const arms = (16 * (2 * TRAINING + 4 * EVALUATION)) / STUDENTS;
    const early = course.whole()!.secondsLeft!;
    assert.ok(Math.abs(early - (10 * 16 - 10 + arms)) < 1e-6, `${early}`);
    now = 16_000;
    course.progress(progress('outer step 0: students', 16, 16));
    assert.ok(course.whole()!.secondsLeft! < early);
    assert.equal(course.run({ ...run(1) }), 30, 'the seconds of the step');
    assert.equal(course.whole()!.done, 1);
  });

  it('goes by the arms themselves once they are under way, to nothing at the end', () => {
    let now = 0;
    const course = new RunCourse(() => now);
    course.run(run(10));
    course.progress(progress('hard-only', 0, 20));
    now = 60_000;
    for (const name of ['hard-only', 'pq']) course.progress(progress(name, 20, 20));
    const rest = (60 * 4 * EVALUATION) / (2 * TRAINING);
    assert.ok(Math.abs(course.whole()!.secondsLeft! - rest) < 1e-6);
    course.run(run(10, 1, { arms: ['base', 'hard-only', 'ps', 'pq'].map((name) => ({ name })) }));
    assert.equal(course.whole()!.secondsLeft, 0);
  });

  it('counts PS and PQ only where there was a promotion', () => {
    const left = (promotions: number): number => {
      const course = new RunCourse(() => 0);
      course.run(run(10, promotions));
      return course.whole()!.secondsLeft!;
    };
    assert.equal(left(1), 2 * left(0));
  });

  it('is not said of a run that is paused', () => {
    const course = new RunCourse(() => 0);
    course.run(run(4, 1, { state: RunState.PAUSED }));
    assert.deepEqual(course.whole(), { done: 4, total: 10, unit: 'outer steps', secondsLeft: undefined });
  });
});
