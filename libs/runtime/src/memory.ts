/**
 * The memory that a unit of work needs, estimated before it starts, so that a batch that cannot fit is refused with a
 * message instead of ending the process. Upper estimates within a factor of about two; float32 throughout. Not a
 * limit on ONNX Runtime itself.
 */
import { UserError } from '@soar/core';
import { parameterSpecs, type DecoderConfig } from '@soar/model';

const FLOAT_BYTES = 4;

/** Number of parameters; a tied output head counts once. */
export function parameterCount(config: DecoderConfig): number {
  return parameterSpecs(config).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

/**
 * A rollout unit: caches of prompts and of rows (those twice: a round reads the old and makes the new), logits,
 * prepared weights.
 */
export function rolloutBytes(
  config: DecoderConfig,
  {
    prompts,
    promptTime,
    rows,
    rounds,
  }: { prompts: number; promptTime: number; rows: number; rounds: number },
): number {
  const { layers, kvHeads, headDim, heads, vocabSize, hiddenSize, intermediateSize } = config;
  const cacheToken = 2 * layers * kvHeads * headDim;
  const cache = cacheToken * (prompts * promptTime + 2 * rows * (promptTime + rounds));
  const prefill = prompts * promptTime * (4 * hiddenSize + 3 * intermediateSize + heads * promptTime);
  const draw = rows * (6 * vocabSize + 3 * intermediateSize + 2 * heads * (promptTime + rounds));
  return FLOAT_BYTES * (2 * parameterCount(config) + cache + prefill + draw + rows * rounds * 4);
}

/** Forward pass over a micro-batch of rows x time tokens; `backward`: all activations kept, gradients, two states. */
export function packedBytes(
  config: DecoderConfig,
  { rows, time, backward }: { rows: number; time: number; backward: boolean },
): number {
  const { layers, heads, kvHeads, headDim, vocabSize, hiddenSize, intermediateSize } = config;
  const layerToken =
    8 * hiddenSize + 3 * (heads + kvHeads) * headDim + 5 * intermediateSize + 4 * heads * time;
  const keptLayers = backward ? 2 * layers : 2;
  const activations = rows * time * (keptLayers * layerToken + (backward ? 6 : 4) * vocabSize);
  return FLOAT_BYTES * ((backward ? 11 : 2) * parameterCount(config) + activations);
}

/** Throws UserError RESOURCE_EXHAUSTED when `bytes` exceed `bytesMax`. */
export function requireRoom(bytes: number, bytesMax: number, what: string, advice: string): void {
  if (bytes <= bytesMax) return;
  throw new UserError(
    `${what} needs about ${mebibytes(bytes)} MiB of memory, a worker may use ${mebibytes(bytesMax)}; ${advice}`,
    'RESOURCE_EXHAUSTED',
  );
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20);
}
