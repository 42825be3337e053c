/** The teacher's intrinsic reward, which the grounded one is compared with (SOAR, section 4, Intrinsic-T). Pure. */
import { mean } from './mean.js';

/**
 * Mean over a dataset's questions of 1 - s where the student solves a share s > 0 of its samples, and 0 where it solves
 * none: hard questions pay, impossible ones do not. No student is trained for it.
 */
export function learnability(shares: readonly number[]): number {
  return mean(shares.map((s) => (s === 0 ? 0 : 1 - s)));
}
