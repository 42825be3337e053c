/** Final hidden states of given tokens: what texts are compared by. Rows hold packed sequences, as for scoring. */
import { Graph, mul, reshape } from '@soar/onnx';
import type { DecoderConfig } from './decoder-config.js';
import { declarePacked, packedHidden } from './packed.js';
import { declareWeights } from './prepare.js';

/**
 * Graph of the last hidden states of packed rows, after the final norm with its gain: `last_hidden_state` of
 * transformers. Inputs: weights, tokens, positions, segments. Output: hidden [R, T, C].
 */
export function embedGraph(config: DecoderConfig): Graph {
  const graph = new Graph('embed');
  const weights = declareWeights(graph, config);
  const hidden = packedHidden(config, weights, declarePacked(graph));
  graph.output('hidden', reshape(mul(hidden, weights.norm), ['rows', 'time', config.hiddenSize]));
  return graph;
}
