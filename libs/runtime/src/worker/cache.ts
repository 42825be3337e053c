/** The cache of a rollout between runs: tensors that one run gives and the next takes as they are. */
import { cacheNames, type DecoderConfig } from '@soar/model';
import { float32, type Feeds, type Tensor } from './tensors.js';

/** Keys and values of every layer, in the order of cacheNames: [rows, K, time, D] each. */
export type Cache = readonly Tensor[];

/** A cache in which nothing has been read. */
export function emptyCache(config: DecoderConfig, rows: number): Cache {
  const empty = float32(new Float32Array(), [rows, config.kvHeads, 0, config.headDim]);
  return cacheNames(config).map(() => empty);
}

/** The cache among the outputs of a run. */
export function cacheIn(config: DecoderConfig, outputs: Feeds): Cache {
  return cacheNames(config).map((name) => outputs[name]!);
}

/** A cache as the inputs <part>.key.<i> and <part>.value.<i> of a graph. */
export function cacheFeeds(config: DecoderConfig, part: 'past' | 'block', cache: Cache): Feeds {
  return Object.fromEntries(cacheNames(config).map((name, i) => [`${part}.${name}`, cache[i]!]));
}
