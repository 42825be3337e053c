/**
 * Low-rank adapters, LoRA (Hu et al., arXiv 2106.09685): beside the weight W [out, in] of a linear layer stand A [r,
 * in] and B [out, r], and the layer computes
 *
 *   y = x W' + scale (x A') B',   scale = alpha / r, or alpha / sqrt(r) (rsLoRA, arXiv 2312.03732).
 *
 * W is frozen: gradients and optimizer states are those of A and B alone. Layers and tensors have the names that peft
 * gives them, so that checkpoints need no translation.
 */
import { UserError, type Random } from '@soar/core';
import type { Adapter, DecoderConfig } from '../decoder-config.js';
import type { NamedTensor } from '../hf/safetensors.js';
import { parameterSpecs, type ParameterSpec } from '../parameters.js';

/** What is requested of a new adapter; `targets` are kinds of layers, the last parts of their names. None: all. */
export interface AdapterRequest extends Omit<Adapter, 'layers'> {
  readonly targets: readonly string[];
}

export const RANK_MAX = 1024;

/** The linear layers of a model: names and shapes [out, in], in order. Embedding and output head are none of them. */
export function linearLayers(
  config: DecoderConfig,
): { readonly name: string; readonly shape: readonly number[] }[] {
  return parameterSpecs(config)
    .filter(({ name, role }) => role === 'matrix' && name.startsWith('model.layers.'))
    .map(({ name, shape }) => ({ name: name.slice(0, -'.weight'.length), shape }));
}

/** The adapter that a request means for a model. Throws UserError for a target that it does not have. */
export function newAdapter(
  config: DecoderConfig,
  { rank, alpha, rslora, targets }: AdapterRequest,
  source: string,
): Adapter {
  const names = linearLayers(config).map(({ name }) => name);
  const kinds = [...new Set(names.map(kindOf))];
  const unknown = targets.find((target) => !kinds.includes(target));
  if (unknown !== undefined) {
    throw new UserError(
      `${source}.targets: the model has no linear layers ${JSON.stringify(unknown)}, it has ${kinds.join(', ')}`,
      'INVALID_ARGUMENT',
      `${source}.targets`,
    );
  }
  const layers = targets.length === 0 ? names : names.filter((name) => targets.includes(kindOf(name)));
  return { rank, alpha, rslora, layers };
}

export function scaleOf({ rank, alpha, rslora }: Adapter): number {
  return alpha / (rslora ? Math.sqrt(rank) : rank);
}

/** The name of a layer's A or B, as peft writes it. */
export function adapterName(layer: string, matrix: 'A' | 'B'): string {
  return `base_model.model.${layer}.lora_${matrix}.weight`;
}

/** The matrices of a model's adapter, in order; none without an adapter. */
export function adapterSpecs(config: DecoderConfig): ParameterSpec[] {
  const { adapter } = config;
  if (adapter === undefined) return [];
  const adapted = new Set(adapter.layers);
  return linearLayers(config)
    .filter(({ name }) => adapted.has(name))
    .flatMap(({ name, shape: [rows, columns] }) => [
      { name: adapterName(name, 'A'), shape: [adapter.rank, columns!], role: 'matrix' as const },
      { name: adapterName(name, 'B'), shape: [rows!, adapter.rank], role: 'matrix' as const },
    ]);
}

/** What a training of this model changes: the adapter where there is one, else every parameter. */
export function trainedSpecs(config: DecoderConfig): ParameterSpec[] {
  return config.adapter === undefined ? parameterSpecs(config) : adapterSpecs(config);
}

/**
 * An adapter that has learned nothing, as peft makes it: B is 0, so that the model is its base; A is uniform within
 * 1 / sqrt(in) (He et al., arXiv 1502.01852, for a slope of sqrt(5)). Element i of a matrix is the uniform number i at
 * `random/<name>`.
 */
export function initialAdapter(config: DecoderConfig, random: Random): NamedTensor[] {
  return adapterSpecs(config).map(({ name, shape }) => {
    const [rows, columns] = shape as [number, number];
    const data = new Float32Array(rows * columns);
    if (name.endsWith('.lora_B.weight')) return { name, shape, data };
    const source = random.at(name);
    const bound = 1 / Math.sqrt(columns);
    for (let i = 0; i < data.length; i++) data[i] = bound * (2 * source.uniform(i) - 1);
    return { name, shape, data };
  });
}

/** The kind of a layer: the last part of its name. */
export function kindOf(layer: string): string {
  return layer.slice(layer.lastIndexOf('.') + 1);
}

/** W + scale B A, row-major: the weight of the linear layer that computes the same without an adapter. */
export function mergedWeight(
  weight: NamedTensor,
  a: NamedTensor,
  b: NamedTensor,
  scale: number,
): Float32Array {
  const [rows, columns] = weight.shape as [number, number];
  const rank = a.shape[0]!;
  const merged = new Float32Array(weight.data.length);
  const added = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    added.fill(0);
    for (let k = 0; k < rank; k++) {
      const factor = scale * b.data[row * rank + k]!;
      for (let i = 0; i < columns; i++) added[i]! += factor * a.data[k * columns + i]!;
    }
    for (let i = 0; i < columns; i++) merged[row * columns + i] = weight.data[row * columns + i]! + added[i]!;
  }
  return merged;
}
