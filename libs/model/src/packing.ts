/**
 * The matrix products of a part of the model, as every graph has them, and nothing else: from this graph ONNX Runtime
 * learns which weights to pack, and how.
 */
import { Graph } from '@soar/onnx';
import type { DecoderConfig } from './decoder-config.js';
import { linear } from './linear.js';
import { preparePart, type Part } from './prepare.js';
import { embeddingIsHead } from './weights.js';

/** Inputs: the matrices of a part that are multiplied with, by their names, and for each an <name>.x. */
export function packingGraph(config: DecoderConfig, part: Part): Graph {
  const graph = new Graph('pack');
  for (const [name, { shape }] of preparePart(new Graph('prepare'), config, part).weights) {
    if (!isMultiplied(config, name)) continue;
    const weight = graph.input(name, 'float32', shape);
    graph.output(`${name}.y`, linear(graph.input(`${name}.x`, 'float32', ['rows', shape[1]!]), { weight }));
  }
  return graph;
}

/** Whether a weight is the matrix of a linear layer or of the output head. */
function isMultiplied(config: DecoderConfig, name: string): boolean {
  return name.endsWith('.weight') || name === (embeddingIsHead(config) ? 'embedding' : 'head');
}
