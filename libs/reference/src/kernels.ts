/**
 * What every operation means, in float64 and the plainest words: the oracle that the graphs are held against. Nothing
 * here is fast, fused or shared with the code it checks; it follows the ONNX operator specification (opset 20).
 */
import { invariant } from '@soar/core';
import { broadcast, type Node, type Op } from '@soar/onnx';
import { mapLines, read, sizeOf, stridesOf, tabulate, value, type Value } from './value.js';

/** What a kernel may ask for beside its operands. */
export interface Context {
  /** Sizes of shapes with named dimensions. */
  resolve(shape: readonly (number | string)[]): number[];
  /** Runs a loop. */
  loop(node: Node<'Loop'>, inputs: readonly Value[]): Value[];
}
type Kernel<P extends Op> = (inputs: readonly Value[], node: Node<P>, context: Context) => Value | Value[];

const unary =
  (f: (x: number) => number) =>
  ([x]: readonly Value[]): Value => ({ ...x!, data: x!.data.map(f) });

const binary =
  (f: (a: number, b: number) => number, bool = false) =>
  ([a, b]: readonly Value[], node: Node): Value =>
    tabulate(bool ? 'bool' : a!.dtype, broadcast(node.op, a!.shape, b!.shape) as number[], (index) =>
      f(read(a!, index), read(b!, index)),
    );

const reduce =
  (f: (xs: number[]) => number) =>
  ([x]: readonly Value[], node: Node<'ReduceSum' | 'ReduceMean' | 'ReduceMax'>): Value => {
    const { axes, keepDims } = node.attributes;
    const kept = x!.shape.map((dim, i) => (axes.includes(i) ? 1 : dim));
    const groups = Array.from({ length: sizeOf(kept) }, (): number[] => []);
    const strides = stridesOf(kept);
    tabulate(x!.dtype, x!.shape, (index) => {
      const at = index.reduce((sum, i, d) => sum + (axes.includes(d) ? 0 : i * strides[d]!), 0);
      groups[at]!.push(read(x!, index));
      return 0;
    });
    const shape = keepDims ? kept : x!.shape.filter((_, i) => !axes.includes(i));
    return value(x!.dtype, shape, groups.map(f));
  };

const sumOf = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0);
const logSumExp = (xs: readonly number[]): number => {
  const top = Math.max(...xs);
  return top + Math.log(sumOf(xs.map((x) => Math.exp(x - top))));
};

export const KERNELS: { readonly [P in Op]: Kernel<P> } = {
  Neg: unary((x) => -x),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Sqrt: unary(Math.sqrt),
  Reciprocal: unary((x) => 1 / x),
  Sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  Tanh: unary(Math.tanh),
  Cos: unary(Math.cos),
  Sin: unary(Math.sin),
  Silu: ([x]) => {
    const s = x!.data.map((v) => 1 / (1 + Math.exp(-v)));
    return [
      { ...x!, data: x!.data.map((v, i) => v * s[i]!) },
      { ...x!, data: s },
    ];
  },
  Not: unary((x) => 1 - x),
  Cast: ([x], node) => {
    const { to } = node.attributes;
    const f = to === 'bool' ? (v: number) => Number(v !== 0) : to === 'int64' ? Math.trunc : (v: number) => v;
    return { dtype: to, shape: x!.shape, data: x!.data.map(f) };
  },
  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Div: ([a, b], node) =>
    binary(a!.dtype === 'int64' ? (x, y) => Math.trunc(x / y) : (x, y) => x / y)([a!, b!], node),
  Min: binary(Math.min),
  Max: binary(Math.max),
  Equal: binary((a, b) => Number(a === b), true),
  Less: binary((a, b) => Number(a < b), true),
  LessOrEqual: binary((a, b) => Number(a <= b), true),
  And: binary((a, b) => a * b, true),
  Or: binary((a, b) => Math.max(a, b), true),
  Where: ([c, a, b]) => {
    const shape = broadcast('Where', broadcast('Where', c!.shape, a!.shape), b!.shape) as number[];
    return tabulate(a!.dtype, shape, (index) => (read(c!, index) ? read(a!, index) : read(b!, index)));
  },
  ReduceSum: reduce(sumOf),
  ReduceMean: reduce((xs) => sumOf(xs) / xs.length),
  ReduceMax: reduce((xs) => xs.reduce((a, b) => Math.max(a, b))),
  Softmax: ([x], node) =>
    mapLines(x!, node.attributes.axis, (line) => {
      const total = logSumExp(line);
      return line.map((v) => Math.exp(v - total));
    }),
  LogSoftmax: ([x], node) =>
    mapLines(x!, node.attributes.axis, (line) => {
      const total = logSumExp(line);
      return line.map((v) => v - total);
    }),
  CumSum: ([x], node) =>
    mapLines(x!, node.attributes.axis, (line) => {
      let total = 0;
      return line.map((v) => (total += v));
    }),
  LogSumExp: ([x]) => {
    const width = x!.shape.at(-1)!;
    const rows = Array.from({ length: x!.data.length / width }, (_, r) =>
      Array.from(x!.data.slice(r * width, (r + 1) * width)),
    );
    const kept = [...x!.shape.slice(0, -1), 1];
    const masses = rows.map((row) => row.map((v) => Math.exp(v - Math.max(...row))));
    return [
      value('float32', kept, rows.map(logSumExp)),
      value('float32', x!.shape, masses.flat()),
      value('float32', kept, masses.map(sumOf)),
    ];
  },
  RmsNormalise: ([x], node) => {
    const width = x!.shape.at(-1)!;
    const rows = Array.from({ length: x!.data.length / width }, (_, r) =>
      x!.data.slice(r * width, (r + 1) * width),
    );
    const roots = rows.map(
      (row) => 1 / Math.sqrt(sumOf([...row].map((v) => v * v)) / width + node.attributes.epsilon),
    );
    return [
      { ...x!, data: x!.data.map((v, i) => v * roots[Math.floor(i / width)]!) },
      value('float32', [...x!.shape.slice(0, -1), 1], roots),
    ];
  },
  ArgMax: ([x], node) => {
    const { axis } = node.attributes;
    const lines = mapLines(x!, axis, (line) => line.map(() => line.indexOf(Math.max(...line))), 'int64');
    const shape = x!.shape.filter((_, i) => i !== axis);
    return tabulate('int64', shape, (index) =>
      read(lines, [...index.slice(0, axis), 0, ...index.slice(axis)]),
    );
  },
  Sort: ([x], node) => {
    const order = (line: number[]): number[] =>
      line.map((_, i) => i).sort((i, j) => line[j]! - line[i]! || i - j);
    return [
      mapLines(x!, node.attributes.axis, (line) => order(line).map((i) => line[i]!)),
      mapLines(x!, node.attributes.axis, order, 'int64'),
    ];
  },
  Reshape: ([x], node, context) => value(x!.dtype, context.resolve(node.attributes.shape), x!.data),
  Expand: ([x], node, context) =>
    tabulate(x!.dtype, context.resolve(node.attributes.shape), (index) => read(x!, index)),
  Transpose: ([x], node) => {
    const { perm } = node.attributes;
    const shape = perm.map((p) => x!.shape[p]!);
    return tabulate(x!.dtype, shape, (index) => {
      const source: number[] = [];
      perm.forEach((p, i) => (source[p] = index[i]!));
      return read(x!, source);
    });
  },
  Concat: (inputs, node) => {
    const { axis } = node.attributes;
    const shape = inputs[0]!.shape.map((dim, d) =>
      d === axis ? sumOf(inputs.map((x) => x.shape[axis]!)) : dim,
    );
    return tabulate(inputs[0]!.dtype, shape, (index) => {
      let at = index[axis]!;
      const part = inputs.find((x) => at < x.shape[axis]! || ((at -= x.shape[axis]!), false))!;
      // A part of size 1 must not be read as broadcast: the offset is exact.
      return part.data[
        index.reduce((sum, i, d) => sum + (d === axis ? at : i) * stridesOf(part.shape)[d]!, 0)
      ]!;
    });
  },
  Slice: ([x], node) => {
    const { axis, start, end } = node.attributes;
    const size = x!.shape[axis]!;
    const from = start < 0 ? size + start : start;
    const to = end < 0 ? size + end : Math.min(end, size);
    const shape = x!.shape.map((dim, d) => (d === axis ? to - from : dim));
    const strides = stridesOf(x!.shape);
    return tabulate(
      x!.dtype,
      shape,
      (index) => x!.data[index.reduce((sum, i, d) => sum + (d === axis ? i + from : i) * strides[d]!, 0)]!,
    );
  },
  Split: ([x], node, context) => {
    const { axis } = node.attributes;
    const before = context.resolve(node.attributes.sizes.slice(0, -1));
    const sizes = [...before, x!.shape[axis]! - sumOf(before)];
    const strides = stridesOf(x!.shape);
    return sizes.map((size, part) => {
      const start = sumOf(sizes.slice(0, part));
      const shape = x!.shape.map((dim, d) => (d === axis ? size : dim));
      return tabulate(
        x!.dtype,
        shape,
        (index) => x!.data[index.reduce((sum, i, d) => sum + (d === axis ? i + start : i) * strides[d]!, 0)]!,
      );
    });
  },
  Gather: ([data, indices], node) => {
    const { axis } = node.attributes;
    const rank = indices!.shape.length;
    const shape = [...data!.shape.slice(0, axis), ...indices!.shape, ...data!.shape.slice(axis + 1)];
    return tabulate(data!.dtype, shape, (index) => {
      const row = read(indices!, index.slice(axis, axis + rank));
      invariant(row >= 0 && row < data!.shape[axis]!, `Gather: index ${row} is out of range`);
      const source = [...index.slice(0, axis), row, ...index.slice(axis + rank)];
      return data!.data[source.reduce((sum, i, d) => sum + i * stridesOf(data!.shape)[d]!, 0)]!;
    });
  },
  GatherElements: ([data, indices]) =>
    tabulate(data!.dtype, indices!.shape, (index) => {
      const source = [...index.slice(0, -1), read(indices!, index)];
      return data!.data[source.reduce((sum, i, d) => sum + i * stridesOf(data!.shape)[d]!, 0)]!;
    }),
  ScatterAdd: ([data, indices, updates]) => {
    const width = sizeOf(data!.shape.slice(1));
    const out = Float64Array.from(data!.data);
    updates!.data.forEach((u, i) => (out[indices!.data[Math.floor(i / width)]! * width + (i % width)]! += u));
    return { dtype: 'float32', shape: data!.shape, data: out };
  },
  ScatterElementsAdd: ([indices, updates], node) => {
    const { size } = node.attributes;
    const length = indices!.shape.at(-1)!;
    const out = new Float64Array((updates!.data.length / length) * size);
    updates!.data.forEach((u, i) => (out[Math.floor(i / length) * size + indices!.data[i]!]! += u));
    return { dtype: 'float32', shape: [...indices!.shape.slice(0, -1), size], data: out };
  },
  Iota: (_, node, context) => tabulate('int64', context.resolve([node.attributes.dim]), ([i]) => i!),
  MatMul: ([a, b]) => {
    const inner = a!.shape.at(-1)!;
    const leading = broadcast('MatMul', a!.shape.slice(0, -2), b!.shape.slice(0, -2)) as number[];
    return tabulate('float32', [...leading, a!.shape.at(-2)!, b!.shape.at(-1)!], (index) => {
      const [row, column] = [index.at(-2)!, index.at(-1)!];
      const front = index.slice(0, -2);
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += at(a!, [...front, row, k]) * at(b!, [...front, k, column]);
      return sum;
    });
  },
  Gemm: ([a, b, c], node) => {
    const { transA, transB } = node.attributes;
    const [m, inner] = transA ? [a!.shape[1]!, a!.shape[0]!] : [a!.shape[0]!, a!.shape[1]!];
    const n = transB ? b!.shape[0]! : b!.shape[1]!;
    return tabulate('float32', [m, n], ([i, j]) => {
      let sum = c === undefined ? 0 : at(c, [i!, j!]);
      for (let k = 0; k < inner; k++) {
        sum += at(a!, transA ? [k, i!] : [i!, k]) * at(b!, transB ? [j!, k] : [k, j!]);
      }
      return sum;
    });
  },
  Loop: (inputs, node, context) => context.loop(node, inputs),
};

/** Element at a multi-index whose last two entries are exact and whose others may broadcast. */
function at(x: Value, index: readonly number[]): number {
  const skip = index.length - x.shape.length;
  let offset = 0;
  for (let d = 0; d < x.shape.length; d++) {
    const exact = d >= x.shape.length - 2;
    offset = offset * x.shape[d]! + (x.shape[d] === 1 && !exact ? 0 : index[d + skip]!);
  }
  return x.data[offset]!;
}
