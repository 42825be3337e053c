import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  create,
  ProblemOutcomeSchema,
  RewardKind,
  ScoreStepRequestSchema,
  type ScoreStepRequest,
} from '@soar/contracts';
import { Random } from '@soar/core';
import { scoreStep } from './score-step.js';
import { stepRequest } from './testing/step-request.js';

const none = [] as const;

test('a message is scored by the formulas of libs/rl, and a promotion names its checkpoint', () => {
  // Two of ten at the start; gains by hand: dataset 0 (-0.1, 0.1, 0), dataset 1 (0.3, 0.1, 0.2).
  const students = [[1, 3, 2], [5, 3, 4]]; // prettier-ignore
  const score = scoreStep(stepRequest({ step: 3, baseline: 2, students }), [
    { meanReward: 0.5, promoted: true },
    { meanReward: 0.1, promoted: false },
  ]);
  const close = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-15, `${a} ${b}`);
  assert.equal(score.outerStep, 3);
  assert.equal(score.baselineAccuracy, 0.2);
  assert.deepEqual(
    score.datasets.map(({ datasetIndex, repeatRewards }) => [datasetIndex, repeatRewards]),
    [[0, [-0.1, 0.1, 0]], [1, [0.3, 0.1, 0.2]]], // prettier-ignore
  );
  [0, 0.2].forEach((reward, k) => close(score.datasets[k]!.reward, reward));
  [-0.2, 0.2].forEach((advantage, k) => close(score.datasets[k]!.advantage, advantage));
  close(score.meanReward, 0.1);
  close(score.movingAverage, 0.1);
  const { datasetIndex, repeat, checkpoint } = score.promotion!;
  assert.deepEqual([datasetIndex, repeat], [1, 2]);
  assert.equal(checkpoint!.key, 'run/step-3/dataset-1/repeat-2');
});

test('tau, window, keep_window, require_full_window and disabled are taken from the request', () => {
  const history = [
    { meanReward: 0, promoted: false },
    { meanReward: -0.1, promoted: true },
    { meanReward: 0, promoted: false },
  ];
  const promoted = (plan: object) =>
    scoreStep(stepRequest({ step: 3, students: all(2), window: 4, ...plan }), history).promotion !==
    undefined;
  assert.equal(promoted({ tau: 0.09 }), true); // (0 + 0.2) / 2
  assert.equal(promoted({ tau: 0.09, keepWindow: true }), false); // (0 - 0.1 + 0 + 0.2) / 4
  assert.equal(promoted({ tau: 0.09, requireFullWindow: true }), false); // two steps of four
  assert.equal(promoted({ tau: 0.02, requireFullWindow: true, keepWindow: true }), true);
  assert.equal(promoted({ tau: 0.15 }), false);
  assert.equal(promoted({ tau: 0.15, window: 1 }), true);
  assert.equal(promoted({ tau: 0.09, disabled: true }), false);
});

const all = (solved: number) => [
  [solved, solved],
  [solved, solved],
];

test('the order of students and outcomes does not change a bit of the score', () => {
  const random = Random.of(5).at('order');
  const plan = { questions: 11, baseline: 3, students: [[4, 7, 1], [0, 5, 5], [11, 2, 3]] }; // prettier-ignore
  const request = stepRequest(plan);
  // Several samples per problem, so that fractions are summed.
  for (const { evaluation } of request.students)
    evaluation!.outcomes.forEach((it, q) => (it.samples = 3 + (q % 4)));
  const score = scoreStep(request, none);
  for (let trial = 0; trial < 20; trial++) {
    const shuffled = <T>(items: readonly T[], name: string): T[] =>
      random
        .at(trial, name)
        .permutation(items.length)
        .map((i) => items[i]!);
    const mixed = create(ScoreStepRequestSchema, {
      ...request,
      students: shuffled(request.students, 'students').map((student) => ({
        ...student,
        evaluation: {
          ...student.evaluation!,
          outcomes: shuffled(student.evaluation!.outcomes, student.trainingRunId),
        },
      })),
    });
    assert.deepEqual(scoreStep(mixed, none), score);
  }
});

const refusals: Record<string, [(request: ScoreStepRequest) => void, string, RegExp]> = {
  'a baseline without problems': [
    (r) => (r.baseline!.outcomes = []),
    'baseline.outcomes',
    /expected at least one problem, got none/,
  ],
  'a problem that a student was not asked': [
    (r) => r.students[1]!.evaluation!.outcomes.pop(),
    'students[1].evaluation.outcomes',
    /problem "hard-9" of the baseline is missing/,
  ],
  'a problem that the baseline was not asked': [
    (r) => r.baseline!.outcomes.pop(),
    'students[0].evaluation.outcomes',
    /problem "hard-9" is not in the baseline/,
  ],
  'a problem that is listed twice': [
    (r) => (r.students[2]!.evaluation!.outcomes[4]!.problemId = 'hard-1'),
    'students[2].evaluation.outcomes[4]',
    /problem "hard-1" is listed twice/,
  ],
  'more correct answers than samples': [
    (r) => (r.baseline!.outcomes[3]!.correct = 2),
    'baseline.outcomes[3]',
    /2 correct and 0 ungraded are more than 1 samples/,
  ],
  'a student that is listed twice': [
    (r) => (r.students[1]!.repeat = 0),
    'students[1]',
    /dataset 0, repeat 0 is listed twice/,
  ],
  'a dataset with fewer repeats': [
    (r) => r.students.pop(),
    'students',
    /dataset 1, repeat 1 is missing: every dataset needs repeats 0 to 1/,
  ],
  'a gap in the datasets': [
    (r) => r.students.forEach((s) => (s.datasetIndex *= 2)),
    'students',
    /dataset 1, repeat 0 is missing/,
  ],
  'an index out of all bounds': [
    (r) => (r.students[3]!.datasetIndex = 4_294_967_295),
    'students[3]',
    /dataset 4294967295, repeat 1: expected indices from 0 without gaps, with 4 students/,
  ],
  'a single dataset': [
    (r) => r.students.splice(2),
    'students',
    /RLOO compares datasets with each other: expected at least 2, got 1/,
  ],
  'a student without a checkpoint': [
    (r) => delete r.students[3]!.evaluation!.checkpoint,
    'students[3].evaluation.checkpoint',
    /must be set: a student may be promoted/,
  ],
};
for (const [what, [spoil, where, message]] of Object.entries(refusals)) {
  test(`${what} is refused`, () => {
    const request = stepRequest({ students: all(1) });
    spoil(request);
    assert.throws(() => scoreStep(request, none), {
      name: 'UserError',
      reason: 'INVALID_ARGUMENT',
      where,
      message,
    });
  });
}

test('learnability is averaged over the questions of each dataset, which differ; nothing is promoted', () => {
  const asked = (correct: readonly number[], samples = 4) =>
    correct.map((c, i) => ({ problemId: `asked-${i}`, samples, correct: c }));
  const request = stepRequest({ students: [[0], [0], [0]], disabled: true });
  request.reward = RewardKind.LEARNABILITY;
  const answers = [asked([0, 1, 4]), asked([2, 2]), asked([0, 0, 0])];
  request.students.forEach(({ evaluation }, k) => {
    evaluation!.outcomes = answers[k]!.map((outcome) => create(ProblemOutcomeSchema, outcome));
  });
  const score = scoreStep(request, none);
  // (0 + 3/4 + 0) / 3, (1/2 + 1/2) / 2, 0.
  assert.deepEqual(
    score.datasets.map(({ reward }) => reward),
    [0.25, 0.5, 0],
  );
  assert.deepEqual(
    score.datasets.map(({ advantage }) => advantage),
    [0, 0.375, -0.375],
  );
  assert.equal(score.promotion, undefined);
  request.promotion!.disabled = false;
  assert.throws(() => scoreStep(request, none), {
    name: 'UserError',
    message: /^promotion\.disabled: must be true where the reward is learnability/,
  });
});
