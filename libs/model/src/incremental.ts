/**
 * Reading one token at a time behind what was read before (prefill.ts), with a cache of keys and values.
 *
 * The cache has two parts. What stands is read and never written. The block behind it grows by one token a round, so a
 * round copies a block and never the whole cache. A token attends to both at once, with one softmax over both. Where
 * one ends and the other begins changes nothing but the order of sums; a part may be empty.
 *
 * A row meets its cache in products of its own, whatever else is in the batch: kernels may sum in another order for
 * another number of rows, and a row's tokens must not depend on its neighbours. (Taking the samples of a prompt
 * together was a fifth faster and broke exactly that.) So does each query of a group: a product with a vector reads
 * keys and values where they are, at the speed of memory, while one with a few rows copies them first. The second query
 * of a group finds them in the core's cache.
 *
 * Shapes: rows B, heads H, key-value heads K, group G = H / K, head size D, hidden C.
 */
import {
  add,
  concat,
  expand,
  matMul,
  reshape,
  softmax,
  split,
  unsqueeze,
  type Dim,
  type Graph,
  type Tensor,
} from '@soar/onnx';
import type { DecoderConfig } from './decoder-config.js';
import { decode } from './decoder.js';
import { softCap } from './linear.js';
import { layerBias, placesBias } from './masks.js';
import { mapAngles, rotate, type LayerAngles } from './rotary.js';
import type { Weights } from './weights.js';

/** Keys and values of one layer, [rows, K, time, D] each. */
export interface LayerCache {
  readonly keys: Tensor;
  readonly values: Tensor;
}

/** Names of a cache's tensors, in the order of `cacheTensors`. */
export function cacheNames({ layers }: Pick<DecoderConfig, 'layers'>): string[] {
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
  { prefix, rows, time }: { readonly prefix: string; readonly rows: Dim; readonly time: Dim },
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
  readonly angles: LayerAngles; // [B, 1, half], of `positions`
  /** The position of every token that stands, -1 where there is only padding. */
  readonly pastPlaces: Tensor; // [B, 1, 1, past]
  /** Those of the block and of this token, where layers have windows. The block has no padding. */
  readonly blockPlaces: Tensor | undefined; // [B, 1, 1, block + 1]
  readonly past: readonly LayerCache[]; // [B, K, past, D]
  readonly block: readonly LayerCache[]; // [B, K, block, D]
}

/** Reads one token a row: hidden states [B, C], and the block with the token in it. */
export function readTokens(
  config: DecoderConfig,
  weights: Weights,
  { tokens, positions, angles, pastPlaces, blockPlaces, past, block }: Reading,
): { readonly hidden: Tensor; readonly block: readonly LayerCache[] } {
  const { kvHeads, heads, headDim } = config;
  const [batch] = tokens.shape as [string];
  // Repeated for each head, once for all layers: products with rows as short as a head's take longer than the copy.
  const repeated = mapAngles(angles, (x) => expand(x, [batch, heads + kvHeads, x.shape[2]!]));
  const here = reshape(positions, [batch, 1, 1, 1]);
  const bias = layerBias(config, (window) =>
    [pastPlaces, blockPlaces].map((places) => {
      if (places === undefined) return undefined;
      const seen = placesBias(places, here, window); // [B, 1, 1, time]
      return groupOf(config).length === 0 ? seen : unsqueeze(seen, 2);
    }),
  );
  const longer: LayerCache[] = [];
  const hidden = decode(config, weights, tokens, (layer, qkv) => {
    const byHead = reshape(qkv, [batch, heads + 2 * kvHeads, headDim]);
    const [toRotate, value] = split(byHead, 1, [heads + kvHeads, kvHeads]) as [Tensor, Tensor];
    const [q, key] = split(rotate(toRotate, repeated(layer)), 1, [heads, kvHeads]) as [Tensor, Tensor];
    const queries = reshape(q, [batch, kvHeads, ...groupOf(config), 1, headDim]); // [B, K, G, 1, D]
    const own = {
      keys: concat([block[layer]!.keys, unsqueeze(key, 2)], 2), // [B, K, block + 1, D]
      values: concat([block[layer]!.values, unsqueeze(value, 2)], 2),
    };
    longer.push(own);
    const context = attendToken(config, queries, [past[layer]!, own], bias(layer));
    return reshape(context, [batch, heads * headDim]);
  });
  return { hidden, block: longer };
}

/** The axis that tells the queries of a group apart; none where each has keys of its own. */
function groupOf({ heads, kvHeads }: DecoderConfig): number[] {
  return heads === kvHeads ? [] : [heads / kvHeads];
}

/** Queries [B, K, G, 1, D] of one token a row attend to the parts of its cache: gives [B, K, G, 1, D]. */
function attendToken(
  config: DecoderConfig,
  queries: Tensor,
  parts: readonly LayerCache[],
  bias: readonly (Tensor | undefined)[],
): Tensor {
  const grouped = groupOf(config).length > 0;
  const shared = (x: Tensor): Tensor => (grouped ? unsqueeze(x, 2) : x); // [B, K, 1, time, D]
  const scores = parts.map(({ keys }, i) => {
    const perm = grouped ? [0, 1, 2, 4, 3] : [0, 1, 3, 2];
    // Transposed beside its use, the product reads keys as they are; outside a loop around it they would be copied.
    const scope = grouped ? queries.graph : keys.graph;
    const product = matMul(queries, scope.append('Transpose', [shared(keys)], { perm })[0]!); // [B, K, G, 1, time]
    const capped = softCap(product, config.attentionSoftCap);
    return bias[i] === undefined ? capped : add(capped, bias[i]);
  });
  const lengths = parts.map(({ keys }) => keys.shape[2]!);
  const shares = split(softmax(concat(scores, -1)), -1, lengths);
  return parts.map(({ values }, i) => matMul(shares[i]!, shared(values))).reduce((a, b) => add(a, b));
}
