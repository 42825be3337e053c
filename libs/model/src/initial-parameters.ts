/**
 * Parameters of a model that has not learned yet: matrices normal with one standard deviation, gains 1, biases 0.
 * Optionally the projections that write into the residual stream are scaled down by sqrt(2 * layers), so that its
 * variance does not grow with depth (GPT-2; Radford et al., 2019, section 2.3).
 */
import type { Random } from '@soar/core';
import type { DecoderConfig } from './decoder-config.js';
import type { NamedTensor } from './hf/safetensors.js';
import { parameterSpecs } from './parameters.js';

export interface InitialParameters {
  /** Default 0.02. */
  readonly std?: number;
  /** Default true. */
  readonly scaleResidual?: boolean;
}

/** Element i of a parameter is the normal i at `random/<name>`: independent of every other parameter. */
export function initialParameters(
  config: DecoderConfig,
  random: Random,
  { std = 0.02, scaleResidual = true }: InitialParameters = {},
): NamedTensor[] {
  const gainOfOne = 1 - (config.gainOffset ?? 0);
  return parameterSpecs(config).map(({ name, shape, role }) => {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    if (role === 'bias') return { name, shape, data };
    if (role === 'norm') return { name, shape, data: data.fill(gainOfOne) };
    const source = random.at(name);
    const writesResidual = /\.(o_proj|down_proj)\.weight$/.test(name);
    const scale = scaleResidual && writesResidual ? std / Math.sqrt(2 * config.layers) : std;
    for (let i = 0; i < data.length; i++) data[i] = scale * source.normal(i);
    return { name, shape, data };
  });
}
