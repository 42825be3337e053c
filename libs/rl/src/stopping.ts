/**
 * When a training is said to have levelled off, for the comparison of test scores in SOAR: the first step where the
 * slope of the centred moving average of the training reward, normalised by the range of rewards seen, falls below a
 * share of its maximum. Pure.
 *
 * The paper does not say how the slope is taken nor over what the maximum runs. Here: central differences of the moving
 * average, where its whole window fits; the maximum over all rewards given; and only steps after that maximum count, so
 * that a flat beginning is no end. Called on a growing curve, the maximum is the one so far.
 */
import { UserError } from '@soar/core';

export interface StoppingRule {
  /** Steps in the centred moving average; odd. Paper: 25. */
  readonly window: number;
  /** Share of the largest slope below which the training has levelled off. Paper: 0.15. */
  readonly share: number;
}

const STOPPING_RULE: StoppingRule = { window: 25, share: 0.15 };

/**
 * Mean of the `window` values around each step, window odd: result[i] belongs to step i + (window - 1) / 2. Empty when
 * the window does not fit. Each mean is summed by itself, so that it does not depend on the values before it.
 */
export function centredMovingAverage(values: readonly number[], window: number): number[] {
  if (!Number.isInteger(window) || window < 1 || window % 2 === 0) {
    throw new UserError(`centred moving average: expected an odd window of at least 1, got ${window}`);
  }
  const means: number[] = [];
  for (let first = 0; first + window <= values.length; first++) {
    let sum = 0;
    for (let i = first; i < first + window; i++) sum += values[i]!;
    means.push(sum / window);
  }
  return means;
}

/** The normalised slope at a step. */
export interface Slope {
  readonly step: number;
  /** Change of the moving average in one step, over the range of the rewards that its windows and earlier ones saw. */
  readonly slope: number;
}

/** Normalised slopes, step by step, where the windows around a step fit and the rewards seen are not all equal. */
export function normalisedSlopes(rewards: readonly number[], window: number): Slope[] {
  const means = centredMovingAverage(rewards, window);
  const half = (window - 1) / 2;
  const slopes: Slope[] = [];
  let low = Infinity;
  let high = -Infinity;
  let seen = 0;
  for (let i = 1; i + 1 < means.length; i++) {
    const step = i + half;
    for (; seen <= step + 1 + half; seen++) {
      low = Math.min(low, rewards[seen]!);
      high = Math.max(high, rewards[seen]!);
    }
    if (high > low) slopes.push({ step, slope: (means[i + 1]! - means[i - 1]!) / 2 / (high - low) });
  }
  return slopes;
}

/** The step at which the training has levelled off; undefined while it has not, or where the reward never rose. */
export function stoppingStep(
  rewards: readonly number[],
  rule: StoppingRule = STOPPING_RULE,
): number | undefined {
  const slopes = normalisedSlopes(rewards, rule.window);
  const peak = slopes.reduce((best, { slope }, i) => (slope > (slopes[best]?.slope ?? 0) ? i : best), -1);
  const largest = slopes[peak]?.slope ?? 0;
  if (largest <= 0) return undefined;
  return slopes.slice(peak + 1).find(({ slope }) => slope < rule.share * largest)?.step;
}
