/**
 * The memory that a unit of work needs, estimated before it starts, so that a batch that cannot fit is refused with a
 * message instead of ending the process. Upper estimates within a factor of about two; float32 throughout. Not a
 * limit on ONNX Runtime itself.
 */
import { UserError } from '@soar/core';
import { parameterSpecs, trainedSpecs, type DecoderConfig, type ParameterSpec } from '@soar/model';

const FLOAT_BYTES = 4;

/** Number of parameters, without those of an adapter; a tied output head counts once. */
export function parameterCount(config: DecoderConfig): number {
  return sizeOf(parameterSpecs(config));
}

/** Number of parameters that a training changes: all of them, or those of the adapter. */
export function trainedCount(config: DecoderConfig): number {
  return sizeOf(trainedSpecs(config));
}

function sizeOf(specs: readonly ParameterSpec[]): number {
  return specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

/**
 * A rollout unit: caches of prompts and of rows (those three times: joining reads the old, gathers rows and makes the
 * new), logits, prepared weights.
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
  const cache = cacheToken * (prompts * promptTime + 3 * rows * (promptTime + rounds));
  const prefill = prompts * promptTime * (4 * hiddenSize + 3 * intermediateSize + 3 * heads * promptTime);
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
  // Parameters and what they are prepared into; gradients and states of what is trained, each twice.
  const parameters = 2 * parameterCount(config) + (backward ? 9 * trainedCount(config) : 0);
  return FLOAT_BYTES * (parameters + activations);
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
