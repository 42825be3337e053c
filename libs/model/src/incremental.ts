/**
 * Reading a prompt once and then one token at a time, with a cache of keys and values.
 *
 * The cache has two parts. What stands is read and never written. The block behind it grows by one token a round, so a
 * round copies a block and never the whole cache. A token attends to both at once, with one softmax over both. Where
 * one ends and the other begins changes nothing but the order of sums; a part may be empty.
 *
 * A row meets its cache in products of one row each, whatever else is in the batch: kernels may sum in another order
 * for another number of rows, and a row's tokens must not depend on its neighbours. (Taking the samples of a prompt
 * together was a fifth faster and broke exactly that.)
 *
 * Shapes: prompts Q, longest prompt P, rows B, heads H, key-value heads K, group G = H / K, head size D, hidden C.
 */
import {
  add,
  concat,
  gather,
  iota,
  matMul,
  mul,
  reduceMax,
  reshape,
  softmax,
  split,
  sub,
  transpose,
  unsqueeze,
  type Dim,
  type Graph,
  type Tensor,
} from '@soar/onnx';
import { attendSequences } from './attention.js';
import type { DecoderConfig } from './decoder-config.js';
import { decode } from './decoder.js';
import { softCap } from './linear.js';
import { causalBias, layerBias, placesBias } from './masks.js';
import { layerAngles, rotate } from './rotary.js';
import type { Weights } from './weights.js';

/** Keys and values of one layer, [rows, K, time, D] each. */
export interface LayerCache {
  readonly keys: Tensor;
  readonly values: Tensor;
}

/**
 * Reads prompts [Q, P], right-padded, of the given `lengths` [Q]: the hidden state of each prompt's last token [Q, C],
 * and every layer's cache [Q, K, P, D].
 */
export function prefill(
  config: DecoderConfig,
  weights: Weights,
  prompts: Tensor,
  lengths: Tensor,
): { readonly hidden: Tensor; readonly cache: readonly LayerCache[] } {
  const [count, time] = prompts.shape as [string, string];
  const positions = unsqueeze(iota(prompts, time), 0); // [1, P]
  const view = {
    rows: count,
    time,
    angles: layerAngles(config, positions, () => unsqueeze(lengths, 1)),
    bias: layerBias(config, (window) => causalBias(prompts, time, window)),
  };
  const cache: LayerCache[] = [];
  const hidden = decode(config, weights, prompts, (layer, qkv) => {
    const { context, keys, values } = attendSequences(config, view, layer, qkv);
    cache.push({ keys, values });
    return context;
  });
  // Row i's last token stands at i * P + length - 1 of the flattened hidden states.
  const width = reduceMax(add(iota(prompts, time), 1), [0]);
  const last = add(mul(iota(prompts, count), width), sub(lengths, 1)); // [Q]
  return { hidden: gather(hidden, last), cache };
}

/** Names of a cache's tensors, in the order of `cacheTensors`. */
export function cacheNames({ layers }: DecoderConfig): string[] {
  return Array.from({ length: layers }, (_, i) => [`key.${i}`, `value.${i}`]).flat();
}

export function cacheTensors(cache: readonly LayerCache[]): Tensor[] {
  return cache.flatMap(({ keys, values }) => [keys, values]);
}

/** A cache from its tensors. */
export function cacheOf({ layers }: DecoderConfig, tensors: readonly Tensor[]): LayerCache[] {
  return Array.from({ length: layers }, (_, i) => ({ keys: tensors[2 * i]!, values: tensors[2 * i + 1]! }));
}

/** Declares a cache of `time` tokens as inputs <prefix>.key.<i> and <prefix>.value.<i>, [rows, K, time, D] each. */
export function declareCache(
  graph: Graph,
  config: DecoderConfig,
  prefix: string,
  rows: Dim,
  time: Dim,
): LayerCache[] {
  const shape = [rows, config.kvHeads, time, config.headDim];
  return cacheOf(
    config,
    cacheNames(config).map((name) => graph.input(`${prefix}.${name}`, 'float32', shape)),
  );
}

/** A token a row, and what was read before it. */
export interface Reading {
  readonly tokens: Tensor; // [B]
  readonly positions: Tensor; // [B]
  /** The position of every token of the cache and of this one, -1 where there is only padding. */
  readonly places: Tensor; // [B, 1, 1, past + block + 1]
  readonly past: readonly LayerCache[]; // [B, K, past, D]
  readonly block: readonly LayerCache[]; // [B, K, block, D]
}

/** Reads one token a row: hidden states [B, C], and the block with the token in it. */
export function readTokens(
  config: DecoderConfig,
  weights: Weights,
  { tokens, positions, places, past, block }: Reading,
): { readonly hidden: Tensor; readonly block: readonly LayerCache[] } {
  const { kvHeads, heads, headDim } = config;
  const [batch] = tokens.shape as [string];
  const angles = layerAngles(config, positions, () => add(positions, 1)); // [B, 1, half]
  const here = reshape(positions, [batch, 1, 1, 1]);
  const bias = layerBias(config, (window) => placesBias(places, here, window)); // [B, 1, 1, past + block + 1]
  const longer: LayerCache[] = [];
  const hidden = decode(config, weights, tokens, (layer, qkv) => {
    const byHead = reshape(qkv, [batch, heads + 2 * kvHeads, headDim]);
    const [toRotate, value] = split(byHead, 1, [heads + kvHeads, kvHeads]) as [Tensor, Tensor];
    const [q, key] = split(rotate(toRotate, angles(layer)), 1, [heads, kvHeads]) as [Tensor, Tensor];
    const queries = reshape(q, [batch, kvHeads, heads / kvHeads, headDim]); // [B, K, G, D]
    const own = {
      keys: concat([block[layer]!.keys, unsqueeze(key, 2)], 2), // [B, K, block + 1, D]
      values: concat([block[layer]!.values, unsqueeze(value, 2)], 2),
    };
    longer.push(own);
    const context = attendToken(config, queries, past[layer]!, own, bias(layer));
    return reshape(context, [batch, heads * headDim]);
  });
  return { hidden, block: longer };
}

/** Queries [B, K, G, D] of one token a row attend to both parts of its cache: gives [B, K, G, D]. */
function attendToken(
  config: DecoderConfig,
  queries: Tensor,
  past: LayerCache,
  block: LayerCache,
  bias: Tensor,
): Tensor {
  const transposed = (x: Tensor): Tensor => transpose(x, [0, 1, 3, 2]);
  // One query a head makes a product with a vector. Several make one with a matrix, whose kernel copies what stands on
  // the right: so the long keys stand on the left.
  const far =
    config.heads === config.kvHeads
      ? matMul(queries, transposed(past.keys))
      : transposed(matMul(past.keys, transposed(queries))); // [B, K, G, past]
  const near = matMul(queries, transposed(block.keys)); // [B, K, G, block]
  const scores = add(softCap(concat([far, near], 3), config.attentionSoftCap), bias);
  const lengths = [past.keys.shape[2]!, block.keys.shape[2]!];
  const [toPast, toBlock] = split(softmax(scores), 3, lengths) as [Tensor, Tensor];
  return add(matMul(toPast, past.values), matMul(toBlock, block.values));
}
