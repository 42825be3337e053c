/**
 * Reading prompts, a chunk of tokens at a time: each chunk attends to what was read before it and to itself, causally.
 * So nothing is computed for pairs of tokens that cannot see each other, but inside a chunk, and what stands at a time
 * grows with the chunk and not with the square of the prompt. The cuts follow from the padded length alone.
 *
 * The queries of a group share keys and values, which are not repeated for them: they are rows of one product.
 *
 * Shapes: prompts Q, chunk c, heads H, key-value heads K, group G = H / K, head size D, hidden C.
 */
import {
  add,
  concat,
  gather,
  iota,
  matMul,
  min,
  mul,
  product,
  reduceMax,
  reshape,
  softmax,
  split,
  sub,
  transpose,
  unsqueeze,
  type Graph,
  type Tensor,
} from '@soar/onnx';
import type { DecoderConfig } from './decoder-config.js';
import { decode } from './decoder.js';
import { declareCache, type LayerCache } from './incremental.js';
import { softCap } from './linear.js';
import { causalBias, layerBias } from './masks.js';
import { layerAngles, rotate } from './rotary.js';
import type { Weights } from './weights.js';

/** A chunk of right-padded prompts, and what was read before it. */
export interface PromptChunk {
  readonly tokens: Tensor; // [Q, c]
  /** Of the whole prompts. */
  readonly lengths: Tensor; // [Q]
  readonly positions: Tensor; // [c]
  /** Positions of what was read before, and of the chunk. */
  readonly places: Tensor; // [past + c]
  readonly past: readonly LayerCache[]; // [Q, K, past, D]
}

/**
 * Declares a chunk as inputs of a graph: prompt_ids [Q, c], prompt_lengths [Q], positions [c], places [past + c], and
 * past.key.<i>, past.value.<i> [Q, K, past, D].
 */
export function declareChunk(graph: Graph, config: DecoderConfig): PromptChunk {
  return {
    tokens: graph.input('prompt_ids', 'int64', ['prompts', 'chunk']),
    lengths: graph.input('prompt_lengths', 'int64', ['prompts']),
    positions: graph.input('positions', 'int64', ['chunk']),
    places: graph.input('places', 'int64', ['past + chunk']),
    past: declareCache(graph, config, { prefix: 'past', rows: 'prompts', time: 'past' }),
  };
}

/** The hidden state of each prompt's last token in the chunk, and the cache with the chunk in it. */
export function readChunk(
  config: DecoderConfig,
  weights: Weights,
  chunk: PromptChunk,
): { readonly hidden: Tensor /* [Q, C] */; readonly cache: readonly LayerCache[] /* [Q, K, past + c, D] */ } {
  const { tokens, lengths, positions, places } = chunk;
  const [count, time] = tokens.shape as [string, string];
  const angles = layerAngles(config, unsqueeze(positions, 0), () => unsqueeze(lengths, 1)); // [1, 1, c, half]
  const bias = layerBias(config, (window) => causalBias(positions, places, window)); // [c, past + c]
  const cache: LayerCache[] = [];
  const { heads, kvHeads, headDim } = config;
  const hidden = decode(config, weights, tokens, (layer, qkv) => {
    const byHead = transpose(reshape(qkv, [count, time, heads + 2 * kvHeads, headDim]), [0, 2, 1, 3]);
    const [toRotate, values] = split(byHead, 1, [heads + kvHeads, kvHeads]) as [Tensor, Tensor];
    const [queries, keys] = split(rotate(toRotate, angles(layer)), 1, [heads, kvHeads]) as [Tensor, Tensor];
    const before = chunk.past[layer]!;
    const whole = {
      keys: concat([before.keys, keys], 2), // [Q, K, past + c, D]
      values: concat([before.values, values], 2),
    };
    cache.push(whole);
    const context = attend(config, queries, whole, bias(layer)); // [Q, H, c, D]
    return reshape(transpose(context, [0, 2, 1, 3]), [product([count, time]), heads * headDim]);
  });
  // Row i's last token stands at i * c + length - 1 - begin of the flattened hidden states, or at the chunk's end.
  const end = reduceMax(iota(tokens, time), [0]);
  const begin = sub(reduceMax(positions, [0]), end);
  const last = add(mul(iota(tokens, count), add(end, 1)), min(sub(sub(lengths, 1), begin), end)); // [Q]
  return { hidden: gather(hidden, last), cache };
}

/** Queries [Q, H, c, D] attend to keys and values [Q, K, S, D] with a bias [c, S]: gives [Q, H, c, D]. */
function attend(
  { heads, kvHeads, headDim, attentionSoftCap }: DecoderConfig,
  queries: Tensor,
  { keys, values }: LayerCache,
  bias: Tensor,
): Tensor {
  const [count, , time] = queries.shape as [string, number, string];
  const seen = keys.shape[2]!;
  const together = product([heads / kvHeads, time]); // G c
  const apart = [count, heads, time];
  const products = matMul(
    reshape(queries, [count, kvHeads, together, headDim]),
    transpose(keys, [0, 1, 3, 2]),
  ); // [Q, K, G c, S]
  const scores = add(softCap(reshape(products, [...apart, seen]), attentionSoftCap), bias);
  const shares = reshape(softmax(scores), [count, kvHeads, together, seen]);
  return reshape(matMul(shares, values), [...apart, headDim]);
}
