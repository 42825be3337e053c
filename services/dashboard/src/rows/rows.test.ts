/** What the page is sent, from messages of the services. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arm, create, LedgerEntrySchema, RunSchema, RunState } from '@soar/contracts';
import { ledgerStep } from './ledger-rows.js';
import { runRow } from './run-rows.js';
import { secondsLeft } from './time-left.js';

const run = (state: RunState, done: number) =>
  create(RunSchema, {
    id: 'a',
    state,
    outerStepsDone: done,
    config: {
      outerSteps: 10,
      teacher: { datasets: 2 },
      student: { repeats: 3 },
      comparison: { arms: [Arm.BASE, Arm.PROMOTION_QUESTIONS], syntheticSteps: 20, hardSteps: 10 },
    },
    report: {
      steps: Array.from({ length: done }, (_, outerStep) => ({ outerStep, innerSteps: 5 })),
      timing: { seconds: { 'outer-steps': 7 * done, 'student-workers': 6 * 5 * done * 2 } },
    },
  });

test('the time left is that of the steps so far, and of the students at the end', () => {
  // 6 steps of 7 s; then 30 optimizer steps of 2 s each, as the 6 students of every step took.
  assert.equal(secondsLeft(run(RunState.RUNNING, 4)), 6 * 7 + 30 * 2);
  const trained = run(RunState.RUNNING, 10);
  trained.report!.arms = [{ ...create(RunSchema, { report: { arms: [{ name: 'pq' }] } }).report!.arms[0]! }];
  assert.equal(secondsLeft(trained), 0);
});

test('no time is left of a run that is not running, or that has measured nothing', () => {
  assert.equal(secondsLeft(run(RunState.RUNNING, 0)), undefined);
  assert.equal(secondsLeft(run(RunState.PAUSED, 4)), undefined);
  assert.equal(secondsLeft(create(RunSchema, { state: RunState.RUNNING })), undefined);
});

test('a run without anything in it is shown', () => {
  const { steps, arms, stepsTotal, state } = runRow(create(RunSchema, { id: 'bare' }));
  assert.deepEqual(
    { steps, arms, stepsTotal, state },
    { steps: [], arms: [], stepsTotal: 0, state: 'UNSPECIFIED' },
  );
});

test('a reward of the ledger stands beside the evaluation that it came from', () => {
  const student = (repeat: number, correct: number) => ({
    datasetIndex: 0,
    repeat,
    trainingRunId: `a/${repeat}`,
    evaluation: { outcomes: [{ problemId: 'p', samples: 4, correct }] },
  });
  const entry = create(LedgerEntrySchema, {
    request: {
      baseline: { outcomes: [{ problemId: 'p', samples: 4, correct: 1 }] },
      students: [student(1, 3), student(0, 2)],
      promotion: { tau: 0.01, window: 3 },
    },
    score: {
      outerStep: 5,
      baselineAccuracy: 0.25,
      datasets: [{ datasetIndex: 0, repeatRewards: [0.25, 0.5], reward: 0.375, advantage: 0.1 }],
    },
  });
  const { step, baseline, datasets } = ledgerStep(entry);
  assert.equal(step, 5);
  assert.deepEqual(baseline, { correct: 1, samples: 4 });
  assert.deepEqual(datasets[0]!.repeats, [
    { correct: 2, samples: 4, reward: 0.25, training: 'a/0' },
    { correct: 3, samples: 4, reward: 0.5, training: 'a/1' },
  ]);
});
