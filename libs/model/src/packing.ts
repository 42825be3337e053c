/**
 * The product with a matrix as every graph has it, and nothing else: from this graph ONNX Runtime learns whether to
 * pack the matrix, and how.
 */
import { Graph } from '@soar/onnx';
import type { DecoderConfig } from './decoder-config.js';
import { linear } from './linear.js';
import { embeddingIsHead } from './weights.js';

/** For a weight that is multiplied with. Inputs: x, and the weight by its name. */
export function packingGraph(
  config: DecoderConfig,
  name: string,
  shape: readonly number[],
): Graph | undefined {
  if (!isMultiplied(config, name)) return undefined;
  const graph = new Graph('pack');
  const x = graph.input('x', 'float32', ['rows', shape[1]!]);
  graph.output('y', linear(x, { weight: graph.input(name, 'float32', shape) }));
  return graph;
}

/** Whether a weight is the matrix of a linear layer or of the output head. */
function isMultiplied(config: DecoderConfig, name: string): boolean {
  return name.endsWith('.weight') || name === (embeddingIsHead(config) ? 'embedding' : 'head');
}
