/**
 * Reading a prompt once and then one token at a time, with a key-value cache in two parts: keys and values of the prompts
 * are made once, those of drawn tokens grow by one a round.
 *
 * Shapes: prompts Q, longest prompt P, rows B, key-value heads K, group G = H / K, head size D, vocabulary V.
 */
import {
  add,
  concat,
  div,
  exp,
  gather,
  iota,
  matMul,
  max,
  mul,
  reduceMax,
  reduceSum,
  reshape,
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

/** Reads prompts [Q, P], right-padded: the logits after each prompt's last token [Q, V], and every layer's cache. */
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

/** One token a row: tokens [B] at positions [B], after the prompt's cache and `past` drawn tokens. */
export function decodeStep(
  config: LlamaConfig,
  weights: Weights,
  tokens: Tensor,
  positions: Tensor,
  prompt: { readonly cache: readonly LayerCache[]; readonly bias: Tensor },
  past: readonly LayerCache[],
): { readonly logits: Tensor; readonly cache: readonly LayerCache[] } {
  const { kvHeads, heads, headDim } = config;
  const [batch] = tokens.shape as [string];
  const { cos, sin } = rotary(config, positions);
  const angles = { cos: unsqueeze(cos, 1), sin: unsqueeze(sin, 1) }; // [B, 1, D/2]
  const cache: LayerCache[] = [];
  const hidden = decode(config, weights, tokens, (layer, qkv) => {
    const byHead = reshape(qkv, [batch, heads + 2 * kvHeads, headDim]);
    const [toRotate, drawn] = split(byHead, 1, [heads + kvHeads, kvHeads]) as [Tensor, Tensor];
    const [q, k] = split(rotate(toRotate, angles), 1, [heads, kvHeads]) as [Tensor, Tensor];
    const query = reshape(q, [batch, kvHeads, heads / kvHeads, headDim]); // [B, K, G, D]
    const key = unsqueeze(k, 2); // [B, K, 1, D]
    const value = unsqueeze(drawn, 2);
    const keys = concat([past[layer]!.keys, key], 2);
    const values = concat([past[layer]!.values, value], 2);
    cache.push({ keys, values });
    const before = prompt.cache[layer]!;
    const onPrompt = add(matMul(query, transpose(before.keys, [0, 1, 3, 2])), prompt.bias); // [B, K, G, P]
    const onDrawn = matMul(query, transpose(keys, [0, 1, 3, 2])); // [B, K, G, past + 1]
    // One softmax over both parts of the cache, without joining them.
    const highest = max(reduceMax(onPrompt, [3], true), reduceMax(onDrawn, [3], true)); // [B, K, G, 1]
    const a = exp(sub(onPrompt, highest));
    const b = exp(sub(onDrawn, highest));
    const total = add(reduceSum(a, [3], true), reduceSum(b, [3], true));
    const context = div(add(matMul(a, before.values), matMul(b, values)), total); // [B, K, G, D]
    return reshape(context, [batch, heads * headDim]);
  });
  return { logits: logits(weights, hidden), cache };
}
