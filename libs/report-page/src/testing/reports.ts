/** Reports for tests: a comparison of few students, and runs with as many steps as a test wants. */
import {
  type ArmReport,
  ArmReportSchema,
  create,
  type OuterStepReport,
  OuterStepReportSchema,
  type RunReport,
  RunReportSchema,
} from '@soar/contracts';
import {
  type ArmName,
  type Comparison,
  type StudentUnit,
  type TeacherUnit,
  type Unit,
} from '@soar/experiments';

export const HOSTILE = `</title></svg><script>alert(1)</script><img src=x onerror=y>"'&\u202e\u0000 constructor`;

const SAMPLES = 4;

export function comparisonOf(arms: readonly ArmName[]): Comparison {
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
export function student(
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

export function teacher(teacherSeed: number, question = '1+1', kind = 'sum'): TeacherUnit {
  const asked = { question, answer: '2', kind, wellPosed: true, correct: true };
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
        kinds: { [kind]: 1 },
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

export const units: readonly Unit[] = [
  student('hard-only', 0, [0, 0]),
  student('hard-only', 1, [0, 2]),
  student('pq', 0, [4, 4], 0),
  student('pq', 1, [4, 0], 0),
  student('pq', 0, [1, 0], 1),
  student('pq', 1, [1, 2], 1),
  student('upper-bound', 0, [4, 4]),
  student('upper-bound', 1, [4, 4]),
  teacher(0),
  teacher(1, '12+34'),
];

/** A whole report of a run with so many outer steps, promoting in the second one. */
export function runReport({ steps = 3, training = 4, text = '1+1' } = {}): RunReport {
  return create(RunReportSchema, {
    runId: 'tiny',
    config: { domain: 'arithmetic', seed: 7, outerSteps: steps, promotion: { tau: 0.05, window: 3 } },
    base: { key: 'models/base', sha256: 'c'.repeat(64) },
    trainProblems: 8,
    testProblems: 2,
    steps: Array.from({ length: steps }, (_, i) => outerStep(i, text)),
    teacherUpdates: steps,
    promotions: steps > 1 ? 1 : 0,
    promotionQuestions:
      steps > 1
        ? [
            {
              outerStep: 1,
              datasetIndex: 1,
              reward: 0.25,
              questions: [{ id: 'a', question: text, answer: text }],
            },
          ]
        : [],
    arms: ['base', 'hard-only', 'ps', 'pq'].map((name) => armReport(name, training)),
    versions: { soar: '0.1.0', node: '20', platform: 'linux-x64' },
    timing: { seconds: { 'outer-steps': 75, pq: 2.5, 'student-workers': 100 } },
  });
}

function outerStep(i: number, text: string): OuterStepReport {
  return create(OuterStepReportSchema, {
    outerStep: i,
    score: {
      outerStep: i,
      baselineAccuracy: i === 0 ? 0 : 0.5,
      datasets: [
        { datasetIndex: 0, reward: -0.25 },
        { datasetIndex: 1, reward: 0.25 },
      ],
      meanReward: 0.125,
      movingAverage: 0.0625,
      ...(i === 1 ? { promotion: { datasetIndex: 1 } } : {}),
    },
    rolloutsSampled: 10,
    rejections: { [`no answer ${text}`]: 2 },
    kinds: { [`sum ${text}`]: 3, ...(i % 2 === 0 ? { constructor: 1 } : {}) },
    correctAnswers: 0.75,
    teacherGradientNorm: 0.5 + i,
    studentTokens: 100n,
  });
}

function armReport(name: string, steps: number): ArmReport {
  const isTrained = name === 'hard-only' || name === 'pq';
  return create(ArmReportSchema, {
    name,
    passAtK: { 1: name === 'pq' ? 0.75 : 0, 4: name === 'pq' ? 1 : 0 },
    problems: 2,
    samplesPerProblem: 4,
    trainingSteps: isTrained ? steps : 0,
    outcomes: [2, 4].map((correct, i) => ({
      problemId: String(i),
      samples: 4,
      correct: name === 'pq' ? correct : 0,
    })),
    training: Array.from({ length: isTrained ? steps : 0 }, (_, step) => ({
      step,
      stage: name === 'pq' && step < steps / 2 ? 'synthetic' : 'hard',
      accuracy: 0.5,
      gradientNorm: step,
      entropy: 1,
    })),
  });
}
