/**
 * Log-probabilities of given tokens: the scoring half of every loss, and the KL reference. Rows hold one or more packed
 * sequences; `segments` tells them apart and `positions` starts at 0 in each.
 */
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
  unsqueeze,
  type Tensor,
} from '@soar/onnx';
import {
  attendSequences,
  decode,
  declareParameters,
  logits,
  prepare,
  rotary,
  type Weights,
} from './decoder.js';
import type { LlamaConfig } from './llama-config.js';
import { packedBias } from './masks.js';

/** A batch of packed rows, all int64 [R, T]. Padding is a segment of its own. */
export interface PackedTokens {
  readonly tokens: Tensor;
  readonly positions: Tensor;
  readonly segments: Tensor;
}

/**
 * log p(token t+1 | tokens up to t in its segment) at each t, after dividing logits by `temperature`: float32 [R, T].
 * 0 at the last token of a segment, which predicts nothing. Differentiable.
 */
export function nextTokenLogprobs(
  config: LlamaConfig,
  weights: Weights,
  { tokens, positions, segments }: PackedTokens,
  temperature: Tensor,
): Tensor {
  const [rows, time] = tokens.shape as [string, string];
  const { cos, sin } = rotary(config, positions);
  const angles = { cos: unsqueeze(cos, 1), sin: unsqueeze(sin, 1) }; // [R, 1, T, D/2]
  const bias = packedBias(segments, time);
  const hidden = decode(
    config,
    weights,
    tokens,
    (_, qkv) => attendSequences(config, [rows, time], qkv, angles, bias).context,
  );
  const scaled = div(logits(weights, hidden), temperature); // [R*T, V]
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
 * Graph that scores packed rows. Inputs: parameters, tokens, positions, segments, temperature. Output: logprobs [R, T],
 * each at the token it belongs to; 0 at the first token of a segment, which nothing predicts.
 */
export function scoreGraph(config: LlamaConfig): Graph {
  const graph = new Graph('score');
  const weights = prepare(config, declareParameters(graph, config));
  const shape = ['rows', 'time'];
  const packed = {
    tokens: graph.input('tokens', 'int64', shape),
    positions: graph.input('positions', 'int64', shape),
    segments: graph.input('segments', 'int64', shape),
  };
  const predicted = nextTokenLogprobs(config, weights, packed, graph.input('temperature', 'float32', []));
  graph.output('logprobs', shiftRight(predicted, 'rows'));
  return graph;
}
