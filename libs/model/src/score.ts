/**
 * Log-probabilities of given tokens: the scoring half of every loss, and the KL reference. Of all tokens of packed rows
 * at once; or, where the vocabulary is large, of the predictions that count, so many at a time that [tokens,
 * vocabulary] never stands whole.
 */
import {
  add,
  cast,
  concat,
  div,
  equal,
  expand,
  gather,
  gatherElements,
  Graph,
  iota,
  logSoftmax,
  logSumExp,
  loop,
  mul,
  reduceMax,
  reduceSum,
  reshape,
  scalar,
  slice,
  sub,
  unsqueeze,
  type Tensor,
} from '@soar/onnx';
import type { DecoderConfig } from './decoder-config.js';
import { headOf, logits } from './decoder.js';
import { linear, softCap } from './linear.js';
import { declarePacked, packedHidden, type PackedTokens } from './packed.js';
import { declareWeights } from './prepare.js';
import type { Weights } from './weights.js';

/**
 * log p(token t+1 | tokens up to t in its segment) at each t, after dividing logits by `temperature`: float32 [R, T],
 * from final hidden states [R*T, C]. 0 at the last token of a segment, which predicts nothing. Differentiable.
 */
export function nextTokenLogprobs(
  config: DecoderConfig,
  weights: Weights,
  hidden: Tensor,
  { tokens, segments }: PackedTokens,
  temperature: Tensor,
): Tensor {
  const [rows, time] = tokens.shape as [string, string];
  const scaled = div(logits(config, weights, hidden), temperature); // [R*T, V]
  const ahead = shiftLeft(tokens, rows);
  const picked = gatherElements(logSoftmax(scaled), reshape(ahead, [`${rows}*${time}`, 1]));
  const continues = cast(equal(shiftLeft(segments, rows), segments), 'float32');
  return mul(reshape(picked, [rows, time]), continues);
}

/** Predictions in chunks, both int64 [chunks, chunk]: where a token is predicted, in flattened rows, and which. */
export interface Predictions {
  readonly places: Tensor;
  readonly targets: Tensor;
}

/** Declares predictions as inputs of a graph. With `chunks` it is for this many chunks alone, without a loop. */
export function declarePredictions(graph: Graph, chunks?: number): Predictions {
  const shape = [chunks ?? 'chunks', 'chunk'];
  return {
    places: graph.input('places', 'int64', shape),
    targets: graph.input('targets', 'int64', shape),
  };
}

interface ChunkStep {
  readonly carried: readonly Tensor[];
  readonly scans: readonly Tensor[];
}

/** A loop over the chunks of predictions; where their number is known, one after the other. */
export function overChunks(
  { places }: Predictions,
  initial: readonly Tensor[],
  body: (chunk: Tensor, carried: readonly Tensor[]) => ChunkStep,
): ChunkStep {
  const [chunks] = places.shape;
  if (typeof chunks !== 'number') {
    const count = reduceMax(add(iota(places, 'chunks'), 1), [0]);
    return loop('chunk', count, initial, body, { scanDim: 'chunks' });
  }
  let carried = initial;
  const scans: (readonly Tensor[])[] = [];
  for (let i = 0; i < chunks; i++) {
    const step = body(places.graph.constant('int64', [], [i]), carried);
    carried = step.carried;
    scans.push(step.scans.map((tensor) => unsqueeze(tensor, 0)));
  }
  const stacked = scans[0]!.map((_, j) =>
    concat(
      scans.map((of) => of[j]!),
      0,
    ),
  );
  return { carried, scans: stacked };
}

/** The rows [n, C] of the output head that belong to tokens [n]. */
export function targetRows({ embedding, head = embedding }: Weights, targets: Tensor): Tensor {
  return gather(head, targets);
}

/**
 * Log-probabilities [n] of tokens after final hidden states [n, C], from the `rows` [n, C] of the output head that
 * belong to them. A logit is picked as a product of its own, so that the gradient in all logits is one pass over them.
 * Differentiable.
 */
export function targetLogprobs(
  config: DecoderConfig,
  weights: Weights,
  hidden: Tensor,
  rows: Tensor,
  temperature: Tensor,
): Tensor {
  const { input, weight } = headOf(config, weights, hidden);
  const { logitSoftCap } = config;
  // Without a cap the temperature divides hidden states, which are fewer than logits.
  const divided = (x: Tensor, capped: boolean): Tensor =>
    capped === (logitSoftCap !== undefined) ? div(x, temperature) : x;
  const x = divided(input, false);
  const scores = (products: Tensor): Tensor => divided(softCap(products, logitSoftCap), true);
  const picked = scores(reduceSum(mul(x, rows), [1], true)); // [n, 1]
  return reshape(sub(picked, logSumExp(scores(linear(x, { weight })))), [rows.shape[0]!]);
}

/** x[:, 1:] with a column of zeros behind it: what belongs to a token, put where the token is predicted. [R, T] */
export function shiftLeft(x: Tensor, rows: string): Tensor {
  return concat([slice(x, 1, 1), column(x, rows)], 1);
}

/** A column of zeros before x[:, :-1]: the way back. [R, T] */
function shiftRight(x: Tensor, rows: string): Tensor {
  return concat([column(x, rows), slice(x, 1, 0, -1)], 1);
}

function column(like: Tensor, rows: string): Tensor {
  return expand(scalar(like, 0), [rows, 1]);
}

/**
 * Graph that scores packed rows. Inputs: weights, tokens, positions, segments, temperature. Output: logprobs [R, T],
 * each at the token it belongs to; 0 at the first token of a segment, which nothing predicts. In chunks it takes
 * predictions too, and gives logprobs [chunks, chunk]; with `chunks` it has no loop and takes this many.
 */
export function scoreGraph(
  config: DecoderConfig,
  { chunked, chunks }: { readonly chunked: boolean; readonly chunks?: number },
): Graph {
  const graph = new Graph('score');
  const weights = declareWeights(graph, config);
  const packed = declarePacked(graph);
  const temperature = graph.input('temperature', 'float32', []);
  const hidden = packedHidden(config, weights, packed);
  if (!chunked) {
    const predicted = nextTokenLogprobs(config, weights, hidden, packed, temperature);
    graph.output('logprobs', shiftRight(predicted, 'rows'));
    return graph;
  }
  const predictions = declarePredictions(graph, chunks);
  const { scans } = overChunks(predictions, [], (i) => {
    const states = gather(hidden, gather(predictions.places, i)); // [chunk, C]
    const rows = targetRows(weights, gather(predictions.targets, i));
    return { carried: [], scans: [targetLogprobs(config, weights, states, rows, temperature)] };
  });
  graph.output('logprobs', scans[0]!);
  return graph;
}
