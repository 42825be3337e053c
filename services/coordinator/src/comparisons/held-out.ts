/**
 * Evaluations of a comparison's students on the held-out split. Those of one student seed draw the same random numbers.
 */
import {
  type CheckpointRef,
  create,
  type EvaluationSpecSchema,
  type HeldOutOutcomes,
  HeldOutOutcomesSchema,
  type MessageInitShape,
  type ProblemOutcome,
} from '@soar/contracts';
import { addresses } from '../journal/addresses.js';
import type { ComparisonContext } from './comparison-context.js';

type Inputs = Pick<ComparisonContext, 'request' | 'config'>;

/** How every student of a seed is evaluated. */
export function heldOutSpec(
  { request, config }: Inputs,
  studentSeed: number,
): MessageInitShape<typeof EvaluationSpecSchema> {
  const { samplesPerProblem, sampling } = config.comparison;
  const random = addresses.comparedHeldOut(studentSeed);
  return { problems: request.testProblems, samplesPerProblem, sampling, random };
}

/** Evaluates a checkpoint as it is, without training. */
export async function evaluateHeldOut(
  context: Inputs & Pick<ComparisonContext, 'services'>,
  checkpoint: CheckpointRef,
  studentSeed: number,
): Promise<HeldOutOutcomes> {
  const { config, services } = context;
  const spec = heldOutSpec(context, studentSeed);
  const { outcomes } = await services.evaluate({
    checkpoint,
    domain: config.domain,
    spec,
    prompt: config.student.prompt,
  });
  return outcomesAfter(0, context, outcomes);
}

/** Outcomes after `step` optimizer steps. */
export function outcomesAfter(
  step: number,
  { config }: Pick<Inputs, 'config'>,
  outcomes: readonly ProblemOutcome[],
): HeldOutOutcomes {
  const { samplesPerProblem: samples } = config.comparison;
  return create(HeldOutOutcomesSchema, { step, samples, correct: outcomes.map(({ correct }) => correct) });
}
