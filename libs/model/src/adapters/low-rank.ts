/** The adapter of a linear layer, prepared for use as the layer's weight is (prepare.ts). */
import { concat, type Tensor } from '@soar/onnx';
import type { Adapter } from '../decoder-config.js';
import { scaled, type LowRank } from '../linear.js';
import { scaleOf } from './adapter.js';

/** One of several linear layers of the model that stand side by side in one prepared matrix. */
export interface AdaptedLayer {
  readonly name: string;
  /** Rows of its part of the matrix. */
  readonly width: number;
  /** What the preparation does to the rows of the layer's weight, and so of its B. */
  readonly rows?: (b: Tensor) => Tensor;
}

/** The matrices of a layer's adapter by the layer's name; undefined where it has none. */
export type AdapterParameter = (layer: string, matrix: 'A' | 'B') => Tensor | undefined;

/** `columns`: what the preparation does to the columns of the weights, and so of every A. */
export function lowRankOf(
  adapter: Adapter | undefined,
  parameter: AdapterParameter,
  layers: readonly AdaptedLayer[],
  columns: (a: Tensor) => Tensor = (a) => a,
): { readonly adapter?: LowRank } {
  const stacked = layers.flatMap(({ name }) => parameter(name, 'A') ?? []);
  if (adapter === undefined || stacked.length === 0) return {};
  const parts = layers.map(({ name, width, rows = (b) => b }) => {
    const b = parameter(name, 'B');
    return { width, ...(b && { b: scaled(rows(b), scaleOf(adapter)) }) };
  });
  return { adapter: { a: columns(stacked.length === 1 ? stacked[0]! : concat(stacked, 0)), parts } };
}
