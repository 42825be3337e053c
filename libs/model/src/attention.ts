/**
 * Grouped-query attention (Ainslie et al., arXiv 2305.13245). The same layer serves packed sequences (training,
 * scoring; here), prompts (prefill.ts) and single tokens (incremental.ts): they differ only in how queries meet keys.
 *
 * Shapes: rows R, time T, tokens N, hidden C, heads H, key-value heads K, head size D.
 */
import {
  add,
  concat,
  matMul,
  mul,
  product,
  reshape,
  rmsNormalise,
  softmax,
  split,
  transpose,
  type Dim,
  type Tensor,
} from '@soar/onnx';
import { normsOf, type DecoderConfig } from './decoder-config.js';
import { linear, softCap } from './linear.js';
import type { LayerBias } from './masks.js';
import { normalised, normalisedInput } from './norms.js';
import { rotate, type LayerAngles } from './rotary.js';
import type { LayerWeights } from './weights.js';

/** How a layer's queries, keys and values, joined as [N, (H + 2K) D], meet: gives [N, H D]. */
export type Attend = (layer: number, qkv: Tensor) => Tensor;

/** What the attention of a layer adds to x [N, C]. */
export function attention(
  config: DecoderConfig,
  weights: LayerWeights,
  x: Tensor,
  attend: (qkv: Tensor) => Tensor,
): Tensor {
  const h = normalisedInput(config, x, normsOf(config).beforeAttention, weights.attentionInputGain);
  const qkv = linear(h, weights.qkv);
  const context = attend(normaliseQueriesKeys(config, weights, qkv));
  return normalised(config, linear(context, weights.output), weights.attentionGain);
}

/** Norms of queries and keys, [N, (H + 2K) D] to the same. */
function normaliseQueriesKeys(
  config: DecoderConfig,
  { queryGain, keyGain }: LayerWeights,
  qkv: Tensor,
): Tensor {
  const { heads, kvHeads, headDim, queryKeyNorm, rmsNormEps } = config;
  if (queryKeyNorm === undefined) return qkv;
  const tokens = qkv.shape[0]!;
  const normalise = (x: Tensor, count: number, gain: Tensor): Tensor => {
    const byHead = queryKeyNorm === 'head' ? reshape(x, [tokens, count, headDim]) : x;
    return reshape(mul(rmsNormalise(byHead, rmsNormEps), gain), [tokens, count * headDim]);
  };
  const sizes = [heads * headDim, kvHeads * headDim, kvHeads * headDim];
  const [queries, keys, values] = split(qkv, 1, sizes) as [Tensor, Tensor, Tensor];
  return concat([normalise(queries, heads, queryGain!), normalise(keys, kvHeads, keyGain!), values], 1);
}

/** What whole sequences attend with. */
export interface SequenceView {
  readonly rows: Dim;
  readonly time: Dim;
  readonly angles: LayerAngles; // [R, T, H + K, half]
  /** Added to the scores: 0 or very negative. */
  readonly bias: LayerBias; // [R, 1, T, T], or what broadcasts to it
}

/** Causal attention of whole sequences: qkv [R*T, (H + 2K) D] to [R*T, H D]. */
export function attendSequences(
  config: DecoderConfig,
  { rows, time, angles, bias }: SequenceView,
  layer: number,
  qkv: Tensor,
): Tensor {
  const { heads, kvHeads, headDim } = config;
  // Rotated as they stand: ONNX Runtime would put a transposition behind it, and repeat angles row by row.
  const byHead = reshape(qkv, [rows, time, heads + 2 * kvHeads, headDim]);
  const [toRotate, v] = split(byHead, 2, [heads + kvHeads, kvHeads]) as [Tensor, Tensor];
  const [q, k] = split(rotate(toRotate, angles(layer)), 2, [heads, kvHeads]) as [Tensor, Tensor];
  const [queries, values] = [transpose(q, [0, 2, 1, 3]), transpose(v, [0, 2, 1, 3])]; // [R, H or K, T, D]
  // The queries of a group stand below each other, so that their one key and value head is not repeated.
  const group = product([heads / kvHeads, time]);
  const grouped = (x: Tensor, width: Dim): Tensor =>
    heads === kvHeads ? x : reshape(x, [rows, kvHeads, group, width]);
  const apart = (x: Tensor, width: Dim): Tensor =>
    heads === kvHeads ? x : reshape(x, [rows, heads, time, width]);
  const products = matMul(grouped(queries, headDim), transpose(k, [0, 2, 3, 1])); // [R, K, G T, T]
  const scores = add(softCap(apart(products, time), config.attentionSoftCap), bias(layer)); // [R, H, T, T]
  const context = apart(matMul(grouped(softmax(scores), time), values), headDim); // [R, H, T, D]
  return reshape(transpose(context, [0, 2, 1, 3]), [product([rows, time]), heads * headDim]);
}
