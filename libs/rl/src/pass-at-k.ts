/** Unbiased pass@k. Pure. */
import { UserError } from '@soar/core';

/**
 * The probability that at least one of k samples is correct, estimated without bias from n samples of which c are
 * correct (Chen et al., arXiv 2107.03374, eq. 1): 1 - C(n - c, k) / C(n, k), as the product prod_{i = n-c+1}^{n} (1 - k
 * / i), which neither overflows nor cancels. The plain estimate 1 - (1 - c/n)^k is biased low.
 */
export function passAtK(samples: number, correct: number, k: number): number {
  const whole = [samples, correct, k].every(Number.isInteger);
  if (!whole || k < 1 || correct < 0 || correct > samples) {
    throw new UserError(
      `pass@${k}: expected whole numbers with k >= 1 and 0 <= correct <= samples, got ${correct} of ${samples}`,
    );
  }
  if (k > samples) {
    throw new UserError(
      `pass@${k}: needs at least ${k} samples a problem, got ${samples}: draw more or lower k`,
    );
  }
  if (samples - correct < k) return 1;
  let allWrong = 1;
  for (let i = samples - correct + 1; i <= samples; i++) allWrong *= 1 - k / i;
  return 1 - allWrong;
}
