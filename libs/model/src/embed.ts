/** Final hidden states of given tokens: what texts are compared by. Rows hold packed sequences, as for scoring. */
import { Graph, mul, reshape, unsqueeze } from '@soar/onnx';
import { attendSequences, declareParameters, decode, prepare, rotary } from './decoder.js';
import type { LlamaConfig } from './llama-config.js';
import { packedBias } from './masks.js';

/**
 * Graph of the last hidden states of packed rows, after the final norm with its gain: `last_hidden_state` of transformers. Inputs:
 * parameters, tokens, positions, segments. Output: hidden [R, T, C].
 */
export function embedGraph(config: LlamaConfig): Graph {
  const graph = new Graph('embed');
  const parameters = declareParameters(graph, config);
  const shape = ['rows', 'time'];
  const tokens = graph.input('tokens', 'int64', shape);
  const { cos, sin } = rotary(config, graph.input('positions', 'int64', shape));
  const angles = { cos: unsqueeze(cos, 1), sin: unsqueeze(sin, 1) }; // [R, 1, T, D/2]
  const bias = packedBias(graph.input('segments', 'int64', shape), 'time');
  const hidden = decode(
    config,
    prepare(config, parameters),
    tokens,
    (_, qkv) => attendSequences(config, ['rows', 'time'], qkv, angles, bias).context,
  );
  // The decoder leaves the gain of the last norm to the output head.
  const gained = mul(hidden, parameters.get('model.norm.weight')!);
  graph.output('hidden', reshape(gained, ['rows', 'time', config.hiddenSize]));
  return graph;
}
