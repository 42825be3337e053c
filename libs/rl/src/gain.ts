/**
 * The teacher's grounded reward: what training on a dataset was worth to one student (SOAR, section 2.2 and Algorithm
 * 1). Pure.
 *
 *   R_kj = Acc(theta'_kj, Q_R) - Acc(theta, Q_R)
 *
 * theta is the student baseline, theta'_kj the student trained from it on dataset X_k in repeat j, Q_R the reward
 * questions. A share is the part of a question's samples that are correct; with greedy decoding it is 0 or 1.
 */
import { UserError } from '@soar/core';
import { mean } from './mean.js';

/** Acc(theta, Q_R): the mean share over the questions. */
export function accuracy(shares: readonly number[]): number {
  return mean(shares);
}

/**
 * R_kj from the shares of the same questions in the same order. It is the mean of the differences rather than the
 * difference of the means: with one sample a question the sum is a whole number and only the division rounds, so that a
 * gain of exactly tau is not above tau.
 */
export function gain(student: readonly number[], baseline: readonly number[]): number {
  if (student.length !== baseline.length) {
    throw new UserError(
      `gain: expected shares of ${baseline.length} questions as of the baseline, got ${student.length}`,
    );
  }
  return mean(student.map((share, i) => share - baseline[i]!));
}
