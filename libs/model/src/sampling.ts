/**
 * Drawing one token a row from logits: temperature, top-k, top-p, greedy.
 *
 * By inverse CDF: the token is the first whose cumulative probability exceeds the row's uniform number. With top-k or
 * top-p the CDF runs over the tokens in descending order of probability, cut where the filter says (Holtzman et al.,
 * arXiv 1904.09751, for top-p). Greedy decoding takes the first of the most likely tokens and needs no number.
 */
import {
  add,
  argMax,
  cast,
  cumSum,
  div,
  equal,
  expand,
  gather,
  gatherElements,
  less,
  lessOrEqual,
  log,
  max,
  min,
  exp,
  mul,
  or,
  product,
  reduceMax,
  reduceSum,
  reshape,
  sort,
  sub,
  unsqueeze,
  where,
  and,
  iota,
  type Dim,
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
  const scaled = div(logits, where(greedy, 1, temperature));
  const below = sub(scaled, reduceMax(scaled, [1], true)); // [B, V], at most 0
  const mass = exp(below);
  const { place, total } = firstAbove(mass, uniforms);
  const sampled =
    truncation === undefined
      ? place
      : drawTruncated(div(mass, total), uniforms, truncation.topK, truncation.topP);
  const tokens = where(greedy, argMax(logits), sampled);
  const logprobs = sub(gatherElements(below, unsqueeze(tokens, 1)), rowLog(total)); // [B, 1]
  return { tokens, logprobs: reshape(logprobs, tokens.shape) };
}

/**
 * log x [B, 1], the same for a row whatever the number of rows: the kernel's vector code and the scalar code for what
 * is left over round differently, so each row gets whole vectors.
 */
function rowLog(x: Tensor): Tensor {
  return reduceMax(log(expand(x, [x.shape[0]!, 16])), [1], true);
}

interface Found {
  /** Index of the first entry whose cumulative sum exceeds uniform x total. */
  readonly place: Tensor; // [B]
  /** How far into that entry the uniform number leads, as a share of it. */
  readonly within: Tensor; // [B]
  readonly total: Tensor; // [B, 1]
}

/** Searches masses [B, V]. A wide row in two steps, for the block and in it: so its cumulative sums are never made. */
function firstAbove(mass: Tensor, uniforms: Tensor): Pick<Found, 'place' | 'total'> {
  const [batch, size] = mass.shape as [Dim, number];
  const width = blockWidth(size);
  if (width === size) return search(mass, uniforms);
  const count = size / width;
  const blocks = reshape(mass, [batch, count, width]);
  const { place, within, total } = search(reduceSum(blocks, [2]), uniforms);
  const at = add(mul(iota(mass, batch), count), place); // [B]
  const block = gather(reshape(blocks, [product([batch, count]), width]), at); // [B, width]
  return { place: add(mul(place, width), search(block, within).place), total };
}

function search(mass: Tensor, uniforms: Tensor): Found {
  const cumulative = cumSum(mass); // [B, n]
  const total = reduceMax(cumulative, [1], true);
  const threshold = mul(mul(unsqueeze(uniforms, 1), BELOW_ONE), total);
  // Counted in float32, which is exact up to 2^24: devices leave integers to the CPU, with the whole row.
  const place = cast(reduceSum(cast(lessOrEqual(cumulative, threshold), 'float32'), [1]), 'int64');
  const own = unsqueeze(place, 1);
  const before = gatherElements(sub(cumulative, mass), own);
  const share = div(sub(threshold, before), gatherElements(mass, own));
  return { place, within: reshape(max(min(share, 1), 0), place.shape), total };
}

/** Rows up to this wide are searched in one step. */
const NARROW = 1024;

/**
 * Width of the blocks of a row: near the root of its size, and a multiple of 4, where the kernel that adds up a block
 * gives the same sum wherever it begins. The whole row where there is none.
 */
function blockWidth(size: number): number {
  if (size <= NARROW) return size;
  const root = Math.sqrt(size);
  const apart = (width: number): number => Math.abs(Math.log(width / root));
  const widths = Array.from({ length: Math.floor(2 * root) }, (_, i) => 4 * (i + 1));
  const fitting = widths.filter((width) => size % width === 0 && width >= root / 8);
  return fitting.sort((a, b) => apart(a) - apart(b))[0] ?? size;
}

function drawTruncated(probabilities: Tensor, uniforms: Tensor, topK: Tensor, topP: Tensor): Tensor {
  const { values, indices } = sort(probabilities);
  const rank = unsqueeze(iota(values, values.shape[1]!), 0); // [1, V]
  const withinK = or(less(rank, topK), equal(topK, 0));
  // Kept while what came before has not reached top_p; the first is always kept.
  const before = sub(cumSum(values), values);
  const withinP = or(less(before, topP), equal(rank, 0));
  const kept = where(and(withinK, withinP), values, 0);
  const { place } = firstAbove(kept, uniforms);
  return reshape(gatherElements(indices, unsqueeze(place, 1)), place.shape);
}

/** Whether each of `tokens` [B] is none of `ids` [S]. */
export function isNoneOf(ids: Tensor, tokens: Tensor): Tensor {
  const matches = cast(equal(unsqueeze(tokens, 1), unsqueeze(ids, 0)), 'int64'); // [B, S]
  return equal(reduceSum(matches, [1]), 0);
}
