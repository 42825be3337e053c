/** The optimizer of a request: AdamW's settings with the contract's defaults, and the course of its learning rate. */
import { type KlConfig, type KlPenalty, klPenalty, type OptimizerConfig, Schedule } from '@soar/contracts';
import { UserError } from '@soar/core';
import { ADAMW_DEFAULTS, learningRateAt, type AdamWConfig, type ScheduleConfig } from '@soar/optim';
import { klViolations } from '@soar/rl';

export interface Optimizer {
  readonly adamw: AdamWConfig;
  /** Learning rate of a step, from 0. */
  readonly learningRate: (step: number) => number;
}

const SCHEDULES: Readonly<Record<Schedule, ScheduleConfig['schedule']>> = {
  [Schedule.UNSPECIFIED]: 'cosine',
  [Schedule.COSINE]: 'cosine',
  [Schedule.CONSTANT]: 'constant',
  [Schedule.LINEAR]: 'linear',
};

/** `steps`: the horizon where the request names none. */
export function optimizerOf(config: OptimizerConfig, steps: number): Optimizer {
  const schedule: ScheduleConfig = {
    learningRate: config.learningRate,
    schedule: SCHEDULES[config.schedule],
    warmupSteps: config.warmupSteps,
    horizonSteps: config.horizonSteps || steps,
  };
  return {
    adamw: {
      beta1: config.beta1 ?? ADAMW_DEFAULTS.beta1,
      beta2: config.beta2 ?? ADAMW_DEFAULTS.beta2,
      epsilon: config.epsilon ?? ADAMW_DEFAULTS.epsilon,
      weightDecay: config.weightDecay,
      clipNorm: config.gradientClipNorm ?? ADAMW_DEFAULTS.clipNorm,
    },
    learningRate: (step) => learningRateAt(schedule, step),
  };
}

/** The penalty of a request; undefined when it is off. Throws UserError, `field` being where it stands. */
export function klOf(config: KlConfig | undefined, field: string): KlPenalty | undefined {
  const penalty = klPenalty(config);
  const [violation] = penalty === undefined ? [] : klViolations(penalty);
  if (violation === undefined) return penalty;
  const where = field + violation.setting;
  throw new UserError(`${where}: ${violation.message}`, 'INVALID_ARGUMENT', where);
}
