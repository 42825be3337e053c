/**
 * The closed set of operations, each with its attributes. Shape inference, differentiation and the reference evaluator
 * are tables over this set, so an operation that lacks its rule in any of them does not compile.
 *
 * Every operation is a standard ONNX operation (opset 20) or a fixed composition of such (lowerings.ts); nothing here
 * needs an ONNX Runtime extension. Shapes are attributes here and become tensors only when encoded.
 */
import type { Dim, DType, Shape, TensorType } from './tensor.js';

type None = Record<never, never>;
interface Axis {
  readonly axis: number;
}
interface Axes {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** What a loop repeats, as far as its types go. In a graph it is a `Graph`, which is made of operations itself. */
export interface LoopBody {
  readonly name: string;
  readonly inputs: readonly TensorType[];
  readonly outputs: readonly { readonly name: string; readonly tensor: TensorType }[];
}

export interface OpAttributes<Body extends LoopBody = LoopBody> {
  // Elementwise, one operand.
  Neg: None;
  Exp: None;
  Log: None;
  Sqrt: None;
  Reciprocal: None;
  Sigmoid: None;
  Tanh: None;
  Cos: None;
  Sin: None;
  /** x s(x) with s the logistic function; the second output is s(x). */
  Silu: None;
  Not: None;
  Cast: { readonly to: DType };
  // Elementwise with broadcasting.
  Add: None;
  Sub: None;
  Mul: None;
  Div: None;
  Min: None;
  Max: None;
  Equal: None;
  Less: None;
  LessOrEqual: None;
  And: None;
  Or: None;
  /** condition ? a : b */
  Where: None;
  // Along axes.
  ReduceSum: Axes;
  ReduceMean: Axes;
  ReduceMax: Axes;
  Softmax: Axis;
  LogSoftmax: Axis;
  /** ln sum e^x over the last axis, which is kept; the others are e^(x - max x) and its sum, for the gradient. */
  LogSumExp: None;
  CumSum: Axis;
  /** x / sqrt(mean(x^2) + epsilon) over the last axis; the second output is the reciprocal root, the axis kept. */
  RmsNormalise: { readonly epsilon: number };
  /** Index of the first maximum, the axis removed. */
  ArgMax: Axis;
  /** The whole axis in descending order: values and their indices. */
  Sort: Axis;
  // Movement.
  Reshape: { readonly shape: Shape };
  Expand: { readonly shape: Shape };
  Transpose: { readonly perm: readonly number[] };
  Concat: Axis;
  /** Elements start..end-1 of an axis; negative bounds count from the end. */
  Slice: { readonly axis: number; readonly start: number; readonly end: number };
  /** Consecutive parts of an axis, one output each; the last is what the others leave. */
  Split: { readonly axis: number; readonly sizes: readonly Dim[] };
  /** Rows of `data` along an axis by index: (data, indices). */
  Gather: Axis;
  /** (data, indices): out[i,j] = data[i, indices[i,j]] for the last axis. */
  GatherElements: None;
  /** (data, indices, updates): data with updates added to its rows by index; onto zeros the transpose of Gather. */
  ScatterAdd: None;
  /** The transpose of GatherElements: (indices, updates) summed into zeros whose last axis has `size` elements. */
  ScatterElementsAdd: { readonly size: number };
  /** 0, 1, 2 ... up to a dimension. */
  Iota: { readonly dim: Dim };
  // Products.
  /** Batched matrix product with broadcasting of the leading dimensions. */
  MatMul: None;
  /** op(A) op(B) of matrices, each optionally transposed, and C added to it where there is a third operand. */
  Gemm: { readonly transA: boolean; readonly transB: boolean };
  // Control.
  Loop: LoopAttributes<Body>;
}

/**
 * Inputs: trip count (int64 scalar), initial condition (bool scalar), initial carried values. Outputs: final carried
 * values, then scans stacked along a new first axis. In the body: inputs are iteration, condition, carried values;
 * outputs are condition, carried values, scans.
 */
export interface LoopAttributes<Body extends LoopBody> {
  readonly body: Body;
  readonly carried: number;
  /** The new axis of the scans: a name, or the number of rounds where it is known. */
  readonly scanDim: Dim;
}

export type Op = keyof OpAttributes;

/** What an inference rule sees: operands and attributes of one operation. */
export interface Call<P extends Op> {
  readonly op: P;
  readonly inputs: readonly TensorType[];
  readonly attributes: OpAttributes[P];
}
