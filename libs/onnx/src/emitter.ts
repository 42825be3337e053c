/** What writes ONNX nodes and constants, as lowerings see it. */
import type { Graph } from './graph.js';
import type { Dim, Shape } from './tensor.js';

export type AttributeValue = number | readonly number[] | string | { readonly graph: Graph };
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** Where nodes and constants of ONNX go; values have names. */
export interface Emitter {
  readonly target: 'host' | 'device';
  emit(opType: string, inputs: readonly string[], outputs: readonly string[], attributes: Attributes): void;
  /** Emits a node whose one output is new, and returns its name. */
  derive(opType: string, inputs: readonly string[], attributes?: Attributes): string;
  /** Emits a node whose one output has this name, or a new one; returns it. */
  named(opType: string, inputs: readonly string[], name?: string, attributes?: Attributes): string;
  int64(values: readonly number[], shape?: Shape): string;
  /** A float32 scalar. */
  float(value: number): string;
  /** A shape as an int64 tensor, for a Reshape `of` another as that allows: with -1 and 0 for unknown dimensions. */
  shape(shape: Shape, of?: Shape): string;
  /** The size of one dimension as int64[1]. */
  size(dim: Dim): string;
}
