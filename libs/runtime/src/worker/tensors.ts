/** Tensors from typed arrays, without a copy. */
import { Tensor } from '../onnx-runtime.js';

export { run } from '../devices/run.js';
export type { Feeds } from '../devices/tensor-memory.js';
export type { Tensor };

export function float32(data: Float32Array, shape: readonly number[]): Tensor {
  return new Tensor('float32', data, shape);
}

export function float16(bits: Uint16Array, shape: readonly number[]): Tensor {
  return new Tensor('float16', bits, shape);
}

export function int64(data: BigInt64Array, shape: readonly number[]): Tensor {
  return new Tensor('int64', data, shape);
}

/** Row numbers, positions and such: [n]. */
export function indices(of: readonly number[]): Tensor {
  return int64(BigInt64Array.from(of, BigInt), [of.length]);
}

export function booleans(values: readonly boolean[], shape: readonly number[]): Tensor {
  return new Tensor('bool', Uint8Array.from(values, Number), shape);
}

export function scalar(value: number): Tensor {
  return float32(Float32Array.of(value), []);
}

export function floatsOf(tensor: Tensor): Float32Array {
  return tensor.data as Float32Array;
}

/** What a run is asked for, in memory that it makes. */
export function fetches(names: readonly string[]): Record<string, null> {
  return Object.fromEntries(names.map((name) => [name, null]));
}
