/**
 * Reading a prompt once and then one token at a time, with a key-value cache that grows by one token a round.
 *
 * A row meets its cache in products of one row each, whatever else is in the batch: kernels may sum in another order
 * for another number of rows, and a row's tokens must not depend on its neighbours. (Taking the samples of a prompt
 * together was a fifth faster and broke exactly that.)
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
  type Dim,
  type Tensor,
  type TensorType,
} from '@soar/onnx';
import { attendSequences } from './attention.js';
import { windowOf, type DecoderConfig } from './decoder-config.js';
import { decode, logits } from './decoder.js';
import { softCap } from './linear.js';
import { causalBias, layerBias, withinWindow } from './masks.js';
import { layerAngles, rotate } from './rotary.js';
import type { Weights } from './weights.js';

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
  config: DecoderConfig,
  weights: Weights,
  prompts: Tensor,
  lengths: Tensor,
): { readonly logits: Tensor; readonly cache: readonly LayerCache[] } {
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
  return { logits: logits(config, weights, gather(hidden, last)), cache };
}

/** What rows have read. */
export interface Context {
  readonly cache: readonly LayerCache[];
  /** Which places of the cache a row may look at. */
  readonly bias: Tensor; // [B, 1, 1, time]
  /** The position of each place; for models with windows, which see by distance. */
  readonly places?: Tensor; // [B, 1, 1, time]
}

function hasWindows(config: DecoderConfig): boolean {
  return Array.from({ length: config.layers }, (_, layer) => windowOf(config, layer)).some((w) => w > 0);
}

/** The places of freshly read prompts of `time` tokens, for rows as many as `like` [B] has. */
export function promptPlaces(config: DecoderConfig, like: Tensor, time: Dim): Pick<Context, 'places'> {
  if (!hasWindows(config)) return {};
  return { places: expand(reshape(iota(like, time), [1, 1, 1, time]), [like.shape[0]!, 1, 1, time]) };
}

/** Names of a context's tensors, in the order of `contextTensors`. */
export function contextNames(config: DecoderConfig): string[] {
  const caches = Array.from({ length: config.layers }, (_, i) => [`key.${i}`, `value.${i}`]);
  return ['bias', ...(hasWindows(config) ? ['places'] : []), ...caches.flat()];
}

export function contextTensors({ bias, places, cache }: Context): Tensor[] {
  return [bias, ...(places ? [places] : []), ...cache.flatMap(({ keys, values }) => [keys, values])];
}

/** Types of a context's tensors over `time` places of `batch` rows. */
export function contextTypes(config: DecoderConfig, batch: Dim, time: Dim): TensorType[] {
  const cache = { dtype: 'float32', shape: [batch, config.kvHeads, time, config.headDim] } as const;
  return contextNames(config).map((name) => {
    if (name !== 'bias' && name !== 'places') return cache;
    return { dtype: name === 'bias' ? 'float32' : 'int64', shape: [batch, 1, 1, time] };
  });
}

/** A context from its tensors. */
export function contextOf(config: DecoderConfig, tensors: readonly Tensor[]): Context {
  const [bias, ...rest] = tensors as [Tensor, ...Tensor[]];
  const places = hasWindows(config) ? rest.shift() : undefined;
  const cache = Array.from({ length: config.layers }, (_, i) => ({
    keys: rest[2 * i]!,
    values: rest[2 * i + 1]!,
  }));
  return { bias, ...(places && { places }), cache };
}

/**
 * One token a row: tokens [B] at positions [B], after what was read. Returns the logits [B, V] and the longer context.
 */
export function decodeStep(
  config: DecoderConfig,
  weights: Weights,
  tokens: Tensor,
  positions: Tensor,
  past: Context,
): { readonly logits: Tensor; readonly context: Context } {
  const { kvHeads, heads, headDim } = config;
  const [batch] = tokens.shape as [string];
  const angles = layerAngles(config, positions, () => add(positions, 1)); // [B, 1, half]
  const bias = concat([past.bias, expand(scalar(past.bias, 0), [batch, 1, 1, 1])], 3); // [B, 1, 1, past + 1]
  const here = past.places && reshape(positions, [batch, 1, 1, 1]);
  const places = past.places && concat([past.places, here!], 3); // [B, 1, 1, past + 1]
  const visible = layerBias(config, (window) =>
    places === undefined ? bias : withinWindow(bias, places, here!, window),
  );
  const cache: LayerCache[] = [];
  const hidden = decode(config, weights, tokens, (layer, qkv) => {
    const byHead = reshape(qkv, [batch, heads + 2 * kvHeads, headDim]);
    const [toRotate, value] = split(byHead, 1, [heads + kvHeads, kvHeads]) as [Tensor, Tensor];
    const [q, key] = split(rotate(toRotate, angles(layer)), 1, [heads, kvHeads]) as [Tensor, Tensor];
    const query = reshape(q, [batch, kvHeads, heads / kvHeads, headDim]); // [B, K, G, D]
    const keys = concat([past.cache[layer]!.keys, unsqueeze(key, 2)], 2); // [B, K, past + 1, D]
    const values = concat([past.cache[layer]!.values, unsqueeze(value, 2)], 2);
    cache.push({ keys, values });
    const products = matMul(query, transpose(keys, [0, 1, 3, 2])); // [B, K, G, past + 1]
    const scores = add(softCap(products, config.attentionSoftCap), visible(layer));
    return reshape(matMul(softmax(scores), values), [batch, heads * headDim]);
  });
  return {
    logits: logits(config, weights, hidden),
    context: { cache, bias, ...(places && { places }) },
  };
}
