/**
 * The mean reward R of teachers by stage of their run: up to their first promotion, from there to the last one, and
 * after it. The step that earns a promotion is measured against the baseline before it and belongs to the stage that it
 * ends. Without a promotion all steps come before the first. Pure.
 */
import { type Estimate, spreadMean } from './interval.js';
import { mean } from './moments.js';
import type { TeacherUnit } from './results.js';

export const STAGES = ['beforeFirst', 'between', 'afterLast'] as const;
export type Stage = (typeof STAGES)[number];

/** Steps of one teacher in one stage. */
export interface StageReward {
  readonly steps: number;
  /** Mean over the steps of the mean over their datasets. */
  readonly reward: number;
  /** Steps whose mean reward is negative. */
  readonly negative: number;
}

/** One teacher's run. */
export interface TeacherClimb {
  readonly teacherSeed: number;
  readonly steps: number;
  readonly promotions: number;
  /** The last outer step, from 0, of a run that was stopped before its end (`stopWhen`). */
  readonly stoppedAt?: number;
  /** Stages that have steps. */
  readonly stages: Readonly<Partial<Record<Stage, StageReward>>>;
}

/** A stage over the teachers that have steps in it. */
export interface ArmStage {
  readonly teachers: number;
  readonly steps: number;
  /** Every teacher has the same weight; the interval is Student's t over teachers. */
  readonly reward: Estimate;
  readonly negative: number;
}

export function climbOf({ teacherSeed, steps, promotions, stoppedAt }: TeacherUnit): TeacherClimb {
  const promoted = promotions.map(({ step }) => step);
  const [first, last] = [promoted[0] ?? Infinity, promoted.at(-1) ?? Infinity];
  const stageOf = (step: number): Stage =>
    step <= first ? 'beforeFirst' : step <= last ? 'between' : 'afterLast';
  const stages = STAGES.flatMap((stage): [Stage, StageReward][] => {
    const rewards = steps.filter(({ step }) => stageOf(step) === stage).map((step) => mean(step.rewards));
    const negative = rewards.filter((reward) => reward < 0).length;
    return rewards.length === 0 ? [] : [[stage, { steps: rewards.length, reward: mean(rewards), negative }]];
  });
  return {
    teacherSeed,
    steps: steps.length,
    promotions: promoted.length,
    ...(stoppedAt === undefined ? {} : { stoppedAt }),
    stages: Object.fromEntries(stages),
  };
}

export function stagesOf(climbs: readonly TeacherClimb[]): Readonly<Partial<Record<Stage, ArmStage>>> {
  return Object.fromEntries(
    STAGES.flatMap((stage) => {
      const its = climbs.flatMap(({ stages }) => stages[stage] ?? []);
      const reward = spreadMean(
        its.map((part) => part.reward),
        [-1, 1],
      );
      const sum = (of: (part: StageReward) => number): number =>
        its.reduce((total, part) => total + of(part), 0);
      return reward === undefined
        ? []
        : [
            [
              stage,
              { teachers: its.length, steps: sum((p) => p.steps), reward, negative: sum((p) => p.negative) },
            ],
          ];
    }),
  );
}
