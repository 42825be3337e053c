/**
 * Packed rows: one or more texts laid behind each other in a row; `segments` tells them apart and `positions` starts at
 * 0 in each. Shapes: rows R, time T, hidden C, vocabulary V.
 */
import { expand, reshape, type Graph, type Tensor } from '@soar/onnx';
import { attendSequences, type Attend } from './attention.js';
import type { DecoderConfig } from './decoder-config.js';
import { decode, logits } from './decoder.js';
import { layerBias, packedBias, segmentLengths } from './masks.js';
import { layerAngles, mapAngles } from './rotary.js';
import type { Weights } from './weights.js';

/** A batch of packed rows, all int64 [R, T]. Padding is a segment of its own. */
export interface PackedTokens {
  readonly tokens: Tensor;
  readonly positions: Tensor;
  readonly segments: Tensor;
}

/** Declares packed rows as inputs of a graph. */
export function declarePacked(graph: Graph): PackedTokens {
  const shape = ['rows', 'time'];
  return {
    tokens: graph.input('tokens', 'int64', shape),
    positions: graph.input('positions', 'int64', shape),
    segments: graph.input('segments', 'int64', shape),
  };
}

/** How the tokens of packed rows attend. */
export function packedAttention(
  config: DecoderConfig,
  { tokens, positions, segments }: PackedTokens,
): Attend {
  const [rows, time] = tokens.shape as [string, string];
  const angles = layerAngles(config, positions, () => segmentLengths(segments, positions)); // [R, 1, T, half]
  const { heads, kvHeads } = config;
  const view = {
    rows,
    time,
    // Repeated for each head, once for all layers.
    angles: mapAngles(angles, (x) => {
      const half = x.shape.at(-1)!;
      return expand(reshape(x, [rows, time, 1, half]), [rows, time, heads + kvHeads, half]);
    }),
    bias: layerBias(config, (window) => packedBias(segments, time, window)),
  };
  return (layer, qkv) => attendSequences(config, view, layer, qkv);
}

/** Final hidden states [R*T, C], normalised. */
export function packedHidden(config: DecoderConfig, weights: Weights, packed: PackedTokens): Tensor {
  return decode(config, weights, packed.tokens, packedAttention(config, packed));
}

/** Logits [R*T, V] of the token that follows each. Differentiable. */
export function packedLogits(config: DecoderConfig, weights: Weights, packed: PackedTokens): Tensor {
  return logits(config, weights, packedHidden(config, weights, packed));
}
