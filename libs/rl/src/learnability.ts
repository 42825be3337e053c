/** The intrinsic teacher's reward, which SOAR is compared with. Pure. */
import { UserError } from '@soar/core';

/**
 * Mean over questions of 1 - s where the student solves a share s > 0 of its samples, and 0 where it solves none
 * (SOAR, section 4: "learnability"): hard questions pay, impossible ones do not. Shares are from 0 to 1.
 */
export function learnability(solvedShares: readonly number[]): number {
  if (solvedShares.length === 0) throw new UserError('learnability: there are no questions');
  const rewards = solvedShares.map((s) => (s === 0 ? 0 : 1 - s));
  return rewards.reduce((a, b) => a + b, 0) / rewards.length;
}
