/**
 * The optimizer step: gradients of each micro-batch in the weights, added up; the global norm of those in the
 * parameters; and the update of the parameters and the optimizer's states (updates.ts). A step that is not finite
 * changes nothing. An update that fails between two parts of the model leaves no policy: half of it would be another
 * step's.
 */
import { messageOf, UserError } from '@soar/core';
import { isTrained } from '@soar/model';
import { adamwScalars, clipScale, globalNorm } from '@soar/optim';
import { predictionsOf, type PackedBatch, type WeightedText } from '@soar/training';
import type { TensorMemory } from '../devices/tensor-memory.js';
import type { InferenceSession } from '../onnx-runtime.js';
import type { TrainStep, TrainStepResult, TrainingText } from '../protocol.js';
import { headInChunks, type WorkSettings } from '../settings.js';
import { channelFeeds, pack, predictionFeeds, tokenFeeds, unrolled } from './packed.js';
import { lossScaleOf, RESCALE, RESCALES_MAX, scaledText } from './loss-scale.js';
import { weightFeeds } from './parameters.js';
import type { Policies, Policy } from './policies.js';
import type { Sessions } from './sessions.js';
import { floatsOf, scalar, type Feeds } from './tensors.js';
import { squares, takeStep, type Site } from './updates.js';

export async function trainStep(
  policies: Policies,
  step: TrainStep,
  sessions: Sessions,
  settings: WorkSettings,
): Promise<TrainStepResult> {
  const policy = policies.get(step.handle);
  const found = await scaledGradients(policy, step, sessions, settings);
  const { gradients, lossScale, ...sums } = found;
  const site = { policy, gradients, sessions };
  const updates = (policy.optimizer?.updates ?? 0) + 1;
  const result = { ...sums, updates };
  requireFiniteStep(result, step.learningRate);
  const scale = clipScale(result.gradientNorm, step.optimizer.clipNorm) / lossScale;
  try {
    await takeStep(site, { ...adamwScalars(step.optimizer, step.learningRate, updates), scale }, updates);
  } catch (error) {
    policies.free(step);
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `training: update ${updates} of a policy failed before it was whole, and the policy is dropped; begin again ` +
        `from its last checkpoint. ${messageOf(error)}`,
      error.reason,
      error.where,
      { cause: error },
    );
  }
  releaseGradients(site);
  return result;
}

interface ScaledGradients {
  readonly gradients: Feeds;
  /** What the gradients are multiplied by; loss, KL and norm are not. */
  readonly lossScale: number;
  readonly loss: number;
  readonly kl: number;
  readonly gradientNorm: number;
  readonly rescalings: number;
}

/** The gradients of a step; in half precision of its scaled loss, with a smaller scale where they are not finite. */
async function scaledGradients(
  policy: Policy,
  step: TrainStep,
  sessions: Sessions,
  settings: WorkSettings,
): Promise<ScaledGradients> {
  const { clipEpsilon, kl } = step;
  const { halves } = sessions.memory;
  for (
    let rescalings = 0, lossScale = halves ? lossScaleOf(step.texts) : 1;
    ;
    rescalings++, lossScale *= RESCALE
  ) {
    const texts = step.texts.map((text) =>
      weighted(scaledText(text, lossScale), clipEpsilon !== undefined, kl !== 'none'),
    );
    const batch = pack(policy, texts, settings, true);
    const { gradients, ...sums } = await addUpGradients(policy, batch, step, sessions, settings);
    const site = { policy, gradients, sessions };
    const norm = globalNorm(await squares(site));
    if (Number.isFinite(norm) || !halves || rescalings === RESCALES_MAX || !Number.isFinite(sums.loss)) {
      const [loss, klSum, gradientNorm] = [sums.loss, sums.kl, norm].map((value) => value / lossScale);
      return { gradients, lossScale, loss: loss!, kl: klSum!, gradientNorm: gradientNorm!, rescalings };
    }
    releaseGradients(site);
  }
}

/** Gives gradients back, but for sums that stay for the next step. */
function releaseGradients({ policy, gradients, sessions }: Site): void {
  const kept = new Set(Object.values(policy.gradients ?? {}));
  sessions.memory.release(Object.values(gradients).filter((gradient) => !kept.has(gradient)));
}

/** Loss and KL of the batch, and the gradients of both in the weights. */
async function addUpGradients(
  policy: Policy,
  batch: PackedBatch,
  { clipEpsilon, kl, temperature }: TrainStep,
  sessions: Sessions,
  settings: WorkSettings,
): Promise<{ readonly loss: number; readonly kl: number; readonly gradients: Feeds }> {
  const chunked = headInChunks(settings, policy.config.vocabSize);
  const counting = kl === 'none' ? ['weights'] : ['weights', 'kl_weights'];
  const { recompute, shapes } = settings;
  const { headTokens: chunkMax } = shapes;
  const microBatches = Array.from({ length: batch.microBatches }, (_, i): Feeds | undefined => {
    if (!chunked) return { ...tokenFeeds(batch, i), ...channelFeeds(batch, i) };
    const predictions = predictionsOf(batch, i, { chunkMax, counting });
    return predictions.count === 0 ? undefined : { ...tokenFeeds(batch, i), ...predictionFeeds(predictions) };
  }).filter((feeds) => feeds !== undefined);
  const accumulate = microBatches.length !== 1;
  const clip = clipEpsilon !== undefined;
  const { memory } = sessions;
  const sessionFor = (feeds: Feeds | undefined): Promise<InferenceSession> => {
    const chunks = unrolled(sessions, feeds?.['places']?.dims[0] ?? 1);
    const kind = { graph: 'gradient', clip, kl, accumulate, chunked, recompute, ...chunks } as const;
    return sessions.get(kind, policy.parameters);
  };
  const weights = await weightFeeds(policy.parameters, sessions);
  const fixed: Feeds = {
    ...weights,
    temperature: scalar(temperature),
    ...(clip && { clip_epsilon: scalar(clipEpsilon) }),
  };
  const total = { loss: 0, kl: 0 };
  const { inputNames } = await sessionFor(microBatches[0]);
  let sums = await zeroSums(policy, inputNames, weights, memory);
  let gradients = sums;
  for (const feeds of microBatches) {
    const session = await sessionFor(feeds);
    const added = Object.entries(sums).map(
      ([name, sum]) => [name.replace('gradient.', 'sum.'), sum] as const,
    );
    const places = Object.entries(sums).map(([name, kept]) => [name, { shape: kept.dims, kept }] as const);
    const given = { ...fixed, ...feeds, ...Object.fromEntries(added) };
    const outputs = await memory.runInto(session, given, Object.fromEntries(places));
    gradients = entriesWhere(outputs, (name) => name.startsWith('gradient.'));
    const written = sums;
    sums = entriesWhere(outputs, (name) => name in written);
    total.loss = Math.fround(total.loss + floatsOf(outputs['loss']!)[0]!);
    if (outputs['kl'] !== undefined) total.kl = Math.fround(total.kl + floatsOf(outputs['kl'])[0]!);
  }
  return { ...total, gradients };
}

function entriesWhere(tensors: Feeds, holds: (name: string) => boolean): Feeds {
  return Object.fromEntries(Object.entries(tensors).filter(([name]) => holds(name)));
}

/** Zeros for the sums that a graph adds to; where they are written in place, memory of the last step if there is. */
async function zeroSums(
  policy: Policy,
  inputs: readonly string[],
  weights: Feeds,
  memory: TensorMemory,
): Promise<Feeds> {
  const { config, gradients = {}, parameters } = policy;
  const wanted = new Set(inputs);
  const names = parameters.parts
    .flatMap(({ weights: own }) => own)
    .flatMap(({ name }) => (isTrained(config, name) && wanted.has(`sum.${name}`) ? [name] : []));
  const missing = names.filter((name) => gradients[`gradient.${name}`] === undefined);
  const made = await memory.zerosLike(
    Object.fromEntries(missing.map((name) => [`gradient.${name}`, weights[name]!])),
  );
  const sums = Object.fromEntries(
    names.map((name) => [`gradient.${name}`, gradients[`gradient.${name}`] ?? made[`gradient.${name}`]!]),
  );
  if (!memory.inPlace) return sums;
  for (const sum of Object.values(sums)) floatsOf(sum).fill(0);
  policy.gradients = sums;
  return sums;
}

function requireFiniteStep({ loss, gradientNorm }: TrainStepResult, learningRate: number): void {
  if (Number.isFinite(loss) && Number.isFinite(gradientNorm)) return;
  throw new UserError(
    `training: loss ${loss}, gradient norm ${gradientNorm}: expected finite numbers. The update was not applied; ` +
      `lower the learning rate (now ${learningRate}) or the advantages`,
    'NOT_FINITE',
    'loss',
  );
}

function weighted(text: TrainingText, clip: boolean, kl: boolean): WeightedText {
  const { tokens, weights, sampledLogprobs, referenceLogprobs, klWeights } = text;
  return {
    tokens,
    channels: {
      weights,
      ...(clip && { sampled_logprobs: sampledLogprobs! }),
      ...(kl && { reference_logprobs: referenceLogprobs!, kl_weights: klWeights! }),
    },
  };
}
