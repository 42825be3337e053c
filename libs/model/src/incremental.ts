/**
 * Reading a prompt once and then one token at a time, with a key-value cache that grows by one token a round.
 *
 * A row meets its cache in products of one row each, whatever else is in the batch: kernels may sum in another order for
 * another number of rows, and a row's tokens must not depend on its neighbours. (Taking the samples of a prompt together
 * was a fifth faster and broke exactly that.)
 *
 * Shapes: prompts Q, longest prompt P, rows B, heads H, key-value heads K, group G = H / K, head size D,
 * vocabulary V.
 */
import {
  add,
  concat,
  expand,
  gather,
  iota,
  matMul,
  mul,
  reduceMax,
  reshape,
  scalar,
  softmax,
  split,
  sub,
  transpose,
  unsqueeze,
  type Tensor,
} from '@soar/onnx';
import { attendSequences, decode, logits, rotary, rotate, type Weights } from './decoder.js';
import type { LlamaConfig } from './llama-config.js';
import { causalBias } from './masks.js';

/** Keys and values of one layer, [rows, K, time, D] each. */
export interface LayerCache {
  readonly keys: Tensor;
  readonly values: Tensor;
}

/**
 * Reads prompts [Q, P], right-padded, of the given `lengths` [Q]: the logits after each prompt's last token [Q, V], and
 * every layer's cache [Q, K, P, D].
 */
export function prefill(
  config: LlamaConfig,
  weights: Weights,
  prompts: Tensor,
  lengths: Tensor,
): { readonly logits: Tensor; readonly cache: readonly LayerCache[] } {
  const [count, time] = prompts.shape as [string, string];
  const positions = unsqueeze(iota(prompts, time), 0); // [1, P]
  const { cos, sin } = rotary(config, positions);
  const angles = { cos: unsqueeze(cos, 1), sin: unsqueeze(sin, 1) }; // [1, 1, P, D/2]
  const bias = causalBias(prompts, time);
  const cache: LayerCache[] = [];
  const hidden = decode(config, weights, prompts, (_, qkv) => {
    const { context, keys, values } = attendSequences(config, [count, time], qkv, angles, bias);
    cache.push({ keys, values });
    return context;
  });
  // Row i's last token stands at i * P + length - 1 of the flattened hidden states.
  const width = reduceMax(add(iota(prompts, time), 1), [0]);
  const last = add(mul(iota(prompts, count), width), sub(lengths, 1)); // [Q]
  return { logits: logits(weights, gather(hidden, last)), cache };
}

/** What rows have read: every layer's cache, and which of its places a row may look at, as a bias [B, 1, 1, time]. */
export interface Context {
  readonly cache: readonly LayerCache[];
  readonly bias: Tensor;
}

/** One token a row: tokens [B] at positions [B], after what was read. Returns the logits [B, V] and the longer context. */
export function decodeStep(
  config: LlamaConfig,
  weights: Weights,
  tokens: Tensor,
  positions: Tensor,
  past: Context,
): { readonly logits: Tensor; readonly context: Context } {
  const { kvHeads, heads, headDim } = config;
  const [batch] = tokens.shape as [string];
  const { cos, sin } = rotary(config, positions);
  const angles = { cos: unsqueeze(cos, 1), sin: unsqueeze(sin, 1) }; // [B, 1, D/2]
  const bias = concat([past.bias, expand(scalar(past.bias, 0), [batch, 1, 1, 1])], 3); // [B, 1, 1, past + 1]
  const cache: LayerCache[] = [];
  const hidden = decode(config, weights, tokens, (layer, qkv) => {
    const byHead = reshape(qkv, [batch, heads + 2 * kvHeads, headDim]);
    const [toRotate, value] = split(byHead, 1, [heads + kvHeads, kvHeads]) as [Tensor, Tensor];
    const [q, key] = split(rotate(toRotate, angles), 1, [heads, kvHeads]) as [Tensor, Tensor];
    const query = reshape(q, [batch, kvHeads, heads / kvHeads, headDim]); // [B, K, G, D]
    const keys = concat([past.cache[layer]!.keys, unsqueeze(key, 2)], 2); // [B, K, past + 1, D]
    const values = concat([past.cache[layer]!.values, unsqueeze(value, 2)], 2);
    cache.push({ keys, values });
    const scores = add(matMul(query, transpose(keys, [0, 1, 3, 2])), bias); // [B, K, G, past + 1]
    return reshape(matMul(softmax(scores), values), [batch, heads * headDim]);
  });
  return { logits: logits(weights, hidden), context: { cache, bias } };
}
