/** Final hidden states of given tokens: what texts are compared by. Rows hold packed sequences, as for scoring. */
import { Graph, mul, reshape } from '@soar/onnx';
import type { DecoderConfig } from './decoder-config.js';
import { gainOf } from './norms.js';
import { declarePacked, packedHidden } from './packed.js';
import { declareParameters, prepare } from './weights.js';

/**
 * Graph of the last hidden states of packed rows, after the final norm with its gain: `last_hidden_state` of
 * transformers. Inputs: parameters, tokens, positions, segments. Output: hidden [R, T, C].
 */
export function embedGraph(config: DecoderConfig): Graph {
  const graph = new Graph('embed');
  const parameters = declareParameters(graph, config);
  const hidden = packedHidden(config, prepare(config, parameters), declarePacked(graph));
  // The decoder leaves the gain of the last norm to the output head.
  const gained = mul(hidden, gainOf(config, parameters.get('model.norm.weight')!));
  graph.output('hidden', reshape(gained, ['rows', 'time', config.hiddenSize]));
  return graph;
}
