/** When and which student is promoted (SOAR, section 2.2 and Algorithm 1). Pure. */
import { UserError } from '@soar/core';

/** Mean of the last `window` values, of all of them while there are fewer. */
export function movingAverage(values: readonly number[], window: number): number {
  if (values.length === 0) throw new UserError('moving average: there are no values');
  const last = values.slice(-window);
  return last.reduce((a, b) => a + b, 0) / last.length;
}

/** Index of the largest value; of equal ones the first. */
export function argMax(values: readonly number[]): number {
  return values.reduce((best, value, i) => (value > values[best]! ? i : best), 0);
}

/**
 * Index of the median value: the lower middle of an even number (the paper does not say which), and of equal values the
 * first.
 */
export function medianIndex(values: readonly number[]): number {
  if (values.length === 0) throw new UserError('median: there are no values');
  const sorted = [...values].sort((a, b) => a - b);
  return values.indexOf(sorted[Math.floor((values.length - 1) / 2)]!);
}

/** What later outer steps need to know of one: R^_t, and whether it ended with a promotion. */
export interface ScoredStep {
  readonly meanReward: number;
  readonly promoted: boolean;
}

/** The rewards the moving average is taken over: those since the last promotion, or all where the window is kept. */
export function windowRewards(history: readonly ScoredStep[], keepWindow: boolean): number[] {
  const since = keepWindow ? 0 : history.findLastIndex((step) => step.promoted) + 1;
  return history.slice(since).map((step) => step.meanReward);
}
