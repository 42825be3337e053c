/**
 * The gated MLP: down(act(gate(x)) * up(x)), SwiGLU or GeGLU (Shazeer, arXiv 2002.05202).
 *
 * Shapes: N tokens, hidden C, width F.
 */
import { add, mul, rmsNormalise, sigmoid, silu, type Tensor } from '@soar/onnx';
import { normsOf, type DecoderConfig } from './decoder-config.js';
import { linear } from './linear.js';
import { normalised } from './norms.js';
import type { LayerWeights } from './weights.js';

/** What the MLP of a layer adds to x [N, C]. */
export function mlp(config: DecoderConfig, weights: LayerWeights, x: Tensor): Tensor {
  const { gate, gateBias, up, upBias, down, downBias, mlpGain } = weights;
  // The gain of the norm before is in gate and up.
  const h = normsOf(config).beforeMlp === undefined ? x : rmsNormalise(x, config.rmsNormEps);
  const act = config.activation === 'gelu-tanh' ? geluTanh : silu;
  const wide = mul(act(linear(h, gate, gateBias)), linear(h, up, upBias)); // [N, F]
  return normalised(config, linear(wide, down, downBias), mlpGain);
}

/**
 * GELU by its tanh form, x/2 (1 + tanh u) with u = sqrt(2/pi) (x + 0.044715 x^3) (Hendrycks and Gimpel, arXiv
 * 1606.08415). Since (1 + tanh u) / 2 is the logistic function of 2u, that is x s(2u).
 */
function geluTanh(x: Tensor): Tensor {
  const twice = 2 * Math.sqrt(2 / Math.PI);
  return mul(x, sigmoid(mul(x, add(mul(mul(x, x), twice * 0.044715), twice))));
}
