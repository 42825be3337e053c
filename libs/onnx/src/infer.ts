/**
 * Shape and type inference: one rule an operation. A rule checks its operands and says what comes out; its messages
 * name the operation, what was expected and what was got.
 */
import { invariant } from '@soar/core';
import type { Call, Op } from './ops.js';
import {
  axisOf,
  broadcast,
  describe,
  sameElementCount,
  type Dim,
  type DType,
  type Shape,
  type TensorType,
} from './tensor.js';

type Rule<P extends Op> = (call: Call<P>) => readonly TensorType[];

/** Types of the outputs of `call`. */
export function inferTypes<P extends Op>(call: Call<P>): readonly TensorType[] {
  const rule: Rule<P> = RULES[call.op];
  return rule(call);
}

function operand(call: Call<Op>, index: number, dtype?: DType): TensorType {
  const tensor = call.inputs[index];
  invariant(tensor !== undefined, () => `${call.op}: operand ${index} is missing`);
  invariant(
    dtype === undefined || tensor.dtype === dtype,
    () => `${call.op}: operand ${index} must be ${dtype}, got ${describe(tensor)}`,
  );
  return tensor;
}

const floatUnary = (call: Call<Op>): TensorType[] => [
  { dtype: 'float32', shape: operand(call, 0, 'float32').shape },
];

const binary =
  (accepts: readonly DType[], result?: DType) =>
  (call: Call<Op>): TensorType[] => {
    const a = operand(call, 0);
    const b = operand(call, 1);
    invariant(
      a.dtype === b.dtype && accepts.includes(a.dtype),
      () =>
        `${call.op}: needs two operands of one type among ${accepts.join('/')}, got ${describe(a)} and ${describe(b)}`,
    );
    return [{ dtype: result ?? a.dtype, shape: broadcast(call.op, a.shape, b.shape) }];
  };

/** Of a number in either precision, whose type the result has. */
const eitherUnary = (call: Call<Op>): TensorType[] => {
  const { dtype, shape } = operand(call, 0);
  requireFloat(call, dtype);
  return [{ dtype, shape }];
};

function requireFloat(call: Call<Op>, dtype: DType): void {
  invariant(
    dtype === 'float32' || dtype === 'float16',
    () => `${call.op}: operand 0 must be float32 or float16, got ${describe(call.inputs[0]!)}`,
  );
}

const arithmetic = binary(['float32', 'float16', 'int64']);
const comparison = binary(['float32', 'int64'], 'bool');
const logic = binary(['bool'], 'bool');

const reduction = (call: Call<'ReduceSum' | 'ReduceMean' | 'ReduceMax'>): TensorType[] => {
  const x = operand(call, 0);
  const axes = call.attributes.axes.map((axis) => axisOf(call.op, axis, x.shape.length));
  invariant(
    new Set(axes).size === axes.length,
    () => `${call.op}: an axis is named twice in [${axes.join(',')}]`,
  );
  const shape = x.shape.flatMap((dim, i) =>
    axes.includes(i) ? (call.attributes.keepDims ? [1] : []) : [dim],
  );
  return [{ dtype: x.dtype, shape }];
};

const alongAxis = (call: Call<'Softmax' | 'LogSoftmax' | 'CumSum'>): TensorType[] => {
  const x = operand(call, 0, 'float32');
  axisOf(call.op, call.attributes.axis, x.shape.length);
  return [{ dtype: x.dtype, shape: x.shape }];
};

const RULES: { readonly [P in Op]: Rule<P> } = {
  Neg: eitherUnary,
  Exp: floatUnary,
  Log: floatUnary,
  Sqrt: floatUnary,
  Reciprocal: floatUnary,
  Sigmoid: floatUnary,
  Tanh: floatUnary,
  Cos: floatUnary,
  Sin: floatUnary,
  Silu: (call) => [...eitherUnary(call), ...eitherUnary(call)],
  Not: (call) => [{ dtype: 'bool', shape: operand(call, 0, 'bool').shape }],
  Cast: (call) => [{ dtype: call.attributes.to, shape: operand(call, 0).shape }],
  Add: arithmetic,
  Sub: arithmetic,
  Mul: arithmetic,
  Div: arithmetic,
  Min: arithmetic,
  Max: arithmetic,
  Equal: comparison,
  Less: comparison,
  LessOrEqual: comparison,
  And: logic,
  Or: logic,
  Where: (call) => {
    const condition = operand(call, 0, 'bool');
    const a = operand(call, 1);
    const b = operand(call, 2, a.dtype);
    return [
      { dtype: a.dtype, shape: broadcast('Where', broadcast('Where', condition.shape, a.shape), b.shape) },
    ];
  },
  ReduceSum: reduction,
  ReduceMean: reduction,
  ReduceMax: reduction,
  Softmax: alongAxis,
  LogSoftmax: alongAxis,
  LogSumExp: (call) => {
    const x = operand(call, 0, 'float32');
    axisOf('LogSumExp', -1, x.shape.length);
    const sums = { dtype: 'float32', shape: [...x.shape.slice(0, -1), 1] } as const;
    return [sums, { dtype: 'float32', shape: x.shape }, sums];
  },
  CumSum: alongAxis,
  RmsNormalise: (call) => {
    const x = operand(call, 0, 'float32');
    axisOf('RmsNormalise', -1, x.shape.length);
    return [
      { dtype: 'float32', shape: x.shape },
      { dtype: 'float32', shape: [...x.shape.slice(0, -1), 1] },
    ];
  },
  ArgMax: (call) => {
    const x = operand(call, 0, 'float32');
    const axis = axisOf('ArgMax', call.attributes.axis, x.shape.length);
    return [{ dtype: 'int64', shape: x.shape.filter((_, i) => i !== axis) }];
  },
  Sort: (call) => {
    const x = operand(call, 0, 'float32');
    const axis = axisOf('Sort', call.attributes.axis, x.shape.length);
    invariant(typeof x.shape[axis] === 'number', `Sort: the axis must have a known size, got ${describe(x)}`);
    return [x, { dtype: 'int64', shape: x.shape }];
  },
  Reshape: (call) => {
    const x = operand(call, 0);
    invariant(
      sameElementCount(x.shape, call.attributes.shape),
      () =>
        `Reshape: element counts differ, from [${x.shape.join(',')}] to [${call.attributes.shape.join(',')}]`,
    );
    return [{ dtype: x.dtype, shape: call.attributes.shape }];
  },
  Expand: (call) => {
    const x = operand(call, 0);
    const { shape } = call.attributes;
    const result = broadcast('Expand', x.shape, shape);
    invariant(
      result.every((dim, i) => dim === shape[i]),
      () => `Expand: [${x.shape.join(',')}] does not expand to [${shape.join(',')}]`,
    );
    return [{ dtype: x.dtype, shape }];
  },
  Transpose: (call) => {
    const x = operand(call, 0);
    const { perm } = call.attributes;
    invariant(
      perm.length === x.shape.length && [...perm].sort((a, b) => a - b).every((p, i) => p === i),
      () => `Transpose: [${perm.join(',')}] is no permutation of the axes of ${describe(x)}`,
    );
    return [{ dtype: x.dtype, shape: perm.map((p) => x.shape[p]!) }];
  },
  Concat: (call) => {
    const first = operand(call, 0);
    const axis = axisOf('Concat', call.attributes.axis, first.shape.length);
    for (let i = 1; i < call.inputs.length; i++) {
      const other = operand(call, i, first.dtype);
      invariant(
        other.shape.length === first.shape.length &&
          other.shape.every((dim, d) => d === axis || dim === first.shape[d]),
        () => `Concat: shapes differ off axis ${axis}, ${describe(first)} and ${describe(other)}`,
      );
    }
    const dims = call.inputs.map((input) => input.shape[axis]!);
    return [{ dtype: first.dtype, shape: first.shape.map((dim, d) => (d === axis ? sum(dims) : dim)) }];
  },
  Slice: (call) => {
    const x = operand(call, 0);
    const axis = axisOf('Slice', call.attributes.axis, x.shape.length);
    const dim = sliced(x.shape[axis]!, call.attributes.start, call.attributes.end);
    return [{ dtype: x.dtype, shape: x.shape.map((d, i) => (i === axis ? dim : d)) }];
  },
  Split: (call) => {
    const x = operand(call, 0);
    const { sizes } = call.attributes;
    const axis = axisOf('Split', call.attributes.axis, x.shape.length);
    invariant(
      x.shape[axis] === sum(sizes),
      () => `Split: parts [${sizes.join(',')}] do not add up to axis ${axis} of ${describe(x)}`,
    );
    return sizes.map((size) => ({
      dtype: x.dtype,
      shape: x.shape.map((dim, i) => (i === axis ? size : dim)),
    }));
  },
  Gather: (call) => {
    const data = operand(call, 0);
    const indices = operand(call, 1, 'int64');
    const axis = axisOf('Gather', call.attributes.axis, data.shape.length);
    return [
      {
        dtype: data.dtype,
        shape: [...data.shape.slice(0, axis), ...indices.shape, ...data.shape.slice(axis + 1)],
      },
    ];
  },
  GatherElements: (call) => {
    const data = operand(call, 0);
    const indices = operand(call, 1, 'int64');
    leadingDimsEqual('GatherElements', data.shape, indices.shape);
    return [{ dtype: data.dtype, shape: indices.shape }];
  },
  ScatterAdd: (call) => {
    const data = operand(call, 0, 'float32');
    const indices = operand(call, 1, 'int64');
    const updates = operand(call, 2, 'float32');
    invariant(
      sameShape(updates.shape, [...indices.shape, ...data.shape.slice(1)]),
      () =>
        `ScatterAdd: updates ${describe(updates)} must have the dimensions of indices ${describe(indices)} and ` +
        `those of a row of ${describe(data)}`,
    );
    return [data];
  },
  ScatterElementsAdd: (call) => {
    const indices = operand(call, 0, 'int64');
    const updates = operand(call, 1, 'float32');
    invariant(
      sameShape(indices.shape, updates.shape),
      () => `ScatterElementsAdd: indices ${describe(indices)} and updates ${describe(updates)} differ`,
    );
    return [{ dtype: 'float32', shape: [...indices.shape.slice(0, -1), call.attributes.size] }];
  },
  Iota: (call) => [{ dtype: 'int64', shape: [call.attributes.dim] }],
  MatMul: (call) => {
    const a = operand(call, 0);
    requireFloat(call, a.dtype);
    const b = operand(call, 1, a.dtype);
    invariant(
      a.shape.length >= 2 && b.shape.length >= 2,
      () => `MatMul: needs matrices, got lhs ${describe(a)}, rhs ${describe(b)}`,
    );
    invariant(
      a.shape.at(-1) === b.shape.at(-2),
      () => `MatMul: inner dims differ, lhs [${a.shape.join(',')}], rhs [${b.shape.join(',')}]`,
    );
    const leading = broadcast('MatMul', a.shape.slice(0, -2), b.shape.slice(0, -2));
    return [{ dtype: a.dtype, shape: [...leading, a.shape.at(-2)!, b.shape.at(-1)!] }];
  },
  Gemm: (call) => {
    const a = operand(call, 0);
    requireFloat(call, a.dtype);
    const b = operand(call, 1, a.dtype);
    invariant(
      a.shape.length === 2 && b.shape.length === 2,
      () => `Gemm: needs two matrices, got lhs ${describe(a)}, rhs ${describe(b)}`,
    );
    const [m, k] = call.attributes.transA ? [a.shape[1]!, a.shape[0]!] : [a.shape[0]!, a.shape[1]!];
    const [k2, n] = call.attributes.transB ? [b.shape[1]!, b.shape[0]!] : [b.shape[0]!, b.shape[1]!];
    invariant(
      k === k2,
      () => `Gemm: inner dims differ, lhs [${a.shape.join(',')}], rhs [${b.shape.join(',')}]`,
    );
    invariant(
      call.inputs.length === 2 || sameShape(operand(call, 2, a.dtype).shape, [m, n]),
      () => `Gemm: expected [${m},${n}] to add to, got ${describe(call.inputs[2]!)}`,
    );
    return [{ dtype: a.dtype, shape: [m, n] }];
  },
  Loop: (call) => {
    const { body, carried, scanDim } = call.attributes;
    operand(call, 0, 'int64');
    operand(call, 1, 'bool');
    invariant(
      call.inputs.length === carried + 2 && body.inputs.length === carried + 2,
      `Loop ${body.name}: expected ${carried} carried values, ` +
        `got ${call.inputs.length - 2} and ${body.inputs.length - 2}`,
    );
    return body.outputs.slice(1).map(({ name, tensor }, i) => {
      if (i >= carried) return { dtype: tensor.dtype, shape: [scanDim, ...tensor.shape] };
      const initial = operand(call, i + 2, tensor.dtype);
      const inside = body.inputs[i + 2]!;
      const stable = inside.shape.every((dim, d) => typeof dim === 'string' || dim === tensor.shape[d]);
      invariant(
        stable && inside.shape.length === initial.shape.length,
        () =>
          `Loop ${body.name}: carried value ${name} changes from ${describe(inside)} to ${describe(tensor)}`,
      );
      return { dtype: tensor.dtype, shape: inside.shape };
    });
  },
};

function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

function leadingDimsEqual(op: string, a: Shape, b: Shape): void {
  invariant(
    a.length === b.length && a.slice(0, -1).every((dim, i) => dim === b[i]),
    () => `${op}: leading dims differ, data [${a.join(',')}], indices [${b.join(',')}]`,
  );
}

/** Dimensions joined along an axis: numbers add up, at most one may be named. */
function sum(dims: readonly Dim[]): Dim {
  const number = dims.reduce<number>((total, dim) => total + (typeof dim === 'number' ? dim : 0), 0);
  const names = dims.filter((dim) => typeof dim === 'string');
  if (names.length > 1) return [...names, ...(number === 0 ? [] : [number])].join(' + ');
  return names[0] === undefined ? number : offset(names[0], number);
}

/** Size of elements start..end-1 of a dimension. */
function sliced(dim: Dim, start: number, end: number): Dim {
  const toEnd = end === Number.MAX_SAFE_INTEGER;
  if (typeof dim === 'number') {
    const from = Math.max(0, start < 0 ? dim + start : start);
    const to = Math.min(dim, end < 0 ? dim + end : end);
    invariant(to > from, `Slice: [${start}, ${end}) of a dimension of ${dim} is empty`);
    return to - from;
  }
  if (start >= 0 && toEnd) return offset(dim, -start);
  if (start >= 0 && end < 0) return offset(dim, end - start);
  if (start < 0 && toEnd) return -start;
  return end - start;
}

/** A named dimension plus a number: 'time' and -1 give 'time-1', and that and 1 give 'time' again. */
function offset(dim: string, by: number): Dim {
  const [, name, before] = /^(.*?)([+-]\d+)?$/.exec(dim)!;
  const total = Number(before ?? 0) + by;
  return total === 0 ? name! : `${name}${total > 0 ? '+' : ''}${total}`;
}
