/**
 * From the evaluations of an outer step to rewards, advantages and promotion (paper, Algorithm 1). Pure: the same request and
 * history give the same score, bit for bit, which is what Recompute relies on.
 *
 *   R_kj = Acc(theta'_kj, Q_R) - Acc(theta, Q_R)        R_k = mean_j R_kj        R^_t = mean_k R_k
 *   A_k = R_k - mean_{i != k} R_i                       (RLOO over the datasets)
 *   promote when the moving average of R^ exceeds tau:  k* = argmax_k R_k, the repeat with the median R_k*j
 */
import { argMax, medianIndex, movingAverage, rlooAdvantages, type ScoredStep, windowRewards } from '@soar/rl';
import {
  create,
  PromotionSchema,
  type ScoreStepRequest,
  type StepScore,
  StepScoreSchema,
} from '@soar/contracts';
import { invariant } from '@soar/core';
import { readEvaluations } from './step-evaluations.js';

/**
 * Scores `request`. `history`: the run's earlier steps in order, of which the last `window - 1` matter. Throws UserError
 * INVALID_ARGUMENT when the evaluations do not fit together.
 */
export function scoreStep(request: ScoreStepRequest, history: readonly ScoredStep[]): StepScore {
  const { promotion: rule, outerStep } = request;
  invariant(rule !== undefined, 'score step: the request was not validated, it has no promotion config');
  const { baselineAccuracy, students } = readEvaluations(request);
  const rewards = students.map((repeats) => mean(repeats.map(({ reward }) => reward))); // [datasets]
  const advantages = rlooAdvantages(rewards); // [datasets]
  const meanReward = mean(rewards);
  const average = movingAverage([...windowRewards(history, rule.keepWindow), meanReward], rule.window);
  const score = create(StepScoreSchema, {
    outerStep,
    baselineAccuracy,
    datasets: students.map((repeats, k) => ({
      datasetIndex: k,
      repeatRewards: repeats.map(({ reward }) => reward),
      reward: rewards[k]!,
      advantage: advantages[k]!,
    })),
    meanReward,
    movingAverage: average,
  });
  if (rule.disabled || !(average > rule.tau)) return score;
  const k = argMax(rewards);
  const j = medianIndex(students[k]!.map(({ reward }) => reward));
  const { checkpoint } = students[k]![j]!;
  score.promotion = create(PromotionSchema, { datasetIndex: k, repeat: j, checkpoint });
  return score;
}

/** What later steps need to know of a score. */
export function scoredStep({ meanReward, promotion }: StepScore): ScoredStep {
  return { meanReward, promoted: promotion !== undefined };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
