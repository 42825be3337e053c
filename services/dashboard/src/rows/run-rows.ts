/** Runs as the page shows them, from the coordinator's messages. Pure. */
import {
  type ArmReport,
  type OuterStepReport,
  type Progress,
  type Run as RunMessage,
  type RunReport,
  RunState,
  runConfigToJson,
  type StepMetrics,
  timestampMs,
} from '@soar/contracts';
import type {
  ArmRow,
  ProgressRow,
  PromotedQuestions,
  Run,
  RunBrief,
  State,
  StepRow,
  TrainingStep,
} from '@soar/page';
import { secondsLeft } from './time-left.js';

export function stateOf(state: RunState): State {
  return (RunState[state] ?? 'UNSPECIFIED') as State;
}

export function runBrief(run: RunMessage): RunBrief {
  const left = run.report === undefined ? undefined : secondsLeft(run);
  return {
    id: run.id,
    state: stateOf(run.state),
    stepsDone: run.outerStepsDone,
    stepsTotal: run.config?.outerSteps ?? 0,
    createdMs: run.createTime === undefined ? 0 : timestampMs(run.createTime),
    failure: run.failure,
    ...(left === undefined ? {} : { secondsLeft: left }),
  };
}

export function runRow(run: RunMessage): Run {
  const { config, report } = run;
  return {
    ...runBrief(run),
    domain: config?.domain ?? '',
    seed: config?.seed ?? 0,
    base: report?.base?.key ?? '',
    tau: config?.promotion?.tau ?? 0,
    window: config?.promotion?.window ?? 0,
    promotes: config?.promotion?.disabled !== true,
    datasets: config?.teacher?.datasets ?? 0,
    repeats: config?.student?.repeats ?? 0,
    trainProblems: report?.trainProblems ?? 0,
    testProblems: report?.testProblems ?? 0,
    steps: (report?.steps ?? []).map(stepRow),
    arms: (report?.arms ?? []).map(armRow),
    promotions: promotionsOf(report),
    config: config === undefined ? {} : runConfigToJson(config),
  };
}

function promotionsOf(report: RunReport | undefined): PromotedQuestions[] {
  return (report?.promotionQuestions ?? []).map(({ outerStep, datasetIndex, reward, questions }) => ({
    step: outerStep,
    dataset: datasetIndex,
    reward,
    questions: questions.map(({ id, question, answer }) => ({ id, question, answer })),
  }));
}

export function stepRow(step: OuterStepReport): StepRow {
  const { score } = step;
  const rejected = Object.values(step.rejections).reduce((sum, n) => sum + n, 0);
  return {
    step: step.outerStep,
    ...(score === undefined
      ? {}
      : {
          meanReward: score.meanReward,
          movingAverage: score.movingAverage,
          baseline: score.baselineAccuracy,
        }),
    rewards: (score?.datasets ?? []).map(({ reward }) => reward),
    ...(score?.promotion === undefined ? {} : { promoted: score.promotion.datasetIndex }),
    sampled: step.rolloutsSampled,
    rejected,
    rejections: step.rejections,
    kinds: step.kinds,
    ...(step.correctAnswers === undefined ? {} : { correctAnswers: step.correctAnswers }),
    gradientNorm: step.teacherGradientNorm,
    innerSteps: step.innerSteps,
    tokens: Number(step.studentTokens),
  };
}

export function armRow(arm: ArmReport): ArmRow {
  return {
    name: arm.name,
    passAtK: Object.entries(arm.passAtK)
      .map(([k, share]) => [Number(k), share] as const)
      .sort(([a], [b]) => a - b),
    problems: arm.problems,
    samples: arm.samplesPerProblem,
    trainingSteps: arm.trainingSteps,
    training: arm.training.map(trainingStep),
  };
}

export function trainingStep(metrics: StepMetrics): TrainingStep {
  const { step, stage, accuracy, gradientNorm, kl, entropy, tokens } = metrics;
  return { step, stage, reward: metrics.rewardMean, accuracy, gradientNorm, kl, entropy, tokens };
}

export function progressRow({ activity, done, total, unit }: Progress): ProgressRow {
  return { activity, done, total, unit };
}
