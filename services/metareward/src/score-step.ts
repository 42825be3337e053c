/**
 * A step's evaluations as a message in, its score as a message out. The formulas are those of libs/rl (outer-step.ts);
 * the same request and history give the same score, bit for bit, which is what Recompute relies on.
 */
import {
  create,
  PromotionSchema,
  type ScoreStepRequest,
  type StepScore,
  StepScoreSchema,
} from '@soar/contracts';
import { invariant } from '@soar/core';
import { type ScoredStep, scoreOuterStep } from '@soar/rl';
import { readEvaluations } from './step-evaluations.js';

/**
 * Scores `request`. `history`: the run's earlier steps in order, of which the last `window - 1` matter. Throws
 * UserError INVALID_ARGUMENT when the evaluations do not fit together.
 */
export function scoreStep(request: ScoreStepRequest, history: readonly ScoredStep[]): StepScore {
  const { promotion: rule, outerStep } = request;
  invariant(rule !== undefined, 'score step: the request was not validated, it has no promotion config');
  const { measured, checkpoints } = readEvaluations(request);
  const { datasets, promoted, ...means } = scoreOuterStep(measured, rule, history);
  const score = create(StepScoreSchema, {
    outerStep,
    ...means,
    datasets: datasets.map((dataset, k) => ({
      datasetIndex: k,
      ...dataset,
      repeatRewards: [...dataset.repeatRewards],
    })),
  });
  if (promoted === undefined) return score;
  const { dataset, repeat } = promoted;
  const checkpoint = checkpoints[dataset]![repeat]!;
  score.promotion = create(PromotionSchema, { datasetIndex: dataset, repeat, checkpoint });
  return score;
}

/** What later steps need to know of a score. */
export function scoredStep({ meanReward, promotion }: StepScore): ScoredStep {
  return { meanReward, promoted: promotion !== undefined };
}
