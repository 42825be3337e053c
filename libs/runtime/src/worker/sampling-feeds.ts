/** How tokens are drawn, as inputs of the graphs that draw. */
import type { SamplingSettings } from '../rollout-units.js';
import { int64, scalar, type Feeds } from './tensors.js';

/** Whether the graph with top-k and top-p is needed; the other is faster. */
export function isTruncated({ topK, topP, temperature }: SamplingSettings): boolean {
  return temperature > 0 && (topK > 0 || (topP > 0 && topP < 1));
}

export function samplingFeeds(sampling: SamplingSettings): Feeds {
  const { temperature, topK, topP } = sampling;
  if (!isTruncated(sampling)) return { temperature: scalar(temperature) };
  return {
    temperature: scalar(temperature),
    top_k: int64(BigInt64Array.of(BigInt(topK)), []),
    top_p: scalar(topP === 0 ? 1 : topP),
  };
}

/** Never an empty list, which not every kernel takes; -1 is no token. */
export function stopIds({ stopIds }: SamplingSettings): BigInt64Array {
  return BigInt64Array.from(stopIds.length === 0 ? [-1n] : stopIds.map(BigInt));
}
