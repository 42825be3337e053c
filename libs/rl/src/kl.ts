/**
 * Estimators of KL(policy || reference) from a token that the policy drew (Schulman, "Approximating KL Divergence",
 * 2020). Scalar formulas: the graphs in libs/training are held against them, and reward placement uses them. Pure.
 */

/** k1 = ln p - ln q: unbiased, high variance, may be negative. */
export function k1(policyLogprob: number, referenceLogprob: number): number {
  return policyLogprob - referenceLogprob;
}

/** k3 = q/p - 1 - ln(q/p): unbiased, low variance, never negative. */
export function k3(policyLogprob: number, referenceLogprob: number): number {
  const logRatio = referenceLogprob - policyLogprob;
  return Math.expm1(logRatio) - logRatio;
}
