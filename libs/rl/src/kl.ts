/**
 * Estimators of KL(policy || reference) from a token that the policy drew (Schulman, "Approximating KL Divergence",
 * 2020), and where they may stand. Scalar formulas: the graphs in libs/training are held against them, and reward
 * placement uses them. Pure.
 */
import type { Violation } from './violation.js';

/** k1 = ln p - ln q: unbiased, high variance, may be negative. */
export function k1(policyLogprob: number, referenceLogprob: number): number {
  return policyLogprob - referenceLogprob;
}

/** k3 = q/p - 1 - ln(q/p): unbiased, low variance, never negative. */
export function k3(policyLogprob: number, referenceLogprob: number): number {
  const logRatio = referenceLogprob - policyLogprob;
  return Math.expm1(logRatio) - logRatio;
}

/** A penalty: its estimator, and whether it is a term of the loss or taken from rewards. */
export interface KlUse {
  readonly estimator: 'k1' | 'k3';
  readonly placement: 'loss' | 'reward';
}

/**
 * Why a penalty penalises nothing; empty when it does. As a term of the loss k1 has the gradient grad ln p, whose mean
 * over the samples of p is zero whatever the reference: only noise is added. In the reward it is the score function's
 * weight, and has the gradient of the divergence.
 */
export function klViolations({ estimator, placement }: KlUse): Violation[] {
  if (estimator !== 'k1' || placement !== 'loss') return [];
  const message =
    'k1 in the loss penalises nothing: its gradient, that of ln p, is zero in expectation whatever the reference; ' +
    'use k3, or put it in the reward';
  return [{ setting: 'kl.estimator', message }];
}
