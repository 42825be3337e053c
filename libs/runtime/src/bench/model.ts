/** Models and texts of uneven lengths for the benchmark. Speed does not depend on the values. */
import { Random } from '@soar/core';
import { parameterSpecs, type DecoderConfig } from '@soar/model';

/** A Llama of the quickstart's proportions at another width. */
export function configOf(width: number): DecoderConfig {
  return {
    vocabSize: 20,
    hiddenSize: width,
    intermediateSize: Math.round((width * 2.75) / 8) * 8,
    layers: 3,
    heads: width / 16,
    kvHeads: width / 16,
    headDim: 16,
    rotary: { theta: 100 },
    rmsNormEps: 1e-6,
    tieWordEmbeddings: true,
    maxPositionEmbeddings: 256,
    eosTokenIds: [1],
  };
}

/** Parameters that multiply every token: all matrices, with a tied embedding counted once, as the head. */
function matrixParameters(config: DecoderConfig): number {
  const sizes = parameterSpecs(config).filter(({ shape }) => shape.length === 2);
  return sizes.reduce((sum, { shape }) => sum + shape[0]! * shape[1]!, 0);
}

/**
 * Forward floating-point operations of one text: 2 per parameter and token, and causal attention's 4 T (T + 1) / 2
 * per width.
 */
export function forwardFlops(config: DecoderConfig, tokens: number): number {
  const attention = config.layers * 2 * config.heads * config.headDim * tokens * (tokens + 1);
  return 2 * matrixParameters(config) * tokens + attention;
}

/** Lengths of texts as the quickstart has them: 8 to 72 tokens, seeded. */
export function textLengths(count: number): number[] {
  const random = Random.of(2).at('bench-lengths');
  return Array.from({ length: count }, (_, i) => 8 + random.integer(i, 65));
}
