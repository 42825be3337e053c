/**
 * Scores the evaluations of an outer step, message to message. The formulas are in libs/rl (outer-step.ts). Equal
 * requests and histories give bitwise equal scores; Recompute relies on it.
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
 * Scores `request`. `history`: the run's earlier steps in order; only the last `window - 1` matter. Throws UserError
 * INVALID_ARGUMENT when the evaluations are inconsistent.
 */
export function scoreStep(request: ScoreStepRequest, history: readonly ScoredStep[]): StepScore {
  const { promotion: rule, outerStep } = request;
  invariant(
    rule !== undefined,
    'score step: expected a validated request, got one without a promotion config',
  );
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

/** The part of a score that later steps use. */
export function scoredStep({ meanReward, promotion }: StepScore): ScoredStep {
  return { meanReward, promoted: promotion !== undefined };
}
