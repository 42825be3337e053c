/** The moving average of mean rewards that decides about promotions (SOAR, section 2.2 and Algorithm 1). Pure. */
import { mean } from './mean.js';

/** What later outer steps need to know of one. */
export interface ScoredStep {
  /** R^_t, the mean reward over the step's datasets. */
  readonly meanReward: number;
  /** Whether it ended with a promotion. */
  readonly promoted: boolean;
}

/**
 * The rewards that the average may be taken over: those since the last promotion, as later ones are measured against
 * another baseline, or all of them where the window is kept. The paper does not say which.
 */
export function windowRewards(history: readonly ScoredStep[], keepWindow: boolean): number[] {
  const first = keepWindow ? 0 : history.findLastIndex(({ promoted }) => promoted) + 1;
  return history.slice(first).map(({ meanReward }) => meanReward);
}

/** Whether there are as many values as the window holds. */
export function isFull(values: readonly number[], window: number): boolean {
  return values.length >= window;
}

/** Mean of the last `window` values, of all of them while there are fewer. */
export function movingAverage(values: readonly number[], window: number): number {
  return mean(values.slice(-window));
}
