/**
 * Work on packed texts: scoring, and the optimizer step.
 *
 * Row length and micro-batch follow from the texts alone: rows as long as the longest text (in multiples of
 * shapes.packedTime), as many micro-batches as shapes.microBatchTokens asks for, and rows spread evenly over them.
 */
import { UserError } from '@soar/core';
import { adamwScalars } from '@soar/optim';
import { packTexts, type PackedBatch, type WeightedText } from '@soar/training';
import { packedBytes, requireRoom } from '../memory.js';
import type { OpArgs, TrainStep, TrainStepResult, TrainingText } from '../protocol.js';
import { roundUp } from '../rollout-units.js';
import type { RuntimeSettings } from '../settings.js';
import { parameterFeeds, weightFeeds } from './parameters.js';
import type { Policy, TrainedSet } from './policies.js';
import type { Sessions } from './sessions.js';
import { float32, floatsOf, int64, run, scalar, type Feeds, type Tensor } from './tensors.js';

/** Lays texts into micro-batches of canonical shape, after checking that one fits into memory. */
function pack(
  policy: Policy,
  texts: readonly WeightedText[],
  { shapes, memoryBytesMax }: RuntimeSettings,
  backward: boolean,
): PackedBatch {
  const longest = texts.reduce((max, { tokens }) => Math.max(max, tokens.length), 1);
  const time = roundUp(longest, shapes.packedTime);
  const rowsMax = Math.max(1, Math.floor(shapes.microBatchTokens / time));
  requireRoom(
    packedBytes(policy.config, { rows: rowsMax, time, backward }),
    memoryBytesMax,
    `${backward ? 'training' : 'scoring'} with micro-batches of ${rowsMax} rows of ${time} tokens`,
    'lower max_new_tokens, or use fewer workers',
  );
  // The row of a text does not depend on the number of rows in a micro-batch, so rows can be counted first.
  const rows = packTexts(texts, { rows: 1, time }).microBatches;
  return packTexts(texts, { rows: Math.ceil(rows / Math.ceil(rows / rowsMax)), time });
}

/** The per-token outputs of a graph without a backward pass. */
interface PerToken {
  readonly graph: 'score' | 'embed';
  readonly output: string;
  /** Numbers for each token. */
  readonly width: number;
  readonly feeds?: Feeds;
}

/** `width` numbers for every token of every text. */
async function perToken(
  policy: Policy,
  texts: readonly Int32Array[],
  { graph, output, width, feeds: more = {} }: PerToken,
  sessions: Sessions,
  settings: RuntimeSettings,
): Promise<Float32Array[]> {
  const batch = pack(
    policy,
    texts.map((tokens) => ({ tokens, channels: {} })),
    settings,
    false,
  );
  const session = await sessions.get({ graph }, policy.config);
  const weights = await weightFeeds(policy.parameters, sessions);
  const size = batch.rows * batch.time;
  const all = new Float32Array(batch.microBatches * size * width);
  const part = (data: BigInt64Array, i: number): Tensor =>
    int64(data.subarray(i * size, (i + 1) * size), [batch.rows, batch.time]);
  for (let i = 0; i < batch.microBatches; i++) {
    const feeds = {
      ...weights,
      tokens: part(batch.tokens, i),
      positions: part(batch.positions, i),
      segments: part(batch.segments, i),
      ...more,
    };
    const outputs = await run(session, feeds, { [output]: null });
    all.set(floatsOf(outputs[output]!), i * size * width);
  }
  return texts.map((text, i) => {
    const from = batch.offsets[i]! * width;
    return all.slice(from, from + text.length * width);
  });
}

export function score(
  policy: Policy,
  { texts, temperature }: OpArgs<'score'>,
  sessions: Sessions,
  settings: RuntimeSettings,
): Promise<Float32Array[]> {
  const what = {
    graph: 'score',
    output: 'logprobs',
    width: 1,
    feeds: { temperature: scalar(temperature) },
  } as const;
  return perToken(policy, texts, what, sessions, settings);
}

export async function embed(
  policy: Policy,
  { texts }: OpArgs<'embed'>,
  sessions: Sessions,
  settings: RuntimeSettings,
): Promise<Float32Array[]> {
  const width = policy.config.hiddenSize;
  const hidden = await perToken(
    policy,
    texts,
    { graph: 'embed', output: 'hidden', width },
    sessions,
    settings,
  );
  return hidden.map((states, i) => {
    const { length } = texts[i]!;
    return Float32Array.from({ length: width }, (_, d) => {
      let sum = 0;
      for (let t = 0; t < length; t++) sum += states[t * width + d]!;
      return sum / length;
    });
  });
}

export async function trainStep(
  policy: Policy,
  step: TrainStep,
  sessions: Sessions,
  settings: RuntimeSettings,
): Promise<TrainStepResult> {
  const { clipEpsilon, kl } = step;
  const clip = clipEpsilon !== undefined;
  const batch = pack(
    policy,
    step.texts.map((text) => weighted(text, clip, kl !== 'none')),
    settings,
    true,
  );
  const session = await sessions.get({ graph: 'train', clip, kl }, policy.config);
  policy.optimizer ??= { m: zerosLike(policy), v: zerosLike(policy), updates: 0 };
  const { m, v, updates } = policy.optimizer;
  const into = (policy.spare ??= {
    parameters: zerosLike(policy),
    m: zerosLike(policy),
    v: zerosLike(policy),
  });
  const scalars = adamwScalars(step.optimizer, step.learningRate, updates + 1);
  const feeds: Feeds = {
    ...parameterFeeds(policy.parameters),
    ...prefixed('adam.m.', m),
    ...prefixed('adam.v.', v),
    ...batchFeeds(batch),
    temperature: scalar(step.temperature),
    ...(clip && { clip_epsilon: scalar(clipEpsilon) }),
    ...Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, scalar(value)])),
  };
  const outputs = await run(session, feeds, {
    ...prefixed('new.', into.parameters),
    ...prefixed('new.adam.m.', into.m),
    ...prefixed('new.adam.v.', into.v),
    loss: null,
    kl: null,
    gradient_norm: null,
  });
  const value = (name: string): number => floatsOf(outputs[name]!)[0]!;
  const result = {
    loss: value('loss'),
    kl: value('kl'),
    gradientNorm: value('gradient_norm'),
    updates: updates + 1,
  };
  requireFiniteStep(result, step.learningRate);
  exchange(policy, into);
  return result;
}

/** The step's outputs become the policy; what they replace is written to by the next step, unless a clone reads it. */
function exchange(policy: Policy, into: TrainedSet): void {
  const { m, v, updates } = policy.optimizer!;
  const { weights: _, ...set } = policy.parameters;
  policy.spare = { parameters: policy.shared ? zerosLike(policy) : set.tensors, m, v };
  policy.parameters = { ...set, tensors: into.parameters };
  policy.shared = false;
  policy.optimizer = { m: into.m, v: into.v, updates: updates + 1 };
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

function batchFeeds(batch: PackedBatch): Feeds {
  const shape = [batch.microBatches, batch.rows, batch.time];
  const channels = Object.entries(batch.channels).map(([name, data]) => [name, float32(data, shape)]);
  return {
    tokens: int64(batch.tokens, shape),
    positions: int64(batch.positions, shape),
    segments: int64(batch.segments, shape),
    ...(Object.fromEntries(channels) as Feeds),
  };
}

function prefixed(prefix: string, tensors: Feeds): Feeds {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]));
}

function zerosLike({ parameters: { tensors } }: Policy): Feeds {
  const zeros = Object.entries(tensors).map(([name, { dims, size }]) => [
    name,
    float32(new Float32Array(size), dims),
  ]);
  return Object.fromEntries(zeros) as Feeds;
}
