/**
 * A training's specification, checked whole and made ready: models found, problems in tokens, settings with defaults.
 */
import { createHash } from 'node:crypto';
import {
  type KlPenalty,
  NormaliseOver,
  type RlConfig,
  type StoppingRule,
  toBinary,
  TrainingSpecSchema,
  type TrainingSpec,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import { onPolicyViolations } from '@soar/rl';
import type { AdapterStart, Compute, SamplingSettings } from '@soar/runtime';
import { adapterStart } from './adapter.js';
import { addressOf, type Address } from './addresses.js';
import { requireSameVocabulary, type Checkpoints, type Model } from './checkpoints.js';
import type { DrawnFrom } from './draws.js';
import { prepareEvaluation, type PreparedEvaluation } from './evaluate.js';
import { klOf, optimizerOf, type Optimizer } from './optimizer.js';
import { prepareProblems, type PreparedProblem, type PreparedProblems } from './problems.js';
import { requestDomain, type RequestDomain } from './request-domain.js';
import { samplingOf } from './sampling.js';
import { thinkBudgetOf, type ThinkBudget } from './thinking.js';

export interface PreparedStage extends DrawnFrom<PreparedProblem> {
  readonly name: string;
  readonly steps: number;
}

export interface PreparedTraining {
  readonly base: Model;
  /** The adapter that begins with this training, if one does. */
  readonly adapter: AdapterStart | undefined;
  /** The model of the KL penalty, when it is on. */
  readonly reference: Model | undefined;
  readonly domain: RequestDomain;
  readonly stages: readonly PreparedStage[];
  readonly stepsTotal: number;
  readonly questionsPerStep: number;
  readonly groupSize: number;
  readonly sampling: SamplingSettings;
  /** Texts that an answer ends before. */
  readonly stop: readonly string[];
  readonly think: ThinkBudget | undefined;
  readonly optimizer: Optimizer;
  readonly kl: KlPenalty | undefined;
  /** 0: no clip. */
  readonly clipEpsilon: number;
  /** What advantages are normalised over; undefined: they are not. */
  readonly normalise: 'question' | 'batch' | undefined;
  readonly compute: Partial<Compute> | undefined;
  readonly address: Address;
  readonly evaluation: PreparedEvaluation | undefined;
  /** Optimizer steps between intermediate evaluations; 0: only at the end. */
  readonly evaluateEvery: number;
  readonly stopping: StoppingRule | undefined;
}

/** Most intermediate evaluations in a result. */
const EVALUATIONS_MAX = 1_000;

/** SHA-256 of a specification; fields are encoded in order and there are no maps in it, so equal specs hash alike. */
export function specSha256(spec: TrainingSpec): string {
  return createHash('sha256').update(toBinary(TrainingSpecSchema, spec)).digest('hex');
}

/** Refuses what could not mean what it says, by the specification alone. Throws UserError that names the field. */
export function checkTrainingSpec(spec: TrainingSpec): void {
  for (const { setting, message } of onPolicyViolations(spec.rl!.sampling!)) {
    const field = `spec.rl.sampling.${setting}`;
    throw new UserError(`${field}: ${message}`, 'INVALID_ARGUMENT', field);
  }
  checkEvaluations(spec);
}

/** Opens what a specification needs. Throws UserError that names the field, before any work. */
export async function prepareTraining(
  spec: TrainingSpec,
  checkpoints: Checkpoints,
): Promise<PreparedTraining> {
  const rl = spec.rl!;
  const domain = requestDomain(spec);
  const base = await checkpoints.open(spec.base!);
  const address = addressOf(spec.random);
  const adapter = adapterStart(rl.adapter, base, address, 'spec.rl.adapter');
  const kl = klOf(rl.kl, 'spec.rl.');
  const reference = kl && (await checkpoints.open(spec.reference ?? spec.base!));
  if (reference) requireSameVocabulary(reference, base);
  const stepsTotal = stepsOf(spec);
  const asking = { domain, prompt: spec.prompt };
  const sets: { readonly problems: PreparedProblems; readonly mixedIn: PreparedProblems }[] = [];
  for (const [i, { problems, mixedIn }] of spec.stages.entries()) {
    const at = `spec.stages[${i}]`;
    sets.push({
      problems: await prepareProblems(problems, asking, base, `${at}.problems`),
      mixedIn: await prepareProblems(mixedIn, asking, base, `${at}.mixed_in`),
    });
  }
  const { stop, endIds } = sets[0]!.problems; // equal for all: they follow from the prompt
  return {
    base,
    adapter,
    reference,
    domain,
    stages: spec.stages.map(({ name, steps, mixedInShare }, i) => ({
      name,
      steps,
      problems: sets[i]!.problems.problems,
      mixedIn: sets[i]!.mixedIn.problems,
      mixedInShare,
    })),
    stepsTotal,
    questionsPerStep: rl.questionsPerStep,
    groupSize: rl.groupSize,
    sampling: samplingOf(rl.sampling!, base, endIds),
    stop,
    think: thinkBudgetOf(rl.sampling!, base),
    optimizer: optimizerOf(rl.optimizer!, stepsTotal),
    kl,
    clipEpsilon: rl.clipEpsilon,
    normalise: normaliseOf(rl),
    compute: spec.compute,
    address,
    evaluation:
      spec.evaluation &&
      (await prepareEvaluation(spec.evaluation, asking, base, 'spec.evaluation', spec.compute)),
    evaluateEvery: spec.evaluateEvery,
    stopping: spec.stopping,
  };
}

function normaliseOf({ normaliseAdvantages, normaliseOver }: RlConfig): PreparedTraining['normalise'] {
  if (!normaliseAdvantages) return undefined;
  return normaliseOver === NormaliseOver.BATCH ? 'batch' : 'question';
}

function stepsOf({ stages }: TrainingSpec): number {
  return stages.reduce((sum, { steps }) => sum + steps, 0);
}

function checkEvaluations(spec: TrainingSpec): void {
  const { evaluateEvery, evaluation } = spec;
  const stepsTotal = stepsOf(spec);
  const field = 'spec.evaluate_every';
  if (evaluateEvery === 0) return;
  if (evaluation === undefined)
    throw new UserError(`${field}: needs spec.evaluation, which says on what`, 'INVALID_ARGUMENT', field);
  if (stepsTotal / evaluateEvery > EVALUATIONS_MAX) {
    throw new UserError(
      `${field}: ${evaluateEvery} means more than ${EVALUATIONS_MAX} evaluations in ${stepsTotal} steps; ` +
        `raise it to at least ${Math.ceil(stepsTotal / EVALUATIONS_MAX)}`,
      'INVALID_ARGUMENT',
      field,
    );
  }
}
