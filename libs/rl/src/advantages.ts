/** From rewards to advantages. Pure. */
import { UserError } from '@soar/core';

/**
 * Leave-one-out advantages of a group (RLOO: Kool et al. 2019; Ahmadian et al., arXiv 2402.14740, eq. 7):
 *
 *   A_i = r_i - mean_{j != i} r_j = (G / (G - 1)) (r_i - mean r)
 *
 * They sum to zero, which is what makes rejection sampling harmless (SOAR, Proposition 1). Equal rewards give exact
 * zeros.
 */
export function rlooAdvantages(rewards: readonly number[]): number[] {
  const count = rewards.length;
  if (count < 2)
    throw new UserError(`rloo: a group needs at least 2 rewards, got ${count}: raise the group size`);
  if (rewards.every((r) => r === rewards[0])) return rewards.map(() => 0);
  const total = rewards.reduce((a, b) => a + b, 0);
  return rewards.map((r) => r - (total - r) / (count - 1));
}

/**
 * Advantages divided by the standard deviation of the group's rewards, as GRPO does (Shao et al., arXiv 2402.03300).
 * Biases the gradient towards questions whose rewards differ little (Liu et al., arXiv 2503.20783); off by default.
 */
export function normaliseAdvantages(
  advantages: readonly number[],
  rewards: readonly number[],
  epsilon = 1e-4,
): number[] {
  const spread = standardDeviation(rewards) + epsilon;
  return advantages.map((a) => a / spread);
}

/**
 * Advantages of several groups divided by the standard deviation of them all, as TRL's RLOOTrainer does where it
 * normalises. Their mean, which is zero but for rounding, is not subtracted: zeros stay zeros.
 */
export function normaliseOverBatch(groups: readonly (readonly number[])[], epsilon = 1e-4): number[][] {
  const spread = standardDeviation(groups.flat()) + epsilon;
  return groups.map((advantages) => advantages.map((a) => a / spread));
}

/** With Bessel's correction. */
function standardDeviation(values: readonly number[]): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
