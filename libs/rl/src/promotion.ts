/**
 * When and which student becomes the next baseline (SOAR, section 2.2 and Algorithm 1). Pure.
 *
 *   promote when the moving average of R^ exceeds tau:   k* = argmax_k R_k,   j* = the repeat with the median of R_k*j
 */
import { UserError } from '@soar/core';

/** How a run promotes. */
export interface PromotionRule {
  /** The moving average has to exceed it; the paper: 0.01. */
  readonly tau: number;
  /** Outer steps in the moving average; the paper: 3. */
  readonly window: number;
  /** Whether the average also covers steps before the last promotion. */
  readonly keepWindow: boolean;
  /** Whether only an average over the whole window promotes; absent: one over fewer steps may too. */
  readonly requireFullWindow?: boolean | undefined;
  /** Nobody is promoted. */
  readonly disabled: boolean;
}

/** The promoted student theta'_k*j*. */
export interface PromotedStudent {
  readonly dataset: number;
  readonly repeat: number;
}

/**
 * The student to promote, or undefined. `movingAverage`: of R^, this step's included; `rewards`: R_k [datasets];
 * `repeatRewards`: R_kj [datasets][repeats].
 */
export function promotedStudent(
  rule: PromotionRule,
  movingAverage: number,
  rewards: readonly number[],
  repeatRewards: readonly (readonly number[])[],
): PromotedStudent | undefined {
  if (rule.disabled || !(movingAverage > rule.tau)) return undefined;
  const dataset = argMax(rewards);
  return { dataset, repeat: medianIndex(repeatRewards[dataset]!) };
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
  if (values.length === 0) throw new UserError('median: expected at least one value, got none');
  const sorted = [...values].sort((a, b) => a - b);
  return values.indexOf(sorted[Math.floor((values.length - 1) / 2)]!);
}
