/** Log-probabilities of given tokens, in packed rows: the scoring half of every loss, and the KL reference. */
import {
  cast,
  concat,
  div,
  equal,
  expand,
  gatherElements,
  Graph,
  logSoftmax,
  mul,
  reshape,
  scalar,
  slice,
  type Tensor,
} from '@soar/onnx';
import type { DecoderConfig } from './decoder-config.js';
import { declarePacked, packedLogits, type PackedTokens } from './packed.js';
import { declareWeights } from './prepare.js';
import type { Weights } from './weights.js';

/**
 * log p(token t+1 | tokens up to t in its segment) at each t, after dividing logits by `temperature`: float32 [R, T].
 * 0 at the last token of a segment, which predicts nothing. Differentiable.
 */
export function nextTokenLogprobs(
  config: DecoderConfig,
  weights: Weights,
  packed: PackedTokens,
  temperature: Tensor,
): Tensor {
  const { tokens, segments } = packed;
  const [rows, time] = tokens.shape as [string, string];
  const scaled = div(packedLogits(config, weights, packed), temperature); // [R*T, V]
  const ahead = shiftLeft(tokens, rows);
  const picked = gatherElements(logSoftmax(scaled), reshape(ahead, [`${rows}*${time}`, 1]));
  const continues = cast(equal(shiftLeft(segments, rows), segments), 'float32');
  return mul(reshape(picked, [rows, time]), continues);
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
 * each at the token it belongs to; 0 at the first token of a segment, which nothing predicts.
 */
export function scoreGraph(config: DecoderConfig): Graph {
  const graph = new Graph('score');
  const weights = declareWeights(graph, config);
  const packed = declarePacked(graph);
  const predicted = nextTokenLogprobs(config, weights, packed, graph.input('temperature', 'float32', []));
  graph.output('logprobs', shiftRight(predicted, 'rows'));
  return graph;
}
