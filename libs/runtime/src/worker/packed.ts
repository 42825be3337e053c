/**
 * Work on packed texts: scoring, embedding, and what a training step is made of (training.ts).
 *
 * Row length and micro-batch follow from the texts alone: rows as long as the longest text (in multiples of
 * shapes.packedTime), as many micro-batches as microBatchTokens asks for, and rows spread evenly over them.
 */
import {
  packTexts,
  predictionsOf,
  type PackedBatch,
  type PredictionBatch,
  type WeightedText,
} from '@soar/training';
import { packedBytes, stepBytes, trainingBytes } from '../memory.js';
import type { OpArgs } from '../protocol.js';
import { roundUp } from '../rollout-units.js';
import type { InferenceSession } from '../onnx-runtime.js';
import { headInChunks, type WorkSettings } from '../settings.js';
import { weightFeeds } from './parameters.js';
import type { Policy } from './policies.js';
import type { Sessions } from './sessions.js';
import { float32, floatsOf, int64, run, scalar, type Feeds, type Tensor } from './tensors.js';

/** Lays texts into micro-batches of canonical shape, after checking that one fits into memory. */
export function pack(
  policy: Policy,
  texts: readonly WeightedText[],
  settings: WorkSettings,
  backward: boolean,
): PackedBatch {
  const { shapes, microBatchTokens, recompute, makeRoom } = settings;
  const { config } = policy;
  const longest = texts.reduce((max, { tokens }) => Math.max(max, tokens.length), 1);
  const time = roundUp(longest, shapes.packedTime);
  const rowsMax = Math.max(1, Math.floor(microBatchTokens / time));
  // The row of a text does not depend on the number of rows in a micro-batch, so rows can be counted first.
  const rows = packTexts(texts, { rows: 1, time }).microBatches;
  const microRows = Math.ceil(rows / Math.ceil(rows / rowsMax));
  const has = { parameters: !policy.shared, moments: policy.optimizer !== undefined };
  const states = policy.gradients === undefined ? trainingBytes(config, has) : 0;
  const headTokens = headInChunks(settings, config.vocabSize) ? shapes.headTokens : Infinity;
  const kept = Object.values(policy.gradients ?? {}).reduce((sum, { size }) => sum + 4 * size, 0);
  const step = states + stepBytes(config, { accumulates: rows > microRows }) - kept;
  makeRoom(
    packedBytes(config, { rows: microRows, time, headTokens, backward, recompute }) + (backward ? step : 0),
    `${backward ? 'training' : 'scoring'} with micro-batches of ${microRows} x ${time} tokens`,
  );
  return packTexts(texts, { rows: microRows, time });
}

/** Log-probability of every token of every text; 0 for each first token. */
export async function score(
  policy: Policy,
  { texts, temperature }: OpArgs<'score'>,
  sessions: Sessions,
  settings: WorkSettings,
): Promise<Float32Array[]> {
  const { shapes } = settings;
  const chunked = headInChunks(settings, policy.config.vocabSize);
  const batch = pack(policy, unweighted(texts), settings, false);
  const size = batch.rows * batch.time;
  const logprobs = new Float32Array(batch.microBatches * size);
  const weights = await weightFeeds(policy.parameters, sessions);
  const fixed = { ...weights, temperature: scalar(temperature) };
  const kind = { graph: 'score', chunked } as const;
  for (let i = 0; i < batch.microBatches; i++) {
    const feeds = { ...fixed, ...tokenFeeds(batch, i) };
    if (!chunked) {
      const session = await sessions.get(kind, policy.parameters);
      logprobs.set(await valuesOf(session, feeds, 'logprobs'), i * size);
      continue;
    }
    const predictions = predictionsOf(batch, i, { chunkMax: shapes.headTokens, counting: [] });
    if (predictions.count === 0) continue;
    const session = await sessions.get(
      { ...kind, ...unrolled(sessions, predictions.chunks) },
      policy.parameters,
    );
    const found = await valuesOf(session, { ...feeds, ...predictionFeeds(predictions) }, 'logprobs');
    for (let k = 0; k < predictions.count; k++) {
      logprobs[i * size + Number(predictions.places[k]) + 1] = found[k]!;
    }
  }
  return texts.map(({ length }, i) => {
    const from = batch.offsets[i]!;
    return logprobs.slice(from, from + length);
  });
}

/** Mean over its tokens of the final hidden states of every text. */
export async function embed(
  policy: Policy,
  { texts }: OpArgs<'embed'>,
  sessions: Sessions,
  settings: WorkSettings,
): Promise<Float32Array[]> {
  const { hiddenSize: width } = policy.config;
  const batch = pack(policy, unweighted(texts), settings, false);
  const session = await sessions.get({ graph: 'embed' }, policy.parameters);
  const weights = await weightFeeds(policy.parameters, sessions);
  const size = batch.rows * batch.time * width;
  const states = new Float32Array(batch.microBatches * size);
  for (let i = 0; i < batch.microBatches; i++) {
    states.set(await valuesOf(session, { ...weights, ...tokenFeeds(batch, i) }, 'hidden'), i * size);
  }
  return texts.map(({ length }, i) => {
    const own = states.subarray(batch.offsets[i]! * width, (batch.offsets[i]! + length) * width);
    return Float32Array.from({ length: width }, (_, d) => {
      let sum = 0;
      for (let t = 0; t < length; t++) sum += own[t * width + d]!;
      return sum / length;
    });
  });
}

/** The number of chunks, where graphs have no loops. */
export function unrolled({ memory }: Sessions, chunks: number): { readonly chunks?: number } {
  return memory.target === 'device' ? { chunks } : {};
}

export function unweighted(texts: readonly Int32Array[]): WeightedText[] {
  return texts.map((tokens) => ({ tokens, channels: {} }));
}

async function valuesOf(session: InferenceSession, feeds: Feeds, output: string): Promise<Float32Array> {
  return floatsOf((await run(session, feeds, { [output]: null }))[output]!);
}

/** The tokens of micro-batch `i`, as inputs. */
export function tokenFeeds({ rows, time, tokens, positions, segments }: PackedBatch, i: number): Feeds {
  const part = (ids: BigInt64Array): Tensor =>
    int64(ids.subarray(i * rows * time, (i + 1) * rows * time), [rows, time]);
  return { tokens: part(tokens), positions: part(positions), segments: part(segments) };
}

/** The numbers of each token of micro-batch `i`, as inputs. */
export function channelFeeds({ rows, time, channels }: PackedBatch, i: number): Feeds {
  const part = (numbers: Float32Array): Tensor =>
    float32(numbers.subarray(i * rows * time, (i + 1) * rows * time), [rows, time]);
  return mapTensors(channels, part);
}

/** Predictions in chunks, as inputs. */
export function predictionFeeds({ chunks, chunk, places, targets, channels }: PredictionBatch): Feeds {
  const shape = [chunks, chunk];
  return {
    places: int64(places, shape),
    targets: int64(targets, shape),
    ...mapTensors(channels, (numbers) => float32(numbers, shape)),
  };
}

function mapTensors(
  arrays: Readonly<Record<string, Float32Array>>,
  to: (array: Float32Array) => Tensor,
): Feeds {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, to(array)]));
}
