/** The request for a comparison, from its inputs, and the last check of them, for which the model was imported. */
import { requireScreenedWith } from '@soar/datasets';
import type { Comparison } from '@soar/experiments';
import type { CheckpointRef } from '@soar/store';
import { problemMessage } from '../problem-message.js';
import { askingOf } from '../run-config.js';
import { comparisonId, type Inputs } from './compare-inputs.js';
import type { ComparisonInputs } from './drive-comparison.js';

/** Throws UserError where the problems were screened with another model, or asked in another way. */
export async function requireScreened(
  flags: { readonly allowOtherPrompt?: boolean },
  inputs: Inputs,
  base: CheckpointRef,
): Promise<void> {
  const { domain, domainDefinition, student } = inputs.config;
  const asking =
    flags.allowOtherPrompt === true ? undefined : askingOf(domain, student!.prompt, domainDefinition);
  await requireScreenedWith(inputs.trainFiles, base.sha256, asking);
}

/** The request to the coordinator. */
export function requestOf(comparison: Comparison, inputs: Inputs, base: CheckpointRef): ComparisonInputs {
  const { teachers, students, alone } = comparison.seeds;
  return {
    id: comparisonId(comparison),
    config: inputs.config,
    base,
    trainProblems: inputs.train.map(problemMessage),
    testProblems: inputs.test.map(problemMessage),
    curatedProblems: inputs.curated.map(problemMessage),
    questions: inputs.questions.map(problemMessage),
    arms: [...comparison.arms],
    seeds: { teachers: [...teachers], students: [...students], alone: [...alone] },
  };
}
