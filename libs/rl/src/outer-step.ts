/**
 * The score of an outer step: the teacher's rewards and advantages, and the promotion (SOAR, section 2.2 and Algorithm
 * 1). Pure: the same results and history give the same score, bit for bit, which is what recomputing a recorded reward
 * relies on.
 *
 *   R_kj  gain or learnability    R_k = mean_j R_kj    R^_t = mean_k R_k     gain.ts, learnability.ts, mean.ts
 *   A_k = R_k - mean_{i != k} R_i, i in the group of k                       advantages.ts
 *   mean of R^ over the last steps                                           moving-average.ts
 *   k*, j* where it exceeds tau, and the window is full if it has to be      promotion.ts
 *
 * Not here: which questions were asked, how answers were judged, and what the advantages do to the teacher (Proposition
 * 1, proposition-one.ts).
 */
import { UserError } from '@soar/core';
import { rlooAdvantages } from './advantages.js';
import { accuracy, gain } from './gain.js';
import { learnability } from './learnability.js';
import { mean } from './mean.js';
import { isFull, movingAverage, type ScoredStep, windowRewards } from './moving-average.js';
import { promotedStudent, type PromotedStudent, type PromotionRule } from './promotion.js';

/** What an outer step measured: for every question the share of its samples that are correct. */
export interface OuterStep {
  /** What the teacher is rewarded for: the gain of its students, or the learnability of its questions. */
  readonly reward: 'gain' | 'learnability';
  /** The baseline's shares of the reward questions, [questions]. */
  readonly baseline: readonly number[];
  /**
   * At least 2 datasets of equally many repeats, [datasets][repeats][questions]. Gain: each trained student's shares of
   * the reward questions, in the baseline's order. Learnability: the baseline's shares of the dataset's own questions.
   */
  readonly students: readonly (readonly (readonly number[])[])[];
  /** Datasets that are compared with each other, a divisor of their number; default, and if there are fewer: all. */
  readonly groupSize?: number | undefined;
}

/** What a dataset was worth. */
export interface DatasetScore {
  /** R_kj, [repeats]. */
  readonly repeatRewards: readonly number[];
  /** R_k. */
  readonly reward: number;
  /** A_k. */
  readonly advantage: number;
}

export interface OuterStepScore {
  /** Acc(theta, Q_R). */
  readonly baselineAccuracy: number;
  readonly datasets: readonly DatasetScore[];
  /** R^_t. */
  readonly meanReward: number;
  /** Of R^, this step's included. */
  readonly movingAverage: number;
  /** Undefined when nobody is promoted. */
  readonly promoted: PromotedStudent | undefined;
}

/** Scores a step. `history`: the run's earlier steps in order, of which the last `rule.window - 1` matter. */
export function scoreOuterStep(
  { reward, baseline, students, groupSize = students.length }: OuterStep,
  rule: PromotionRule,
  history: readonly ScoredStep[],
): OuterStepScore {
  const rewardOf = (shares: readonly number[]): number =>
    reward === 'learnability' ? learnability(shares) : gain(shares, baseline);
  const repeatRewards = students.map((repeats) => repeats.map(rewardOf)); // R_kj [datasets][repeats]
  const rewards = repeatRewards.map(mean); // R_k [datasets]
  const advantages = groupsOf(rewards, Math.min(groupSize, rewards.length)).flatMap((group) =>
    rlooAdvantages(group),
  ); // A_k [datasets]
  const meanReward = mean(rewards);
  const values = [...windowRewards(history, rule.keepWindow), meanReward];
  const average = movingAverage(values, rule.window);
  const counts = rule.requireFullWindow !== true || isFull(values, rule.window);
  return {
    baselineAccuracy: accuracy(baseline),
    datasets: repeatRewards.map((repeats, k) => ({
      repeatRewards: repeats,
      reward: rewards[k]!,
      advantage: advantages[k]!,
    })),
    meanReward,
    movingAverage: average,
    promoted: counts ? promotedStudent(rule, average, rewards, repeatRewards) : undefined,
  };
}

/** Rewards in groups of one size, in order. */
function groupsOf(rewards: readonly number[], size: number): number[][] {
  if (!Number.isInteger(rewards.length / size))
    throw new UserError(`group_size: ${rewards.length} datasets are no whole number of groups of ${size}`);
  return Array.from({ length: rewards.length / size }, (_, i) => rewards.slice(i * size, (i + 1) * size));
}
