/**
 * Log-probabilities of given tokens beside those of the most likely ones: for whoever looks at a model's distribution,
 * not for losses (score.ts). The given token's number is one of the same product that the others are taken from, so
 * that the most likely token has exactly the first of them. Logits stand for a chunk of predictions at a time.
 */
import {
  argMax,
  concat,
  div,
  equal,
  gather,
  gatherElements,
  Graph,
  iota,
  logSumExp,
  reshape,
  sub,
  unsqueeze,
  where,
} from '@soar/onnx';
import type { DecoderConfig } from './decoder-config.js';
import { logits } from './decoder.js';
import { declarePacked, packedHidden } from './packed.js';
import { declareWeights } from './prepare.js';
import { declarePredictions, overChunks } from './score.js';

/** Below every finite logit. */
const LOWEST = -3.4e38;

/**
 * Graph of the ranked score of packed rows. Inputs: weights, tokens, positions, segments, temperature, predictions.
 * Outputs, for each prediction: logprobs [chunks, chunk] of its target; the `top` most likely tokens, of equally likely
 * ones the first, and their log-probabilities: top_tokens and top_logprobs [chunks, chunk, top]. With `chunks` it has
 * no loop and takes this many.
 */
export function rankedScoreGraph(
  config: DecoderConfig,
  { top, chunks }: { readonly top: number; readonly chunks?: number },
): Graph {
  const graph = new Graph('ranked score');
  const weights = declareWeights(graph, config);
  const packed = declarePacked(graph);
  const temperature = graph.input('temperature', 'float32', []);
  const hidden = packedHidden(config, weights, packed);
  const predictions = declarePredictions(graph, chunks);
  const { scans } = overChunks(predictions, [], (i) => {
    const states = gather(hidden, gather(predictions.places, i)); // [chunk, C]
    const scores = div(logits(config, weights, states), temperature); // [chunk, V]
    const total = logSumExp(scores); // [chunk, 1]
    const targets = gather(predictions.targets, i); // [chunk]
    const ids = unsqueeze(iota(scores, config.vocabSize), 0); // [1, V]
    const tokens = [];
    let rest = scores;
    for (let rank = 0; rank < top; rank++) {
      const token = unsqueeze(argMax(rest), 1); // [chunk, 1]
      tokens.push(token);
      rest = where(equal(ids, token), LOWEST, rest);
    }
    const own = sub(gatherElements(scores, unsqueeze(targets, 1)), total);
    const likely = concat(tokens, 1); // [chunk, top]
    const logprobs = reshape(own, targets.shape);
    return { carried: [], scans: [logprobs, likely, sub(gatherElements(scores, likely), total)] };
  });
  const [logprobs, topTokens, topLogprobs] = scans;
  graph.output('logprobs', logprobs!);
  graph.output('top_tokens', topTokens!);
  graph.output('top_logprobs', topLogprobs!);
  return graph;
}
