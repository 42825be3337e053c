/**
 * When a training has levelled off, for the comparison of test scores in SOAR (section 4): the first step where the
 * slope of the centred moving average of the training reward, normalised by the range of the rewards, falls below a
 * share of its maximum over the whole curve. Pure.
 *
 * Normalising divides every slope of a curve by the same number, so that it changes neither which is the largest nor
 * which are below a share of it: it is left out here. The paper does not say how the slope is taken; here by central
 * differences of the moving average, where its whole window fits. "Falls below" is taken to mean after the maximum, so
 * that a flat beginning is no end. The curve is the whole training: a change of stages is part of it.
 *
 * Used while a training goes on, the curve is what there is so far. A steeper rise later makes a new maximum and takes
 * the stop back; so whoever stops a training goes on for the steps over which test scores are averaged, and then has
 * the stop of the whole curve of the training as it was made.
 */
import { UserError } from '@soar/core';

export interface StoppingRule {
  /** Steps in the centred moving average; odd. Paper: 25. */
  readonly movingAverageSteps: number;
  /** Share of the largest slope below which the training has levelled off. Paper: 0.15. */
  readonly share: number;
}

/** The rule of the paper. */
export const STOPPING_RULE: StoppingRule = { movingAverageSteps: 25, share: 0.15 };

/** The curve of a training reward, step by step. */
export class RewardCurve {
  private steps = 0;
  /** The rewards under the last window. */
  private readonly recent: number[] = [];
  /** The last three means of the moving average. */
  private readonly means: number[] = [];
  /** The largest slope; 0 while none was positive. */
  private largest = 0;
  private found: number | undefined;

  constructor(private readonly rule: StoppingRule) {
    const { movingAverageSteps: steps } = rule;
    if (!Number.isInteger(steps) || steps < 1 || steps % 2 === 0)
      throw new UserError(`moving_average_steps: expected an odd number of at least 1, got ${steps}`);
  }

  /** The step, from 0, at which the curve so far has levelled off; undefined where it has not, or never rose. */
  get stop(): number | undefined {
    return this.found;
  }

  /** The mean reward of the next step. */
  push(reward: number): void {
    const { movingAverageSteps: window, share } = this.rule;
    this.steps++;
    keepLast(this.recent, reward, window);
    if (this.recent.length < window) return;
    // Summed anew, so that a mean does not depend on what came before its window.
    keepLast(this.means, this.recent.reduce((a, b) => a + b, 0) / window, 3);
    if (this.means.length < 3) return;
    const slope = (this.means[2]! - this.means[0]!) / 2;
    if (slope > this.largest) {
      this.largest = slope;
      this.found = undefined;
    } else if (this.largest > 0 && this.found === undefined && slope < share * this.largest) {
      // The last window is centred (window - 1) / 2 before its last step; the slope belongs to the one before it.
      this.found = this.steps - 1 - (window - 1) / 2 - 1;
    }
  }
}

/** The step at which a whole training has levelled off. */
export function stoppingStep(
  rewards: readonly number[],
  rule: StoppingRule = STOPPING_RULE,
): number | undefined {
  const curve = new RewardCurve(rule);
  for (const reward of rewards) curve.push(reward);
  return curve.stop;
}

function keepLast(values: number[], value: number, count: number): void {
  values.push(value);
  if (values.length > count) values.shift();
}
