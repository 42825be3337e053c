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
import { linear, scaled, softCap } from './linear.js';
import { mlp } from './mlp.js';
import { normIsInHead, type LayerWeights, type Weights } from './weights.js';

/**
 * Token ids of any shape to final hidden states [N, C], normalised; the gain of the last norm is applied with the
 * output head.
 */
export function decode(config: DecoderConfig, weights: Weights, tokens: Tensor, attend: Attend): Tensor {
  let x = embedded(config, weights, tokens);
  weights.layers.forEach((layer, i) => (x = decoderLayer(config, layer, x, (qkv) => attend(i, qkv))));
  return rmsNormalise(x, config.rmsNormEps);
}

/** The residual stream before the first layer, [N, C]. */
export function embedded(
  { hiddenSize, embeddingScale }: DecoderConfig,
  { embedding }: Weights,
  tokens: Tensor,
): Tensor {
  const x = reshape(gather(embedding, tokens), [product(tokens.shape), hiddenSize]);
  return embeddingScale === undefined ? x : mul(x, embeddingScale);
}

/** The residual stream [N, C] after a layer. */
export function decoderLayer(
  config: DecoderConfig,
  layer: LayerWeights,
  x: Tensor,
  attend: (qkv: Tensor) => Tensor,
): Tensor {
  const attended = add(x, attention(config, layer, x, attend));
  return add(attended, mlp(config, layer, attended));
}

/** Hidden states [N, C] to logits [N, V]. */
export function logits(config: DecoderConfig, weights: Weights, hidden: Tensor): Tensor {
  const { input, weight } = headOf(config, weights, hidden);
  return softCap(linear(input, { weight }), config.logitSoftCap);
}

/** The matrix [V, C] whose products with the rows of `input` [N, C] are the logits, before a soft cap. */
export function headOf(
  config: DecoderConfig,
  { embedding, norm, head = embedding }: Weights,
  hidden: Tensor,
): { readonly input: Tensor; readonly weight: Tensor } {
  if (normIsInHead(config)) return { input: hidden, weight: head };
  const { logitDivisor = 1 } = config;
  return { input: scaled(mul(hidden, norm), 1 / logitDivisor), weight: head };
}
