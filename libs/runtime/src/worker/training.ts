/**
 * The optimizer step: gradients of each micro-batch in the weights, added up; the global norm of those in the
 * parameters; and the update of the parameters and the optimizer's states, in place. A step that is not finite changes
 * nothing. An update that fails between two parts of the model leaves no policy: half of it would be another step's.
 */
import { messageOf, UserError } from '@soar/core';
import { gainsAreFolded, isTrained } from '@soar/model';
import { adamwScalars, clipScale, globalNorm, sumOfSquares, updateAdamW } from '@soar/optim';
import { predictionsOf, type PackedBatch, type WeightedText } from '@soar/training';
import type { TrainStep, TrainStepResult, TrainingText } from '../protocol.js';
import { headInChunks, type WorkSettings } from '../settings.js';
import { channelFeeds, pack, predictionFeeds, tokenFeeds } from './packed.js';
import { copyOf, parameterFeeds, runPart, weightFeeds, zeros, type PreparedPart } from './parameters.js';
import type { Policies, Policy } from './policies.js';
import type { Sessions } from './sessions.js';
import { floatsOf, release, run, scalar, type Feeds, type Tensor } from './tensors.js';

export async function trainStep(
  policies: Policies,
  step: TrainStep,
  sessions: Sessions,
  settings: WorkSettings,
): Promise<TrainStepResult> {
  const policy = policies.get(step.handle);
  const { clipEpsilon, kl } = step;
  const texts = step.texts.map((text) => weighted(text, clipEpsilon !== undefined, kl !== 'none'));
  const batch = pack(policy, texts, settings, true);
  const { gradients, ...sums } = await addUpGradients(policy, batch, step, sessions, settings);
  const gradientNorm = globalNorm(await squares(policy, gradients, sessions));
  const updates = (policy.optimizer?.updates ?? 0) + 1;
  const result = { ...sums, gradientNorm, updates };
  requireFiniteStep(result, step.learningRate);
  const scale = clipScale(gradientNorm, step.optimizer.clipNorm);
  try {
    await update({ policy, gradients, sessions }, step, updates, scale);
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
  const kept = new Set(Object.values(policy.gradients!));
  release(Object.values(gradients).filter((gradient) => !kept.has(gradient)));
  return result;
}

/**
 * Sums of squares of the gradients in the parameters, in the order of trainedSpecs. A graph writes squares of a
 * gradient's size before it adds them up; in wide models, where most gradients need no graph, they get none.
 */
async function squares(policy: Policy, gradients: Feeds, sessions: Sessions): Promise<number[]> {
  const set = policy.parameters;
  const found = new Map<string, number>();
  for (const part of set.parts) {
    if (gainsAreFolded(policy.config)) {
      const feeds = { ...parameterFeeds(set, part), ...gradientsOf(policy, part, gradients) };
      const sums = await runPart('squares', set, part, feeds, sessions);
      for (const [name, sum] of Object.entries(sums)) found.set(name, floatsOf(sum)[0]!);
    } else {
      const own = await parameterGradients({ policy, gradients, sessions }, part);
      for (const [name, gradient] of Object.entries(own)) {
        found.set(name.replace('gradient.', 'square.'), sumOfSquares(floatsOf(gradient)));
      }
    }
  }
  return Object.keys(set.tensors).map((name) => found.get(`square.${name}`)!);
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
  const session = await sessions.get(
    { graph: 'gradient', clip, kl, accumulate, chunked, recompute },
    policy.parameters,
  );
  const sums = (policy.gradients = zeroSums(policy, session.inputNames));
  const added = Object.entries(sums).map(([name, sum]) => [name.replace('gradient.', 'sum.'), sum]);
  const fixed: Feeds = {
    ...(await weightFeeds(policy.parameters, sessions)),
    ...(Object.fromEntries(added) as Feeds),
    temperature: scalar(temperature),
    ...(clip && { clip_epsilon: scalar(clipEpsilon) }),
  };
  const total = { loss: 0, kl: 0 };
  const gradients = { ...sums };
  const wanted = session.outputNames.map((name) => [name, sums[name] ?? null]);
  const fetches = Object.fromEntries(wanted) as Record<string, Tensor | null>;
  for (const feeds of microBatches) {
    const outputs = await run(session, { ...fixed, ...feeds }, fetches);
    // What was written into a sum comes as a copy, too.
    const written = Object.entries(sums).map(([name, sum]) => [outputs[name]!, sum] as const);
    release(written.flatMap(([copy, sum]) => (floatsOf(copy).buffer === floatsOf(sum).buffer ? [] : [copy])));
    for (const [name, output] of Object.entries(outputs)) {
      if (name.startsWith('gradient.')) gradients[name] ??= output;
    }
    total.loss = Math.fround(total.loss + floatsOf(outputs['loss']!)[0]!);
    if (outputs['kl'] !== undefined) total.kl = Math.fround(total.kl + floatsOf(outputs['kl'])[0]!);
  }
  return { ...total, gradients };
}

/** Zeros for the sums that a graph adds to; memory of the last step where it had them. */
function zeroSums(
  { config, gradients = {}, parameters: { parts } }: Policy,
  inputs: readonly string[],
): Feeds {
  const wanted = new Set(inputs);
  const all = parts.flatMap(({ weights }) => weights).filter(({ name }) => isTrained(config, name));
  const sums = all
    .filter(({ name }) => wanted.has(`sum.${name}`))
    .map(({ name, shape }) => [`gradient.${name}`, gradients[`gradient.${name}`] ?? zeros(shape)] as const);
  for (const [, sum] of sums) floatsOf(sum).fill(0);
  return Object.fromEntries(sums);
}

/** A policy and the gradients in its weights. */
interface Site {
  readonly policy: Policy;
  readonly gradients: Feeds;
  readonly sessions: Sessions;
}

/** Takes the step. What another policy may be reading is copied first. */
async function update(site: Site, step: TrainStep, updates: number, scale: number): Promise<void> {
  const { policy } = site;
  if (policy.shared) policy.parameters = copyOf(policy.parameters);
  policy.shared = false;
  const set = policy.parameters;
  const optimizer = (policy.optimizer ??= {
    m: zerosLike(set.tensors),
    v: zerosLike(set.tensors),
    updates: 0,
  });
  const scalars = adamwScalars(step.optimizer, step.learningRate, updates);
  for (const part of set.parts) {
    const gradients = await parameterGradients(site, part);
    for (const name of part.parameters) {
      const tensor = set.tensors[name];
      if (tensor === undefined) continue; // of the model under the adapter
      const arrays = {
        parameter: floatsOf(tensor),
        m: floatsOf(optimizer.m[name]!),
        v: floatsOf(optimizer.v[name]!),
        gradient: floatsOf(gradients[`gradient.${name}`]!),
      };
      updateAdamW(arrays, scalars, { scale, decays: tensor.dims.length >= 2 });
    }
  }
  optimizer.updates = updates;
  set.upToDate = false;
}

/** The gradients in the parameters of a part, from those in its weights. */
async function parameterGradients({ policy, gradients, sessions }: Site, part: PreparedPart): Promise<Feeds> {
  const set = policy.parameters;
  const inWeights = gradientsOf(policy, part, gradients);
  const unchanged = part.weights.flatMap(({ name, parameter }) =>
    parameter === undefined ? [] : [[`gradient.${parameter}`, inWeights[`gradient.${name}`]!]],
  );
  const feeds = { ...parameterFeeds(set, part), ...inWeights };
  const computed = unchanged.length < part.weights.length;
  return {
    ...(Object.fromEntries(unchanged) as Feeds),
    ...(computed && (await runPart('gradients', set, part, feeds, sessions))),
  };
}

/** The gradients in the trained weights of a part. */
function gradientsOf({ config }: Policy, { weights }: PreparedPart, gradients: Feeds): Feeds {
  const names = weights.filter(({ name }) => isTrained(config, name)).map(({ name }) => `gradient.${name}`);
  return Object.fromEntries(names.map((name) => [name, gradients[name]!]));
}

function zerosLike(tensors: Feeds): Feeds {
  return Object.fromEntries(Object.entries(tensors).map(([name, { dims }]) => [name, zeros(dims)]));
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
