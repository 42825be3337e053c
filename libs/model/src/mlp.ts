/**
 * The gated MLP: down(act(gate(x)) * up(x)), SwiGLU or GeGLU (Shazeer, arXiv 2002.05202).
 *
 * Shapes: N tokens, hidden C, width F.
 */
import { add, mul, sigmoid, silu, type Tensor } from '@soar/onnx';
import { normsOf, type DecoderConfig } from './decoder-config.js';
import { linear } from './linear.js';
import { normalised, normalisedInput } from './norms.js';
import type { LayerWeights } from './weights.js';

/** What the MLP of a layer adds to x [N, C]. */
export function mlp(config: DecoderConfig, weights: LayerWeights, x: Tensor): Tensor {
  const { gate, up, down, mlpGain } = weights;
  const h = normalisedInput(config, x, normsOf(config).beforeMlp, weights.mlpInputGain);
  const act = config.activation === 'gelu-tanh' ? geluTanh : silu;
  const wide = mul(act(linear(h, gate)), linear(h, up)); // [N, F]
  return normalised(config, linear(wide, down), mlpGain);
}

/**
 * GELU by its tanh form, x/2 (1 + tanh u) with u = sqrt(2/pi) (x + 0.044715 x^3) (Hendrycks and Gimpel, arXiv
 * 1606.08415). Since (1 + tanh u) / 2 is the logistic function of 2u, that is x s(2u).
 */
function geluTanh(x: Tensor): Tensor {
  const twice = 2 * Math.sqrt(2 / Math.PI);
  return mul(x, sigmoid(mul(x, add(mul(mul(x, x), twice * 0.044715), twice))));
}
