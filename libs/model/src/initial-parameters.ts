/**
 * Parameters of a model that has not learned yet: matrices normal with one standard deviation, norms 1. Optionally the
 * projections that write into the residual stream are scaled down by sqrt(2 * layers), so that its variance does not grow
 * with depth (GPT-2; Radford et al., 2019, section 2.3).
 */
import type { Random } from '@soar/core';
import type { NamedTensor } from './hf/safetensors.js';
import type { LlamaConfig } from './llama-config.js';
import { parameterSpecs } from './parameters.js';

export interface InitialParameters {
  /** Default 0.02. */
  readonly std?: number;
  /** Default true. */
  readonly scaleResidual?: boolean;
}

/** Element i of a parameter is the normal i at `random/<name>`: independent of every other parameter. */
export function initialParameters(
  config: LlamaConfig,
  random: Random,
  { std = 0.02, scaleResidual = true }: InitialParameters = {},
): NamedTensor[] {
  return parameterSpecs(config).map(({ name, shape }) => {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    if (shape.length === 1) return { name, shape, data: data.fill(1) };
    const source = random.at(name);
    const writesResidual = /\.(o_proj|down_proj)\.weight$/.test(name);
    const scale = scaleResidual && writesResidual ? std / Math.sqrt(2 * config.layers) : std;
    for (let i = 0; i < data.length; i++) data[i] = scale * source.normal(i);
    return { name, shape, data };
  });
}
