/** Figures of a report against numbers computed by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '@soar/core';
import { comparisonReport } from './report.js';
import type { ArmName, Comparison, StudentUnit, TeacherUnit, Unit } from './results.js';

const SAMPLES = 4;

function comparisonOf(arms: readonly ArmName[]): Comparison {
  return {
    format: 'soar-comparison/1',
    version: '0',
    command: 'soar compare',
    domain: 'arithmetic',
    model: { sha256: 'a'.repeat(64) },
    problems: { train: 2, heldOut: 2, curated: 1, sha256: 'b'.repeat(64) },
    heldOut: ['p', 'q'],
    arms,
    seeds: { teachers: [0, 1], students: [0, 1], alone: [0, 1, 2] },
    config: {},
    passAt: [1, 4],
  };
}

/** A student with so many of four samples correct on each of the two held-out problems. */
function student(
  arm: ArmName,
  studentSeed: number,
  correct: [number, number],
  teacherSeed?: number,
): StudentUnit {
  return {
    unit: 'student',
    arm,
    ...(teacherSeed === undefined ? {} : { teacherSeed }),
    studentSeed,
    training: [{ stage: 'hard', reward: 0.5, accuracy: 0.5 }],
    heldOut: [
      { step: 0, samples: SAMPLES, correct: [0, 0] },
      { step: 1, samples: SAMPLES, correct },
    ],
    cost: { tokens: 10, steps: 1, seconds: 2 },
  };
}

function teacher(teacherSeed: number, question = '1+1'): TeacherUnit {
  const asked = { question, answer: '2', kind: 'sum', wellPosed: true, correct: true };
  return {
    unit: 'teacher',
    teacher: 'grounded',
    teacherSeed,
    steps: [
      {
        step: 0,
        rewards: [0.5, -0.5],
        repeatRewards: [[0.5], [-0.5]],
        movingAverage: 0,
        baselineAccuracy: 0,
        kinds: { sum: 1 },
        correctAnswers: 1,
        promoted: 0,
      },
    ],
    promotions: [{ step: 0, reward: 0.5, questions: [asked] }],
    questions: [asked, { ...asked, kind: 'other', correct: false, wellPosed: false }],
    wellFormed: 0.5,
    cost: { steps: 4, seconds: 8 },
  };
}

const hardOnly = [
  student('hard-only', 0, [0, 0]),
  student('hard-only', 1, [0, 2]),
  student('hard-only', 2, [0, 0]),
];
// Teachers' means of pass@1: (1 + 0.5) / 2 and 0.25.
const pq = [
  student('pq', 0, [4, 4], 0),
  student('pq', 1, [4, 0], 0),
  student('pq', 0, [1, 0], 1),
  student('pq', 1, [1, 2], 1),
];
const bound = [
  student('upper-bound', 0, [4, 4]),
  student('upper-bound', 1, [4, 4]),
  student('upper-bound', 2, [4, 4]),
];
const all: Unit[] = [...hardOnly, ...pq, ...bound, teacher(0), teacher(1, '12+34')];

test('means, differences and recovered shares match those computed by hand', () => {
  const { arms, teachers, pairs } = comparisonReport(comparisonOf(['hard-only', 'pq', 'upper-bound']), all);
  const [hard, promoted, curated] = arms;
  assert.deepEqual(
    arms.map(({ arm }) => arm),
    ['hard-only', 'pq', 'upper-bound'],
  );
  const near = (value: number | undefined, expected: number): void =>
    assert.ok(Math.abs(value! - expected) < 1e-12, `${value}, expected ${expected}`);
  near(hard!.passAt[1]!.value, 0.25 / 3);
  // pass@4 of four samples: whether any is right.
  near(hard!.passAt[4]!.value, 0.5 / 3);
  near(promoted!.passAt[1]!.value, (0.75 + 0.25) / 2);
  near(promoted!.passAt[4]!.value, ((1 + 0.5) / 2 + (0.5 + 1) / 2) / 2);
  assert.deepEqual([promoted!.teachers, promoted!.students], [2, 4]);
  near(promoted!.overHardOnly![1]!.value, 0.5 - 0.25 / 3);
  near(curated!.overHardOnly![1]!.value, (1 + 0.75 + 1) / 3);
  near(promoted!.recovered!.value, (0.5 - 0.25 / 3) / (1 - 0.25 / 3));
  assert.deepEqual(
    pairs.map(({ arm, over }) => [arm, over]),
    [['upper-bound', 'pq']],
  );
  near(pairs[0]!.passAt1.value, 0.5);
  // A pass@1 of 0.25, 1, 0.5, 0.125 and 0.375 is off the plateau, of 0 it is not.
  assert.deepEqual(
    arms.map(({ offPlateau }) => offPlateau!.students),
    [1, 4, 3],
  );
  near(hard!.offPlateau!.share.value, 1 / 3);
  near(promoted!.offPlateau!.level!.value, 0.5);
  assert.deepEqual(promoted!.cost, { tokens: 10, steps: 1, seconds: 2 });
  const { asked, promoted: earned } = teachers[0]!;
  assert.deepEqual(asked.kinds, { other: 0.5, sum: 0.5 });
  assert.deepEqual([asked.questions, asked.correct, asked.wellPosed], [4, 0.5, 0.5]);
  assert.deepEqual([earned!.questions, earned!.correct, earned!.kinds], [2, 1, { sum: 1 }]);
  assert.equal(teachers[0]!.promotions, 1);
  // The students of PQ: 1, 0.5, 0.125, 0.375.
  near(promoted!.passAt[1]!.spread!.value, Math.sqrt((0.25 + 0 + 0.375 ** 2 + 0.125 ** 2) / 3));
  assert.deepEqual(teachers[0]!.cost, { steps: 4, seconds: 8 });
});

test('the arms of a frozen teacher stand beside PS and PQ, with their difference', () => {
  const units = [...hardOnly, ...pq, student('frozen-pq', 0, [0, 4], 0), student('frozen-ps', 0, [0, 1], 0)];
  const { arms, pairs } = comparisonReport(comparisonOf(['pq', 'frozen-ps', 'frozen-pq']), units);
  assert.deepEqual(
    arms.map(({ title }) => title),
    ['Hard-Only', 'Frozen-T: PS', 'PQ', 'Frozen-T: PQ'],
  );
  assert.deepEqual(
    pairs.map(({ arm, over, passAt1 }) => [arm, over, passAt1.value]),
    [['pq', 'frozen-pq', 0]],
  );
});

test('intervals contain the figure, and one seed has none', () => {
  const { arms } = comparisonReport(comparisonOf(['hard-only', 'pq', 'upper-bound']), all);
  for (const { passAt } of arms) {
    const { value, interval } = passAt[1]!;
    assert.ok(interval![0] <= value && value <= interval![1]);
  }
  const one = comparisonReport(comparisonOf(['hard-only', 'pq']), [hardOnly[0]!, pq[0]!]);
  assert.ok(one.arms.every(({ passAt }) => passAt[1]!.interval === undefined));
  assert.equal(one.arms[1]!.recovered, undefined);
});

test('the base model is no run: its interval is that of sampling, and a difference to it that of the other arm', () => {
  const base = [0, 1, 2].map((seed) => ({ ...student('base', seed, [0, 1]), training: [] }));
  const { arms } = comparisonReport(comparisonOf(['base', 'hard-only']), [...base, ...hardOnly]);
  const [untouched, hard] = arms;
  assert.ok(!('offPlateau' in untouched!));
  assert.deepEqual(untouched!.passAt[1]!.interval, [0.125, 0.125]);
  const [low, high] = hard!.passAt[1]!.interval!;
  const [over, to] = untouched!.overHardOnly![1]!.interval!;
  assert.ok(Math.abs(over - (0.125 - high)) < 0.01 && Math.abs(to - (0.125 - low)) < 0.01);
});

test('without an oracle the report does not say which answers are right', () => {
  const { wellPosed: _w, correct: _c, ...asked } = teacher(0).questions[0]!;
  const unit: TeacherUnit = {
    ...teacher(0),
    questions: [asked],
    promotions: [{ step: 0, reward: 0.5, questions: [asked] }],
  };
  const report = comparisonReport(comparisonOf(['pq']), [unit]);
  const { asked: about, promoted } = report.teachers[0]!;
  assert.ok(!('correct' in about) && !('wellPosed' in promoted!));
});

test('the order of units changes nothing', () => {
  const comparison = comparisonOf(['hard-only', 'pq', 'upper-bound']);
  assert.deepEqual(comparisonReport(comparison, [...all].reverse()), comparisonReport(comparison, all));
});

test('a unit of other problems is refused', () => {
  const other = { ...student('pq', 0, [0, 0], 0), heldOut: [{ step: 0, samples: 1, correct: [0] }] };
  assert.throws(() => comparisonReport(comparisonOf(['pq']), [other]), UserError);
});
