/** RMSNorm (Zhang and Sennrich, arXiv 1910.07467): x / rms(x), times a gain. */
import { add, mul, rmsNormalise, type Tensor } from '@soar/onnx';
import type { DecoderConfig } from './decoder-config.js';

/** The gain of a norm from its parameter. */
export function gainOf({ gainOffset = 0 }: DecoderConfig, parameter: Tensor): Tensor {
  return gainOffset === 0 ? parameter : add(parameter, gainOffset);
}

/** x [..., C] with the norm that has this gain; without a gain there is no norm. */
export function normalised({ rmsNormEps }: DecoderConfig, x: Tensor, gain: Tensor | undefined): Tensor {
  return gain === undefined ? x : mul(rmsNormalise(x, rmsNormEps), gain);
}

/**
 * What goes into attention or MLP: x with the norm of this name, if there is one. Its gain is in the matrices behind it
 * or given.
 */
export function normalisedInput(
  { rmsNormEps }: DecoderConfig,
  x: Tensor,
  norm: string | undefined,
  gain: Tensor | undefined,
): Tensor {
  if (norm === undefined) return x;
  const normal = rmsNormalise(x, rmsNormEps);
  return gain === undefined ? normal : mul(normal, gain);
}
