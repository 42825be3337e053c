/**
 * A run as trackers see it: parameters, scalars by step, results, a table of questions. Read from its report, finished
 * or not, and the same for every tracker. Nothing of it depends on the clock: exporting twice gives the same.
 */
import {
  type ArmReport,
  type OuterStepReport,
  type RunReport,
  runConfigToJson,
  type JsonValue,
  type Timestamp,
  timestampMs,
} from '@soar/contracts';
import { UserError } from '@soar/core';

/** A value at a step. */
export interface Scalar {
  readonly tag: string;
  readonly step: number;
  readonly value: number;
}

/** Scalars that are one curve of several in a figure: the outer loop, or the training of an arm. */
export interface Series {
  /** The arm; empty for the outer loop. */
  readonly arm: string;
  readonly scalars: readonly Scalar[];
}

/** A question of a dataset that earned a promotion. */
export interface TrackedQuestion {
  readonly outerStep: number;
  readonly dataset: number;
  /** Of its dataset. */
  readonly reward: number;
  readonly id: string;
  readonly question: string;
  readonly answer: string;
}

export interface TrackedRun {
  readonly id: string;
  /** Whether the run has ended and its report is complete. */
  readonly isComplete: boolean;
  readonly outerStepsDone: number;
  readonly outerSteps: number;
  /** In ms since 1970; 0 where the report has no times. */
  readonly startMs: number;
  /** When it ended; of an unfinished run, its start. */
  readonly endMs: number;
  /** The resolved configuration, one value for every field, and what else decides the run. */
  readonly parameters: readonly (readonly [name: string, value: string | number | boolean])[];
  /** The outer loop first, then arms that train. */
  readonly series: readonly Series[];
  /** Figures of the whole run. */
  readonly results: readonly (readonly [name: string, value: number])[];
  readonly questions: readonly TrackedQuestion[];
}

/** Throws UserError for a report whose names cannot be those of files. */
export function trackedRun(report: RunReport): TrackedRun {
  const { runId, config, arms, timing } = report;
  // A report may come from anywhere, and these two become names of files and folders.
  if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/.test(runId)) throw refused('runId', runId);
  for (const { name } of arms) if (!/^[a-z][a-z0-9-]{0,31}$/.test(name)) throw refused('arms: name', name);
  const startMs = msOf(timing?.startTime) ?? 0;
  const endMs = msOf(timing?.endTime);
  const trained = arms.filter(({ training }) => training.length > 0);
  return {
    id: runId,
    isComplete: endMs !== undefined,
    outerStepsDone: report.steps.length,
    outerSteps: config?.outerSteps ?? 0,
    startMs,
    endMs: endMs ?? startMs,
    parameters: parametersOf(report),
    series: [
      { arm: '', scalars: report.steps.flatMap(outerScalars) },
      ...trained.map((arm) => ({ arm: arm.name, scalars: trainingScalars(arm) })),
    ],
    results: resultsOf(report).filter(([, value]) => Number.isFinite(value)),
    questions: report.promotionQuestions.flatMap(({ outerStep, datasetIndex, reward, questions }) =>
      questions.map(({ id, question, answer }) => ({
        outerStep,
        dataset: datasetIndex,
        reward,
        id,
        question,
        answer,
      })),
    ),
  };
}

function parametersOf({ config, base, trainProblems, testProblems, versions }: RunReport) {
  return [
    ...(config === undefined ? [] : flatten('', runConfigToJson(config))),
    ['base.key', base?.key ?? ''],
    ['base.sha256', base?.sha256 ?? ''],
    ['trainProblems', trainProblems],
    ['testProblems', testProblems],
    ['soar', versions?.soar ?? ''],
  ] satisfies TrackedRun['parameters'];
}

/** A value for every leaf, named by its path: student.rl.groupSize. Lists are leaves. */
function flatten(path: string, json: JsonValue): [string, string | number | boolean][] {
  if (json === null) return [];
  if (typeof json !== 'object') return [[path, json]];
  if (Array.isArray(json)) return json.length === 0 ? [] : [[path, JSON.stringify(json)]];
  return Object.entries(json).flatMap(([key, value]) => flatten(path === '' ? key : `${path}.${key}`, value));
}

function outerScalars(report: OuterStepReport): Scalar[] {
  const { outerStep: step, score } = report;
  const rewards = score?.datasets.map(({ reward }) => reward) ?? [];
  const rejected = Object.values(report.rejections).reduce((sum, count) => sum + count, 0);
  return scalars(step, {
    'outer/mean_reward': score?.meanReward,
    'outer/best_reward': rewards.length === 0 ? undefined : rewards.reduce((a, b) => Math.max(a, b)),
    'outer/moving_average': score?.movingAverage,
    'outer/baseline_accuracy': score?.baselineAccuracy,
    'outer/promotion': score?.promotion === undefined ? 0 : 1,
    'outer/teacher_gradient_norm': report.teacherGradientNorm,
    'outer/correct_answers': report.correctAnswers,
    'outer/rollouts_sampled': report.rolloutsSampled,
    'outer/rollouts_rejected': rejected,
    'outer/student_tokens': Number(report.studentTokens),
    'outer/student_bus_bytes': onDevice(report.studentBusBytes),
  });
}

function trainingScalars({ training }: ArmReport): Scalar[] {
  return training.flatMap((metrics) =>
    scalars(metrics.step, {
      'training/reward_mean': metrics.rewardMean,
      'training/accuracy': metrics.accuracy,
      'training/entropy': metrics.entropy,
      'training/kl': metrics.kl,
      'training/gradient_norm': metrics.gradientNorm,
      'training/learning_rate': metrics.learningRate,
      'training/questions_skipped': metrics.questionsSkipped,
      'training/tokens': metrics.tokens,
      'training/bytes_to_device': onDevice(metrics.bytesToDevice),
      'training/bytes_from_device': onDevice(metrics.bytesFromDevice),
    }),
  );
}

/** Bytes across a device's bus, where there is one. */
function onDevice(bytes: bigint): number | undefined {
  return bytes > 0n ? Number(bytes) : undefined;
}

/** Those that are numbers: a run refuses to go on with others, and trackers take no others. */
function scalars(step: number, values: Readonly<Record<string, number | undefined>>): Scalar[] {
  return Object.entries(values).flatMap(([tag, value]) =>
    value !== undefined && Number.isFinite(value) ? [{ tag, step, value }] : [],
  );
}

function resultsOf({ arms, promotions, teacherUpdates, timing }: RunReport): [string, number][] {
  return [
    ...arms.flatMap(({ name, passAtK }) =>
      Object.entries(passAtK).map(([k, share]): [string, number] => [`result/${name}/pass_at_${k}`, share]),
    ),
    ['result/promotions', promotions],
    ['result/teacher_updates', teacherUpdates],
    ...Object.entries(timing?.seconds ?? {})
      .filter(([part]) => /^[a-z-]{1,32}$/.test(part))
      .map(([part, seconds]): [string, number] => [`seconds/${part}`, seconds]),
  ];
}

function msOf(time: Timestamp | undefined): number | undefined {
  return time === undefined ? undefined : timestampMs(time);
}

function refused(field: string, name: string): UserError {
  const shown = JSON.stringify(name.slice(0, 80));
  return new UserError(`report: ${field} ${shown} cannot be the name of a file`, 'INVALID_ARGUMENT', field);
}
