/**
 * The type of what flows through a graph: element types and shapes with symbolic dimensions.
 *
 * A dimension is a number or a name ('batch'). Products that arise from flattening are written 'batch*time'. Two
 * symbolic dimensions are equal exactly when their names are; nothing is ever guessed.
 */
import { invariant } from '@soar/core';

/** float16 comes from inHalf (half.ts) alone: models and gradients are written in float32. */
export type DType = 'float32' | 'float16' | 'int64' | 'bool';
export type Dim = number | string;
export type Shape = readonly Dim[];

/** Element type and shape of a value. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** int64 constants are held as numbers: every whole number the graphs need is below 2^53. */
export type ConstantData = Float32Array | readonly number[];

/** "float32[batch,time,64]", for messages. */
export function describe(type: TensorType): string {
  return `${type.dtype}[${type.shape.join(',')}]`;
}

/** The numeric factor and the sorted names of a product of dimensions: 'batch*time', 4 gives 4 and [batch, time]. */
function factors(shape: Shape): { readonly number: number; readonly names: readonly string[] } {
  let number = 1;
  const names: string[] = [];
  for (const dim of shape) {
    if (typeof dim === 'number') number *= dim;
    else {
      for (const part of dim.split('*')) {
        if (/^\d+$/.test(part)) number *= Number(part);
        else names.push(part);
      }
    }
  }
  return { number, names: names.sort() };
}

/** The dimension that flattening `dims` gives. */
export function product(dims: Shape): Dim {
  const { number, names } = factors(dims);
  if (names.length === 0) return number;
  return number === 1 ? names.join('*') : [String(number), ...names].join('*');
}

/** Whether two shapes hold the same number of elements for every binding of their names. */
export function sameElementCount(a: Shape, b: Shape): boolean {
  return product(a) === product(b);
}

/** NumPy broadcasting of shapes; throws with the operation's name where dimensions differ. */
export function broadcast(op: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    invariant(
      x === y || x === 1 || y === 1,
      () => `${op}: shapes do not broadcast, lhs [${a.join(',')}], rhs [${b.join(',')}]`,
    );
    return x === 1 ? y : x;
  });
}

/** A possibly negative axis as an index from 0; throws with the operation's name where it is out of range. */
export function axisOf(op: string, axis: number, rank: number): number {
  const index = axis < 0 ? axis + rank : axis;
  invariant(
    Number.isInteger(index) && index >= 0 && index < rank,
    () => `${op}: axis ${axis} is out of range for rank ${rank}`,
  );
  return index;
}
