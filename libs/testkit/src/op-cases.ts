/**
 * One case for every operation: operands, the result written out by hand, and a call that must be refused. The table is
 * total, so a new operation without a case does not compile. Used against the reference evaluator (golden values),
 * against ONNX Runtime, for the gradient check and for the checks of shapes.
 */
import {
  add,
  and,
  argMax,
  cast,
  concat,
  cos,
  cumSum,
  div,
  equal,
  exp,
  expand,
  gather,
  gatherElements,
  gemm,
  iota,
  less,
  lessOrEqual,
  log,
  logSoftmax,
  logSumExp,
  loop,
  matMul,
  max,
  min,
  mul,
  neg,
  not,
  or,
  reciprocal,
  reduceMax,
  reduceMean,
  reduceSum,
  reshape,
  scatterAdd,
  scatterElementsAdd,
  rmsNormalise,
  sigmoid,
  silu,
  sin,
  slice,
  softmax,
  sort,
  split,
  sqrt,
  sub,
  tanh,
  transpose,
  where,
  type DType,
  type Op,
  type Shape,
  type Tensor,
} from '@soar/onnx';

export interface Operand {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export interface OpCase {
  /** Operands a, b, c ... of `build`. */
  readonly operands: readonly Operand[];
  /** The operation applied to its operands. */
  readonly build: (...operands: Tensor[]) => Tensor;
  readonly expected: Operand;
  /** Whether a gradient flows to its float operands. */
  readonly differentiable: boolean;
  /** Operand types that must be refused, and part of the message. */
  readonly refused?: { readonly types: readonly { dtype: DType; shape: Shape }[]; readonly message: RegExp };
}

const f = (shape: readonly number[], ...data: number[]): Operand => ({ dtype: 'float32', shape, data });
const i = (shape: readonly number[], ...data: number[]): Operand => ({ dtype: 'int64', shape, data });
const b = (shape: readonly number[], ...data: number[]): Operand => ({ dtype: 'bool', shape, data });
const F = (...shape: Shape): { dtype: DType; shape: Shape } => ({ dtype: 'float32', shape });
const I = (...shape: Shape): { dtype: DType; shape: Shape } => ({ dtype: 'int64', shape });

const unary = (
  build: (x: Tensor) => Tensor,
  input: readonly number[],
  output: readonly number[],
): OpCase => ({
  operands: [f([3], ...input)],
  build,
  expected: f([3], ...output),
  differentiable: true,
  refused: { types: [I(3)], message: /must be float32/ },
});
const mismatch = { types: [F(2, 3), F(2, 4)], message: /do not broadcast, lhs \[2,3\], rhs \[2,4\]/ };
const outOfRange = { types: [F(3)], message: /axis 1 is out of range for rank 1/ };
const e = Math.E;
/** softmax of (0, ln 2, ln 5) is (1, 2, 5) / 8. */
const logits = f([2, 3], 0, Math.log(2), Math.log(5), 1, 1, 1);
const third = 1 / 3;

export const OP_CASES: { readonly [P in Op]: OpCase } = {
  Neg: unary(neg, [1, -2, 0.5], [-1, 2, -0.5]),
  Exp: unary(exp, [0, 1, -1], [1, e, 1 / e]),
  Log: unary(log, [1, e, 0.5], [0, 1, -Math.LN2]),
  Sqrt: unary(sqrt, [1, 4, 2], [1, 2, Math.SQRT2]),
  Reciprocal: unary(reciprocal, [1, -4, 0.5], [1, -0.25, 2]),
  Sigmoid: unary(sigmoid, [0, Math.log(3), -Math.log(3)], [0.5, 0.75, 0.25]),
  Tanh: unary(tanh, [0, Math.log(3) / 2, -Math.log(2)], [0, 0.5, -0.6]),
  Cos: unary(cos, [0, Math.PI / 3, Math.PI], [1, 0.5, -1]),
  Sin: unary(sin, [0, Math.PI / 6, Math.PI / 2], [0, 0.5, 1]),
  Silu: unary(silu, [0, Math.log(3), -Math.log(3)], [0, 0.75 * Math.log(3), -0.25 * Math.log(3)]),
  Not: {
    operands: [b([2], 1, 0)],
    build: not,
    expected: b([2], 0, 1),
    differentiable: false,
    refused: { types: [F(2)], message: /must be bool/ },
  },
  Cast: {
    operands: [f([3], 1.7, -1.7, 0)],
    build: (x) => cast(x, 'int64'),
    expected: i([3], 1, -1, 0),
    differentiable: false,
  },
  Add: {
    operands: [f([2, 2], 1, 2, 3, 4), f([2], 10, 20)],
    build: add,
    expected: f([2, 2], 11, 22, 13, 24),
    differentiable: true,
    refused: mismatch,
  },
  Sub: {
    operands: [f([2, 2], 1, 2, 3, 4), f([2, 1], 10, 20)],
    build: sub,
    expected: f([2, 2], -9, -8, -17, -16),
    differentiable: true,
    refused: mismatch,
  },
  Mul: {
    operands: [f([2, 2], 1, 2, 3, 4), f([], 3)],
    build: mul,
    expected: f([2, 2], 3, 6, 9, 12),
    differentiable: true,
    refused: mismatch,
  },
  Div: {
    operands: [f([2, 2], 1, 2, 3, 4), f([1, 2], 2, 4)],
    build: div,
    expected: f([2, 2], 0.5, 0.5, 1.5, 1),
    differentiable: true,
    refused: { types: [F(2), I(2)], message: /two operands of one type/ },
  },
  Min: {
    operands: [f([3], 1, 5, -2), f([3], 2, 4, -1)],
    build: min,
    expected: f([3], 1, 4, -2),
    differentiable: true,
    refused: mismatch,
  },
  Max: {
    operands: [f([3], 1, 5, -2), f([3], 2, 4, -1)],
    build: max,
    expected: f([3], 2, 5, -1),
    differentiable: true,
    refused: mismatch,
  },
  Equal: {
    operands: [i([3], 1, 2, 3), i([1], 2)],
    build: equal,
    expected: b([3], 0, 1, 0),
    differentiable: false,
    refused: mismatch,
  },
  Less: {
    operands: [f([3], 1, 2, 3), f([], 2)],
    build: less,
    expected: b([3], 1, 0, 0),
    differentiable: false,
    refused: mismatch,
  },
  LessOrEqual: {
    operands: [f([3], 1, 2, 3), f([], 2)],
    build: lessOrEqual,
    expected: b([3], 1, 1, 0),
    differentiable: false,
    refused: mismatch,
  },
  And: {
    operands: [b([4], 1, 1, 0, 0), b([4], 1, 0, 1, 0)],
    build: and,
    expected: b([4], 1, 0, 0, 0),
    differentiable: false,
    refused: { types: [F(2), F(2)], message: /among bool/ },
  },
  Or: {
    operands: [b([4], 1, 1, 0, 0), b([4], 1, 0, 1, 0)],
    build: or,
    expected: b([4], 1, 1, 1, 0),
    differentiable: false,
    refused: { types: [F(2), F(2)], message: /among bool/ },
  },
  Where: {
    operands: [b([2, 1], 1, 0), f([2, 2], 1, 2, 3, 4), f([], 9)],
    build: where,
    expected: f([2, 2], 1, 2, 9, 9),
    differentiable: true,
    refused: { types: [F(2), F(2), F(2)], message: /must be bool/ },
  },
  ReduceSum: {
    operands: [f([2, 3], 1, 2, 3, 4, 5, 6)],
    build: (x) => reduceSum(x, [0]),
    expected: f([3], 5, 7, 9),
    differentiable: true,
    refused: { types: [F()], message: /axis 0 is out of range for rank 0/ },
  },
  ReduceMean: {
    operands: [f([2, 3], 1, 2, 3, 4, 5, 6)],
    build: (x) => reduceMean(x, [-1], true),
    expected: f([2, 1], 2, 5),
    differentiable: true,
    refused: { types: [F()], message: /axis -1 is out of range for rank 0/ },
  },
  ReduceMax: {
    operands: [f([2, 3], 1, 9, 3, 4, 5, 6)],
    build: (x) => reduceMax(x, [1]),
    expected: f([2], 9, 6),
    differentiable: false,
    refused: outOfRange,
  },
  Softmax: {
    operands: [logits],
    build: (x) => softmax(x, 1),
    expected: f([2, 3], 0.125, 0.25, 0.625, third, third, third),
    differentiable: true,
    refused: outOfRange,
  },
  LogSoftmax: {
    operands: [logits],
    build: (x) => logSoftmax(x, 1),
    expected: f([2, 3], ...[0.125, 0.25, 0.625, third, third, third].map(Math.log)),
    differentiable: true,
    refused: outOfRange,
  },
  LogSumExp: {
    operands: [logits],
    build: (x) => logSumExp(x),
    expected: f([2, 1], Math.log(8), 1 + Math.log(3)),
    differentiable: true,
    refused: { types: [F()], message: /axis -1 is out of range for rank 0/ },
  },
  CumSum: {
    operands: [f([2, 3], 1, 2, 3, 4, 5, 6)],
    build: (x) => cumSum(x, 1),
    expected: f([2, 3], 1, 3, 6, 4, 9, 15),
    differentiable: false,
    refused: outOfRange,
  },
  RmsNormalise: {
    operands: [f([2, 2], 1, 7, 3, -4)],
    build: (x) => rmsNormalise(x, 0),
    expected: f([2, 2], 0.2, 1.4, 3 / Math.sqrt(12.5), -4 / Math.sqrt(12.5)),
    differentiable: true,
    refused: { types: [F()], message: /axis -1 is out of range for rank 0/ },
  },
  ArgMax: {
    operands: [f([2, 3], 1, 9, 9, 4, 5, 6)],
    build: (x) => argMax(x, 1),
    expected: i([2], 1, 2),
    differentiable: false,
    refused: outOfRange,
  },
  Sort: {
    operands: [f([2, 3], 1, 9, 3, 6, 5, 4)],
    build: (x) => sort(x, 1).indices,
    expected: i([2, 3], 1, 2, 0, 0, 1, 2),
    differentiable: false,
    refused: { types: [F(2, 'n')], message: /must have a known size/ },
  },
  Reshape: {
    operands: [f([2, 3], 1, 2, 3, 4, 5, 6)],
    build: (x) => reshape(x, [3, 2]),
    expected: f([3, 2], 1, 2, 3, 4, 5, 6),
    differentiable: true,
    refused: { types: [F(2, 4)], message: /element counts differ, from \[2,4\] to \[3,2\]/ },
  },
  Expand: {
    operands: [f([2, 1], 1, 2)],
    build: (x) => expand(x, [2, 2, 3]),
    expected: f([2, 2, 3], 1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2),
    differentiable: true,
    refused: { types: [F(5, 3)], message: /do not broadcast/ },
  },
  Transpose: {
    operands: [f([1, 2, 3], 1, 2, 3, 4, 5, 6)],
    build: (x) => transpose(x, [2, 0, 1]),
    expected: f([3, 1, 2], 1, 4, 2, 5, 3, 6),
    differentiable: true,
    refused: { types: [F(2, 3)], message: /no permutation/ },
  },
  Concat: {
    operands: [f([2, 1], 1, 2), f([2, 2], 3, 4, 5, 6)],
    build: (x, y) => concat([x, y], 1),
    expected: f([2, 3], 1, 3, 4, 2, 5, 6),
    differentiable: true,
    refused: { types: [F(2, 1), F(3, 1)], message: /shapes differ off axis 1/ },
  },
  Slice: {
    operands: [f([2, 4], 1, 2, 3, 4, 5, 6, 7, 8)],
    build: (x) => slice(x, 1, 1, -1),
    expected: f([2, 2], 2, 3, 6, 7),
    differentiable: true,
    refused: { types: [F(2, 2)], message: /is empty/ },
  },
  Split: {
    operands: [f([2, 3], 1, 2, 3, 4, 5, 6)],
    build: (x) => {
      const [first, rest] = split(x, 1, [1, 2]) as [Tensor, Tensor];
      return mul(first, rest);
    },
    expected: f([2, 2], 2, 3, 20, 24),
    differentiable: true,
    refused: { types: [F(2, 4)], message: /parts \[1,2\] do not add up to axis 1/ },
  },
  Gather: {
    operands: [f([3, 2], 1, 2, 3, 4, 5, 6), i([2, 2], 2, 0, 0, 1)],
    build: (x, at) => gather(x, at),
    expected: f([2, 2, 2], 5, 6, 1, 2, 1, 2, 3, 4),
    differentiable: true,
    refused: { types: [F(3), F(2)], message: /operand 1 must be int64/ },
  },
  GatherElements: {
    operands: [f([2, 3], 1, 2, 3, 4, 5, 6), i([2, 1], 2, 0)],
    build: gatherElements,
    expected: f([2, 1], 3, 4),
    differentiable: true,
    refused: { types: [F(2, 3), I(3, 1)], message: /leading dims differ/ },
  },
  ScatterAdd: {
    operands: [f([3, 2], 7, 0, 0, 8, 0, 9), i([3], 1, 0, 1), f([3, 2], 1, 2, 3, 4, 5, 6)],
    build: scatterAdd,
    expected: f([3, 2], 10, 4, 6, 16, 0, 9),
    differentiable: true,
    refused: { types: [F(3, 2), I(3), F(2, 2)], message: /must have the dimensions of indices/ },
  },
  ScatterElementsAdd: {
    operands: [i([2, 2], 2, 2, 0, 1), f([2, 2], 1, 2, 3, 4)],
    build: (at, x) => scatterElementsAdd(at, x, 3),
    expected: f([2, 3], 0, 0, 3, 3, 4, 0),
    differentiable: true,
    refused: { types: [I(2, 2), F(2, 1)], message: /differ/ },
  },
  Iota: {
    operands: [f([1], 0)],
    build: (x) => iota(x, 4),
    expected: i([4], 0, 1, 2, 3),
    differentiable: false,
  },
  MatMul: {
    operands: [f([2, 1, 2], 1, 2, 3, 4), f([2, 2], 1, 2, 3, 4)],
    build: matMul,
    expected: f([2, 1, 2], 7, 10, 15, 22),
    differentiable: true,
    refused: { types: [F(2, 3), F(4, 5)], message: /inner dims differ, lhs \[2,3\], rhs \[4,5\]/ },
  },
  Gemm: {
    operands: [f([3, 2], 1, 2, 3, 4, 5, 6), f([1, 3], 1, 2, 3), f([2, 1], 100, 200)],
    build: (x, y, z) => gemm(x, y, { transA: true, transB: true, onto: z }),
    expected: f([2, 1], 122, 228),
    differentiable: true,
    refused: { types: [F(2, 3), F(2, 3)], message: /inner dims differ/ },
  },
  Loop: {
    operands: [i([], 4), f([2], 1, 2)],
    // Doubles until the first element exceeds 3: two of at most four rounds.
    build: (trips, x) =>
      loop('double', trips, [x], (_, [now]) => {
        const next = mul(now!, 2);
        return { carried: [next], goOn: lessOrEqual(reduceMax(slice(next, 0, 0, 1), [0]), 3) };
      }).carried[0]!,
    expected: f([2], 4, 8),
    differentiable: false,
    refused: { types: [F(), F(2)], message: /operand 0 must be int64/ },
  },
};
