/**
 * The records of a run, from its report or from what is told of it while it goes: each record once, the steps of every
 * curve in order and without a gap. A step that comes too early (the one before it was missed) is held back: the report
 * has it later. Pure; nothing of it depends on the clock.
 */
import {
  type ArmReport,
  type JsonValue,
  type OuterStepReport,
  type RunReport,
  runConfigToJson,
  type StepMetrics,
  timestampDate,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import type {
  EndRecord,
  QuestionRecord,
  ResultRecord,
  RunRecord,
  ScalarRecord,
  TrackerRecord,
} from './record.js';

export class RunRecords {
  private readonly run: string;
  /** The next step, by arm; of the outer loop under ''. */
  private readonly next = new Map<string, number>();

  /** Throws UserError for a report whose names cannot be those of files. */
  constructor(report: RunReport) {
    this.run = report.runId;
    // A report may come from anywhere, and names of runs and arms become names of files and folders.
    if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/.test(this.run)) throw refused('runId', this.run);
  }

  head({ runId: run, timing, config, ...report }: RunReport): RunRecord {
    return {
      kind: 'run',
      run,
      start_time: timing?.startTime === undefined ? null : timestampDate(timing.startTime).toISOString(),
      outer_steps: config?.outerSteps ?? 0,
      parameters: {
        ...(config === undefined ? {} : flatten('', runConfigToJson(config))),
        'base.key': report.base?.key ?? '',
        'base.sha256': report.base?.sha256 ?? '',
        trainProblems: report.trainProblems,
        testProblems: report.testProblems,
        soar: report.versions?.soar ?? '',
      },
    };
  }

  /** The steps of a report so far, the outer loop first, then arms. */
  steps({ steps, arms }: RunReport): ScalarRecord[] {
    return [...steps.flatMap((step) => this.outerStep(step)), ...arms.flatMap((arm) => this.arm(arm))];
  }

  outerStep(report: OuterStepReport): ScalarRecord[] {
    return this.inOrder('', report.outerStep, outerValues(report));
  }

  arm({ name, training }: ArmReport): ScalarRecord[] {
    return this.training(name, training);
  }

  /** Steps of the training of an arm. */
  training(arm: string, metrics: readonly StepMetrics[]): ScalarRecord[] {
    if (!/^[a-z][a-z0-9-]{0,31}$/.test(arm)) throw refused('arms: name', arm);
    return metrics.flatMap((step) => this.inOrder(arm, step.step, trainingValues(step)));
  }

  /** What is known when no more comes: results, questions, and how it ended. */
  end(report: RunReport, complete: boolean): TrackerRecord[] {
    const { run } = this;
    const end: EndRecord = {
      kind: 'end',
      run,
      complete,
      outer_steps_done: report.steps.length,
      end_time:
        report.timing?.endTime === undefined ? null : timestampDate(report.timing.endTime).toISOString(),
    };
    return [...this.results(report), ...this.questions(report), end];
  }

  private results(report: RunReport): ResultRecord[] {
    const step = report.steps.length;
    return resultsOf(report)
      .filter(([, value]) => Number.isFinite(value))
      .map(([name, value]) => ({ kind: 'result', run: this.run, name, step, value }));
  }

  private questions({ promotionQuestions }: RunReport): QuestionRecord[] {
    return promotionQuestions.flatMap(({ outerStep, datasetIndex: dataset, reward, questions }) =>
      questions.map(({ id, question, answer }) => ({
        kind: 'question',
        run: this.run,
        outer_step: outerStep,
        dataset,
        reward,
        id,
        question,
        answer,
      })),
    );
  }

  /** Values that are numbers: a run refuses to go on with others, and trackers take no others. */
  private inOrder(arm: string, step: number, values: Values): ScalarRecord[] {
    if (step !== (this.next.get(arm) ?? 0)) return [];
    this.next.set(arm, step + 1);
    return Object.entries(values).flatMap(([tag, value]): ScalarRecord[] =>
      value !== undefined && Number.isFinite(value)
        ? [{ kind: 'scalar', run: this.run, ...(arm !== '' && { arm }), tag, step, value }]
        : [],
    );
  }
}

type Values = Readonly<Record<string, number | undefined>>;

/** All records of a run that no more is to come of, or of one that is exported as far as it is. */
export function recordsOf(report: RunReport): TrackerRecord[] {
  const records = new RunRecords(report);
  const isComplete = report.timing?.endTime !== undefined;
  return [records.head(report), ...records.steps(report), ...records.end(report, isComplete)];
}

/** A value for every leaf, named by its path: student.rl.groupSize. Lists are leaves. */
function flatten(path: string, json: JsonValue): Record<string, string | number | boolean> {
  if (json === null || (Array.isArray(json) && json.length === 0)) return {};
  if (typeof json !== 'object') return { [path]: json };
  if (Array.isArray(json)) return { [path]: JSON.stringify(json) };
  const inner = Object.entries(json).map(([key, value]) =>
    flatten(path === '' ? key : `${path}.${key}`, value),
  );
  return Object.assign({}, ...inner) as Record<string, string | number | boolean>;
}

function outerValues(report: OuterStepReport): Values {
  const { score } = report;
  const rewards = score?.datasets.map(({ reward }) => reward) ?? [];
  return {
    'outer/mean_reward': score?.meanReward,
    'outer/best_reward': rewards.length === 0 ? undefined : rewards.reduce((a, b) => Math.max(a, b)),
    'outer/moving_average': score?.movingAverage,
    'outer/baseline_accuracy': score?.baselineAccuracy,
    'outer/promotion': score?.promotion === undefined ? 0 : 1,
    'outer/teacher_gradient_norm': report.teacherGradientNorm,
    'outer/correct_answers': report.correctAnswers,
    'outer/rollouts_sampled': report.rolloutsSampled,
    'outer/rollouts_rejected': Object.values(report.rejections).reduce((sum, count) => sum + count, 0),
    'outer/student_tokens': Number(report.studentTokens),
    'outer/student_bus_bytes': onDevice(report.studentBusBytes),
  };
}

function trainingValues(metrics: StepMetrics): Values {
  return {
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
  };
}

/** Bytes across a device's bus, where there is one. */
function onDevice(bytes: bigint): number | undefined {
  return bytes > 0n ? Number(bytes) : undefined;
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

function refused(field: string, name: string): UserError {
  const shown = JSON.stringify(name.slice(0, 80));
  return new UserError(`report: ${field} ${shown} cannot be the name of a file`, 'INVALID_ARGUMENT', field);
}
