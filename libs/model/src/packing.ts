/**
 * The matrix products of a part of the model, as every graph has them, and nothing else: from these graphs ONNX Runtime
 * learns which weights to pack, and how. One for each matrix, so that no more than one has to be in memory twice.
 */
import { Graph } from '@soar/onnx';
import type { DecoderConfig } from './decoder-config.js';
import { linear } from './linear.js';
import { preparePart, type Part } from './prepare.js';
import { embeddingIsHead } from './weights.js';

/** A graph for each matrix of the part that is multiplied with. Inputs: x, and the matrix by its name. */
export function packingGraphs(config: DecoderConfig, part: Part): Graph[] {
  const { weights } = preparePart(new Graph('prepare'), config, part);
  return [...weights].flatMap(([name, { shape }]) => {
    if (!isMultiplied(config, name)) return [];
    const graph = new Graph('pack');
    const x = graph.input('x', 'float32', ['rows', shape[1]!]);
    graph.output('y', linear(x, { weight: graph.input(name, 'float32', shape) }));
    return [graph];
  });
}

/** Whether a weight is the matrix of a linear layer or of the output head. */
function isMultiplied(config: DecoderConfig, name: string): boolean {
  return name.endsWith('.weight') || name === (embeddingIsHead(config) ? 'embedding' : 'head');
}
