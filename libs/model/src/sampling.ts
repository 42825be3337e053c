/**
 * Drawing one token a row from logits: temperature, top-k, top-p, greedy.
 *
 * By inverse CDF: the token is the first whose cumulative probability exceeds the row's uniform number. With top-k or
 * top-p the CDF runs over the tokens in descending order of probability, cut where the filter says (Holtzman et al.,
 * arXiv 1904.09751, for top-p). Greedy decoding takes the first of the most likely tokens and needs no number.
 */
import {
  argMax,
  cast,
  cumSum,
  div,
  equal,
  gatherElements,
  less,
  lessOrEqual,
  logSoftmax,
  exp,
  mul,
  or,
  reduceMax,
  reduceSum,
  reshape,
  sort,
  sub,
  unsqueeze,
  where,
  and,
  iota,
  type Graph,
  type Tensor,
} from '@soar/onnx';

export interface Sampling {
  /** float32 scalar; 0 decodes greedily, and log-probabilities are then those at temperature 1. */
  readonly temperature: Tensor;
  /** int64 and float32 scalars; absent where the graph was built without truncation. Off: top_k 0, top_p 1. */
  readonly truncation?: { readonly topK: Tensor; readonly topP: Tensor };
}

/** Declares the sampling inputs of a graph. */
export function declareSampling(graph: Graph, truncated: boolean): Sampling {
  const temperature = graph.input('temperature', 'float32', []);
  if (!truncated) return { temperature };
  return {
    temperature,
    truncation: { topK: graph.input('top_k', 'int64', []), topP: graph.input('top_p', 'float32', []) },
  };
}

/**
 * Strictly below 1: scales a uniform number so that, rounded, it never reaches the last cumulative probability and a
 * token of probability 0 is never drawn. Moves the distribution by less than 3e-7.
 */
const BELOW_ONE = 1 - 2 ** -22;

/** One token a row [B] and its log-probability [B], from logits [B, V] and uniform numbers [B]. */
export function drawTokens(
  logits: Tensor,
  uniforms: Tensor,
  { temperature, truncation }: Sampling,
): { readonly tokens: Tensor; readonly logprobs: Tensor } {
  const greedy = lessOrEqual(temperature, 0);
  const all = logSoftmax(div(logits, where(greedy, 1, temperature))); // [B, V]
  const sampled =
    truncation === undefined
      ? firstAbove(exp(all), uniforms)
      : drawTruncated(exp(all), uniforms, truncation.topK, truncation.topP);
  const tokens = where(greedy, argMax(logits), sampled);
  return { tokens, logprobs: reshape(gatherElements(all, unsqueeze(tokens, 1)), tokens.shape) };
}

/** Index [B] of the first entry of each row whose cumulative sum exceeds uniform x total. */
function firstAbove(mass: Tensor, uniforms: Tensor): Tensor {
  const cumulative = cumSum(mass); // [B, V]
  const total = reduceMax(cumulative, [1], true);
  const threshold = mul(mul(unsqueeze(uniforms, 1), BELOW_ONE), total);
  return reduceSum(cast(lessOrEqual(cumulative, threshold), 'int64'), [1]);
}

function drawTruncated(probabilities: Tensor, uniforms: Tensor, topK: Tensor, topP: Tensor): Tensor {
  const { values, indices } = sort(probabilities);
  const rank = unsqueeze(iota(values, values.shape[1]!), 0); // [1, V]
  const withinK = or(less(rank, topK), equal(topK, 0));
  // Kept while what came before has not reached top_p; the first is always kept.
  const before = sub(cumSum(values), values);
  const withinP = or(less(before, topP), equal(rank, 0));
  const kept = where(and(withinK, withinP), values, 0);
  const place = firstAbove(kept, uniforms);
  return reshape(gatherElements(indices, unsqueeze(place, 1)), place.shape);
}

/** Whether each of `tokens` [B] is none of `ids` [S]. */
export function isNoneOf(ids: Tensor, tokens: Tensor): Tensor {
  const matches = cast(equal(unsqueeze(tokens, 1), unsqueeze(ids, 0)), 'int64'); // [B, S]
  return equal(reduceSum(matches, [1]), 0);
}
