/** The cache of a rollout between runs: tensors that one run gives and the next takes as they are. */
import { cacheNames, type DecoderConfig } from '@soar/model';
import type { TensorMemory } from '../devices/tensor-memory.js';
import type { InferenceSession } from '../onnx-runtime.js';
import { float16, float32, run, type Feeds, type Tensor } from './tensors.js';

/** Keys and values of every layer, in the order of cacheNames: [rows, K, time, D] each. */
export type Cache = readonly Tensor[];

/** A cache in which nothing has been read. */
export function emptyCache(config: DecoderConfig, rows: number, halves: boolean): Cache {
  const shape = [rows, config.kvHeads, 0, config.headDim];
  const empty = halves ? float16(new Uint16Array(), shape) : float32(new Float32Array(), shape);
  return cacheNames(config).map(() => empty);
}

/** The cache among the outputs of a run, whose names begin with `prefix`. */
export function cacheIn(config: DecoderConfig, outputs: Feeds, prefix = ''): Cache {
  return cacheNames(config).map((name) => outputs[prefix + name]!);
}

/** A cache as the inputs <part>.key.<i> and <part>.value.<i> of a graph. */
export function cacheFeeds(config: DecoderConfig, part: 'past' | 'block', cache: Cache): Feeds {
  return Object.fromEntries(cacheNames(config).map((name, i) => [`${part}.${name}`, cache[i]!]));
}

/** Up to this, what a cache takes beside itself is little, and runs and work to save it would cost time. */
const SMALL_BYTES = 2 ** 22;

export function isSmall(cache: Cache): boolean {
  return cache.reduce((bytes, { size }) => bytes + 4 * size, 0) <= SMALL_BYTES;
}

/**
 * Gives a cache back at once: a collection would come when several stand beside each other. A small one of the host is
 * left to it.
 */
export function giveBack(memory: TensorMemory, cache: Cache): void {
  if (memory.inPlace && isSmall(cache)) return;
  // One without tokens is one tensor for all layers, and of the host.
  memory.release(cache.filter(({ dims }) => dims[2] !== 0));
}

interface Layers {
  readonly past: Cache;
  readonly block: Cache;
  /** Further inputs, the same for each. */
  readonly rows: Feeds;
  readonly memory: TensorMemory;
}

/**
 * Runs a graph of one layer's cache (`settle`, `pick`) for each, and gives the outputs of each. What a layer had is
 * given back before the next has its own, so the whole cache never stands twice.
 */
export async function overLayers(
  session: InferenceSession,
  { past, block, rows, memory }: Layers,
): Promise<Feeds[]> {
  const layers: Feeds[] = [];
  for (let at = 0; at < past.length; at += 2) {
    const old = { past: past.slice(at, at + 2), block: block.slice(at, at + 2) };
    const feeds = { ...layerFeeds('past', old.past), ...layerFeeds('block', old.block), ...rows };
    const wanted = Object.fromEntries(session.outputNames.map((name) => [name, null]));
    layers.push(await run(session, feeds, wanted));
    giveBack(memory, [...old.past, ...old.block]);
  }
  return layers;
}

/** The cache of one layer among the outputs of such a run. */
export function layerIn(outputs: Feeds, prefix = ''): Cache {
  return [outputs[`${prefix}key.0`]!, outputs[`${prefix}value.0`]!];
}

function layerFeeds(part: 'past' | 'block', [keys, values]: Cache): Feeds {
  return { [`${part}.key.0`]: keys!, [`${part}.value.0`]: values! };
}
