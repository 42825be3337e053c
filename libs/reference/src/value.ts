/**
 * Values of the reference evaluator: plain float64 numbers whatever the element type, and index arithmetic over them.
 */
import { invariant } from '@soar/core';
import type { DType } from '@soar/onnx';

/** Booleans are 0 and 1; int64 are whole numbers below 2^53. Row-major. */
export interface Value {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

export function value(dtype: DType, shape: readonly number[], data: ArrayLike<number>): Value {
  invariant(
    data.length === sizeOf(shape),
    `value: [${shape.join(',')}] needs ${sizeOf(shape)} numbers, got ${data.length}`,
  );
  return { dtype, shape, data: Float64Array.from(data) };
}

/** To the nearest number that float16 has, to even in the middle: 11 bits down to 2^-14, steps of 2^-24 below. */
export function inHalf({ shape, data }: Value): Value {
  const rounded = data.map((x) => {
    const step = 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(x)))) - 10);
    const units = x / step;
    const near = Math.round(units);
    const even = Math.abs(units % 1) === 0.5 && near % 2 !== 0 ? near - 1 : near;
    const value = x === 0 || !Number.isFinite(x) ? x : even * step;
    return Math.abs(value) > HALF_MAX ? Math.sign(value) * Infinity : value;
  });
  return { dtype: 'float16', shape, data: rounded };
}

const HALF_MAX = 65_504;

export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!;
  return strides;
}

/** The value at every multi-index of `shape`. */
export function tabulate(
  dtype: DType,
  shape: readonly number[],
  at: (index: readonly number[]) => number,
): Value {
  const data = new Float64Array(sizeOf(shape));
  const index = new Array<number>(shape.length).fill(0);
  for (let i = 0; i < data.length; i++) {
    data[i] = at(index);
    for (let d = shape.length - 1; d >= 0; d--) {
      if (++index[d]! < shape[d]!) break;
      index[d] = 0;
    }
  }
  return { dtype, shape, data };
}

/** Element of `x` at a multi-index of a shape that `x` broadcasts to. */
export function read(x: Value, index: readonly number[]): number {
  const skip = index.length - x.shape.length;
  let at = 0;
  for (let d = 0; d < x.shape.length; d++) at = at * x.shape[d]! + (x.shape[d] === 1 ? 0 : index[d + skip]!);
  return x.data[at]!;
}

/** Applies `f` to every line of `x` along `axis` and puts its result, of the same length, back. */
export function mapLines(
  x: Value,
  axis: number,
  f: (line: number[]) => readonly number[],
  dtype = x.dtype,
): Value {
  const out = new Float64Array(x.data.length);
  const length = x.shape[axis]!;
  const stride = stridesOf(x.shape)[axis]!;
  for (let start = 0; start < x.data.length; start++) {
    if (Math.floor(start / stride) % length !== 0) continue;
    const line = Array.from({ length }, (_, i) => x.data[start + i * stride]!);
    f(line).forEach((y, i) => (out[start + i * stride] = y));
  }
  return { dtype, shape: x.shape, data: out };
}
