/**
 * The decoder, as a graph: embedding, layers of attention and MLP on a residual stream, output head (Touvron et al.,
 * arXiv 2302.13971, and what grew out of it). What a model does differently is data in its DecoderConfig; the families
 * that set it are listed in families/table.ts.
 *
 *   x = embedding(tokens)
 *   x = x + norm(attention(norm(x)))    attention.ts, rotary.ts, masks.ts; each norm where the model has it: norms.ts
 *   x = x + norm(mlp(norm(x)))          mlp.ts
 *   logits = head(norm(x))
 *
 * Parameters keep the names and layouts of their Hugging Face files (parameters.ts); the weights that a graph takes are
 * prepared from them (prepare.ts). Sampling and training use this one arithmetic; they differ in how tokens attend.
 *
 * Shapes: rows x time N, hidden C, vocabulary V.
 */
import { add, gather, mul, product, reshape, rmsNormalise, type Tensor } from '@soar/onnx';
import { attention, type Attend } from './attention.js';
import type { DecoderConfig } from './decoder-config.js';
import { linear, softCap } from './linear.js';
import { mlp } from './mlp.js';
import type { Weights } from './weights.js';

/**
 * Token ids of any shape to final hidden states [N, C], normalised; the gain of the last norm is in the output head.
 */
export function decode(config: DecoderConfig, weights: Weights, tokens: Tensor, attend: Attend): Tensor {
  const { hiddenSize, rmsNormEps, embeddingScale } = config;
  let x = reshape(gather(weights.embedding, tokens), [product(tokens.shape), hiddenSize]);
  if (embeddingScale !== undefined) x = mul(x, embeddingScale);
  weights.layers.forEach((layer, i) => {
    x = add(
      x,
      attention(config, layer, x, (qkv) => attend(i, qkv)),
    );
    x = add(x, mlp(config, layer, x));
  });
  return rmsNormalise(x, rmsNormEps);
}

/** Hidden states [N, C] to logits [N, V]. */
export function logits(config: DecoderConfig, weights: Weights, hidden: Tensor): Tensor {
  return softCap(linear(hidden, { weight: weights.head }), config.logitSoftCap);
}
