/**
 * Work on packed texts: scoring, embedding, and what a training step is made of (training.ts).
 *
 * Row length and micro-batch follow from the texts alone: rows as long as the longest text (in multiples of
 * shapes.packedTime), as many micro-batches as microBatchTokens asks for, and rows spread evenly over them.
 */
import { packTexts, type PackedBatch, type WeightedText } from '@soar/training';
import { packedBytes, trainingBytes } from '../memory.js';
import type { OpArgs } from '../protocol.js';
import { roundUp } from '../rollout-units.js';
import type { WorkSettings } from '../settings.js';
import { weightFeeds } from './parameters.js';
import type { Policy } from './policies.js';
import type { Sessions } from './sessions.js';
import { float32, floatsOf, int64, run, scalar, type Feeds } from './tensors.js';

/** Lays texts into micro-batches of canonical shape, after checking that one fits into memory. */
export function pack(
  policy: Policy,
  texts: readonly WeightedText[],
  { shapes, microBatchTokens, makeRoom }: WorkSettings,
  backward: boolean,
): PackedBatch {
  const longest = texts.reduce((max, { tokens }) => Math.max(max, tokens.length), 1);
  const time = roundUp(longest, shapes.packedTime);
  const rowsMax = Math.max(1, Math.floor(microBatchTokens / time));
  // The row of a text does not depend on the number of rows in a micro-batch, so rows can be counted first.
  const rows = packTexts(texts, { rows: 1, time }).microBatches;
  const microRows = Math.ceil(rows / Math.ceil(rows / rowsMax));
  const states = backward && policy.gradients === undefined ? trainingBytes(policy.config) : 0;
  makeRoom(
    states + packedBytes(policy.config, { rows: microRows, time, backward }),
    `${backward ? 'training' : 'scoring'} with micro-batches of ${microRows} x ${time} tokens`,
  );
  return packTexts(texts, { rows: microRows, time });
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
  settings: WorkSettings,
): Promise<Float32Array[]> {
  const batch = pack(
    policy,
    texts.map((tokens) => ({ tokens, channels: {} })),
    settings,
    false,
  );
  const session = await sessions.get({ graph }, policy.parameters);
  const weights = await weightFeeds(policy.parameters, sessions);
  const size = batch.rows * batch.time;
  const all = new Float32Array(batch.microBatches * size * width);
  for (let i = 0; i < batch.microBatches; i++) {
    const feeds = { ...weights, ...microBatchFeeds(batch, i), ...more };
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
  settings: WorkSettings,
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
  settings: WorkSettings,
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

/** Micro-batch `i`, as inputs: tokens, positions, segments and the channels, [R, T] each. */
export function microBatchFeeds(batch: PackedBatch, i: number): Feeds {
  const { rows, time } = batch;
  const part = <A extends BigInt64Array | Float32Array>(data: A): A =>
    data.subarray(i * rows * time, (i + 1) * rows * time) as A;
  const channels = Object.entries(batch.channels).map(([name, data]) => [
    name,
    float32(part(data), [rows, time]),
  ]);
  return {
    tokens: int64(part(batch.tokens), [rows, time]),
    positions: int64(part(batch.positions), [rows, time]),
    segments: int64(part(batch.segments), [rows, time]),
    ...(Object.fromEntries(channels) as Feeds),
  };
}
