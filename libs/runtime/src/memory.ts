/**
 * The memory that models and units of work need, estimated before they start, so that what cannot fit is refused with a
 * message instead of ending the process. In bytes; float32 throughout. Not a limit on ONNX Runtime itself.
 */
import { formatBytes, UserError } from '@soar/core';
import {
  parameterSpecs,
  preparePart,
  trainedSpecs,
  type DecoderConfig,
  type ParameterSpec,
  type Part,
} from '@soar/model';
import { Graph } from '@soar/onnx';

const FLOAT_BYTES = 4;

/** Number of parameters, without those of an adapter; a tied output head counts once. */
export function parameterCount(config: DecoderConfig): number {
  return sizeOf(parameterSpecs(config));
}

/** Number of parameters that a training changes: all of them, or those of the adapter. */
export function trainedCount(config: DecoderConfig): number {
  return sizeOf(trainedSpecs(config));
}

/** The weights that graphs take, without those of an adapter, whether or not they are parameters as they stand. */
export function weightBytes(config: DecoderConfig): number {
  return FLOAT_BYTES * weightsOf(config).all;
}

/** The weights that are not parameters as they stand, and so are in memory beside those. */
function preparedBytes(config: DecoderConfig): number {
  return FLOAT_BYTES * weightsOf(config).prepared;
}

/** Numbers of elements of a model's weights. */
interface WeightCounts {
  readonly all: number;
  readonly prepared: number;
  /** Of the largest weight. */
  readonly largest: number;
}

/** The largest weight: a device has each in one buffer. */
export function largestWeightBytes(config: DecoderConfig): number {
  return FLOAT_BYTES * weightsOf(config).largest;
}

const counted = new WeakMap<DecoderConfig, WeightCounts>();

function weightsOf(config: DecoderConfig): WeightCounts {
  const known = counted.get(config);
  if (known !== undefined) return known;
  const { adapter: _, ...model } = config;
  const parts: readonly (readonly [Part, number])[] = [
    [0, config.layers], // layers have weights of the same shapes
    ['ends', 1],
  ];
  let [all, prepared, largest] = [0, 0, 0];
  for (const [part, times] of parts) {
    for (const { shape, producer } of preparePart(new Graph('prepare'), model, part).weights.values()) {
      const size = sizeOf([{ shape: shape as readonly number[] }]);
      all += times * size;
      if (producer !== undefined) prepared += times * size;
      largest = Math.max(largest, size);
    }
  }
  const counts = { all, prepared, largest };
  counted.set(config, counts);
  return counts;
}

function sizeOf(specs: readonly Pick<ParameterSpec, 'shape'>[]): number {
  return specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

/** Rows of a rollout and their tokens. */
export interface RolloutSize {
  readonly prompts: number;
  readonly promptTime: number;
  /** Tokens of a prompt that are read at once, at most. */
  readonly promptChunk: number;
  /** Tokens of the block behind a cache. */
  readonly blockTokens: number;
  readonly rows: number;
  readonly rounds: number;
}

/**
 * What a layer's cache takes beside the old one while it is joined, as it was measured: its rows gathered, the new one,
 * a copy for its owner, and what ONNX Runtime's arena keeps, which grows in powers of two.
 */
const LAYER_COPIES = 7;
/** Of the block, as a run takes it and as it gives it back. */
const BLOCK_COPIES = 2;

/**
 * A rollout: the cache of its rows, and of one layer while it is joined; the block behind it; the prompts while a chunk
 * of them is read; and logits.
 */
export function rolloutBytes(
  config: DecoderConfig,
  { prompts, promptTime, promptChunk, blockTokens, rows, rounds }: RolloutSize,
): number {
  const { layers, kvHeads, headDim, heads, vocabSize, hiddenSize, intermediateSize } = config;
  const cacheToken = 2 * layers * kvHeads * headDim;
  const chunk = Math.min(promptTime, promptChunk);
  const before = promptTime - chunk;
  const standing = (1 + LAYER_COPIES / layers) * (promptTime + rounds) + BLOCK_COPIES * blockTokens;
  const cache = cacheToken * (prompts * (promptTime + before) + rows * standing);
  const prefill = prompts * chunk * (4 * hiddenSize + 3 * intermediateSize + 3 * heads * promptTime);
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
  size: Omit<RolloutSize, 'prompts' | 'rows'>,
  memoryBytesMax: number,
): number[] {
  return sizes.filter(
    (rows) =>
      rows <= FEW_ROWS || rolloutBytes(config, { ...size, prompts: rows, rows }) <= memoryBytesMax / 2,
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
  // Trained in chunks, the head's gradient is added up in a loop, which has the old and the new sum.
  const head = inChunks && config.adapter === undefined ? 2 * vocabSize * hiddenSize + logits : 0;
  return FLOAT_BYTES * (kept + 3 * logits + head);
}

/** A model that a worker has for itself: its parameters and what they are prepared into. */
export function modelBytes(config: DecoderConfig): number {
  return FLOAT_BYTES * parameterCount(config) + preparedBytes(config);
}

/**
 * What a training keeps: parameters and what they are prepared into, two moments; without what it has before it begins:
 * parameters that are not another policy's, and the moments of one that is resumed.
 */
export function trainingBytes(
  config: DecoderConfig,
  has: { readonly parameters?: boolean; readonly moments?: boolean } = {},
): number {
  const copies = (has.parameters ? 0 : 1) + (has.moments ? 0 : 2);
  const states = copies * FLOAT_BYTES * trainedCount(config);
  return states + (config.adapter === undefined ? preparedBytes(config) : FLOAT_BYTES * trainedCount(config));
}

/**
 * What a step takes beside: the gradients in the weights. Those that are added up, over micro-batches or over chunks of
 * the head, stand twice, since ONNX Runtime's binding makes a copy of each output.
 */
export function stepBytes(config: DecoderConfig, { accumulates }: { readonly accumulates: boolean }): number {
  if (config.adapter !== undefined) return (accumulates ? 2 : 1) * FLOAT_BYTES * trainedCount(config);
  return weightBytes(config) + FLOAT_BYTES * weightsOf(config)[accumulates ? 'all' : 'largest'];
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
