/** The cache of a rollout between runs: tensors that one run gives and the next takes as they are. */
import { cacheNames, type DecoderConfig } from '@soar/model';
import { float16, float32, type Feeds, type Tensor } from './tensors.js';

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
