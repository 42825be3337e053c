/**
 * Loss scaling for gradients in float16, which has nothing below 6e-8 (Micikevicius et al., arXiv 1710.03740). The loss
 * is linear in the weights of its tokens, so they are multiplied, and gradients divided where they are used: by a power
 * of two, which rounds nothing.
 *
 * The scale is chosen for every step from its own weights, so that it needs no state: a training that is resumed has
 * the scales of one that was not. Where a gradient is too large for float16, the step is computed again with a smaller
 * one; no step is left out.
 */
import type { TrainingText } from '../protocol.js';

/** The largest weight becomes 8 to 16: two numbers of float16 and their product have room above, gradients below. */
const WEIGHT_MAX = 16;
/** From one try to the next. */
export const RESCALE = 1 / 16;
/** From 16 down to 2^-24: what does not fit then is not finite in itself. */
export const RESCALES_MAX = 7;

/** The scale of the first try, a power of two. */
export function lossScaleOf(texts: readonly TrainingText[]): number {
  let largest = 0;
  for (const { weights, klWeights = [] } of texts) {
    for (const weight of weights) largest = Math.max(largest, Math.abs(weight));
    for (const weight of klWeights) largest = Math.max(largest, Math.abs(weight));
  }
  return largest > 0 && Number.isFinite(largest) ? 2 ** Math.floor(Math.log2(WEIGHT_MAX / largest)) : 1;
}

/** The text with its weights multiplied. */
export function scaledText(text: TrainingText, scale: number): TrainingText {
  if (scale === 1) return text;
  const times = (weights: Float32Array): Float32Array => weights.map((weight) => weight * scale);
  const { weights, klWeights } = text;
  return { ...text, weights: times(weights), ...(klWeights && { klWeights: times(klWeights) }) };
}
