/**
 * The memory that models and units of work need, estimated before they start, so that what cannot fit is refused with a
 * message instead of ending the process. In bytes; float32 throughout. Not a limit on ONNX Runtime itself.
 */
import { formatBytes, UserError } from '@soar/core';
import { parameterSpecs, trainedSpecs, type DecoderConfig, type ParameterSpec } from '@soar/model';

const FLOAT_BYTES = 4;

/** Number of parameters, without those of an adapter; a tied output head counts once. */
export function parameterCount(config: DecoderConfig): number {
  return sizeOf(parameterSpecs(config));
}

/** Number of parameters that a training changes: all of them, or those of the adapter. */
function trainedCount(config: DecoderConfig): number {
  return sizeOf(trainedSpecs(config));
}

/** The prepared weights of a model, without those of an adapter. A tied head has the gain of the last norm in it. */
export function weightBytes(config: DecoderConfig): number {
  const { tieWordEmbeddings, vocabSize, hiddenSize } = config;
  return FLOAT_BYTES * (parameterCount(config) + (tieWordEmbeddings ? vocabSize * hiddenSize : 0));
}

function sizeOf(specs: readonly ParameterSpec[]): number {
  return specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

/** Rows of a rollout and their tokens. */
export interface RolloutSize {
  readonly prompts: number;
  readonly promptTime: number;
  readonly rows: number;
  readonly rounds: number;
}

/**
 * A rollout: the caches of its rows five times (joining reads the old, gathers rows and makes the new, and each of the
 * graphs that take turns keeps what it had), the prompts while they are read, and logits.
 */
export function rolloutBytes(
  config: DecoderConfig,
  { prompts, promptTime, rows, rounds }: RolloutSize,
): number {
  const { layers, kvHeads, headDim, heads, vocabSize, hiddenSize, intermediateSize } = config;
  const cacheToken = 2 * layers * kvHeads * headDim;
  const cache = cacheToken * (prompts * promptTime + 5 * rows * (promptTime + rounds));
  const prefill = prompts * promptTime * (4 * hiddenSize + 3 * intermediateSize + 3 * heads * promptTime);
  const draw = rows * (6 * vocabSize + 3 * intermediateSize + 2 * heads * (promptTime + rounds));
  return FLOAT_BYTES * (cache + prefill + draw + rows * rounds * 4);
}

/** Sizes of batches that are kept whatever the memory, so that work is refused and not drawn row by row. */
const FEW_ROWS = 8;

/**
 * The sizes of batches that take at most half of a worker's memory; the other half is for models. No result depends on
 * them: a row is computed identically in all.
 */
export function rowsWithin(
  config: DecoderConfig,
  sizes: readonly number[],
  { promptTime, rounds }: Pick<RolloutSize, 'promptTime' | 'rounds'>,
  memoryBytesMax: number,
): number[] {
  return sizes.filter(
    (rows) =>
      rows <= FEW_ROWS ||
      rolloutBytes(config, { prompts: rows, promptTime, rows, rounds }) <= memoryBytesMax / 2,
  );
}

/** A micro-batch of rows x time tokens. */
export interface PackedSize {
  readonly rows: number;
  readonly time: number;
  /** Tokens whose logits stand at a time. */
  readonly headTokens: number;
  /** Whether gradients follow; `recompute`: layers are computed again for them. */
  readonly backward: boolean;
  readonly recompute: boolean;
}

/** What a micro-batch takes beside models and gradients: the activations that stand together. */
export function packedBytes(
  config: DecoderConfig,
  { rows, time, headTokens, backward, recompute }: PackedSize,
): number {
  const { layers, heads, kvHeads, headDim, vocabSize, hiddenSize, intermediateSize } = config;
  const tokens = rows * time;
  const inChunks = headTokens < tokens;
  const logits = vocabSize * Math.min(headTokens, tokens);
  const qkv = (heads + 2 * kvHeads) * headDim;
  if (!backward) {
    const layer = tokens * (8 * hiddenSize + 4 * intermediateSize + 2 * qkv + 3 * heads * time);
    return FLOAT_BYTES * (layer + (inChunks ? 1 : 2) * logits);
  }
  const attention = qkv + (heads + kvHeads) * headDim + heads * headDim + heads * time;
  const layer = tokens * (4 * hiddenSize + attention + 4 * intermediateSize);
  const kept = recompute ? layers * tokens * hiddenSize + 1.5 * layer : (layers + 0.5) * layer;
  // Trained in chunks, the head's gradient is added up in a loop, which has the old and the new sum and a chunk's.
  const head = inChunks && config.adapter === undefined ? 3 * vocabSize * hiddenSize + logits : 0;
  return FLOAT_BYTES * (kept + (inChunks ? 1 : 3) * logits + head);
}

/** A model that a worker has for itself: its parameters and what they are prepared into. */
export function modelBytes(config: DecoderConfig): number {
  return FLOAT_BYTES * parameterCount(config) + weightBytes(config);
}

/** What a training keeps: parameters of its own and what they are prepared into, two moments, gradients in weights. */
export function trainingBytes(config: DecoderConfig): number {
  return 3 * FLOAT_BYTES * trainedCount(config) + 2 * trainedWeightBytes(config);
}

/** What a step takes beside: gradients in the weights while they are made, and those in the parameters. */
export function stepBytes(config: DecoderConfig): number {
  return FLOAT_BYTES * trainedCount(config) + trainedWeightBytes(config);
}

function trainedWeightBytes(config: DecoderConfig): number {
  return config.adapter === undefined ? weightBytes(config) : FLOAT_BYTES * trainedCount(config);
}

/** Throws UserError RESOURCE_EXHAUSTED when `bytes` exceed `bytesMax`. */
export function requireRoom(bytes: number, bytesMax: number, what: string, advice: string): void {
  if (bytes <= bytesMax) return;
  throw new UserError(
    `${what} needs about ${formatBytes(bytes)} of memory with the models that it uses, a worker may use ` +
      `${formatBytes(bytesMax)}; ${advice}`,
    'RESOURCE_EXHAUSTED',
  );
}
