/**
 * The functions that models are written with: `add(x, mul(y, 2))`. A number stands for a scalar constant of the other
 * operand's type. Each appends one node, or none where the result is known to be its operand.
 */
import { invariant } from '@soar/core';
import { Graph, scopeOf, type Tensor } from './graph.js';
import type { Op, OpAttributes } from './ops.js';
import { axisOf, type ConstantData, type Dim, type DType, type Shape } from './tensor.js';

export type Operand = Tensor | number;

function apply<P extends Op>(op: P, inputs: readonly Tensor[], attributes: OpAttributes<Graph>[P]): Tensor {
  return scopeOf(op, inputs).append(op, inputs, attributes)[0]!;
}

/** Two operands as tensors: a number takes the type of the other. */
function lift(op: string, a: Operand, b: Operand): [Tensor, Tensor] {
  if (typeof a !== 'number') return [a, typeof b === 'number' ? scalar(a, b) : b];
  invariant(typeof b !== 'number', `${op}: one operand must be a tensor`);
  return [scalar(b, a), b];
}

/** A scalar constant of the type, and in the scope, of `like`. */
export function scalar(like: Tensor, value: number): Tensor {
  return like.graph.constant(like.dtype, [], like.dtype === 'float32' ? Float32Array.of(value) : [value]);
}

/** A constant in the scope of `like`. */
export function constant(like: Tensor, dtype: DType, shape: Shape, data: ConstantData): Tensor {
  return like.graph.constant(dtype, shape, data);
}

const unary =
  (op: 'Neg' | 'Exp' | 'Log' | 'Sqrt' | 'Reciprocal' | 'Sigmoid' | 'Tanh' | 'Cos' | 'Sin' | 'Silu' | 'Not') =>
  (x: Tensor) =>
    apply(op, [x], {});
const binary =
  (op: 'Add' | 'Sub' | 'Mul' | 'Div' | 'Min' | 'Max' | 'Equal' | 'Less' | 'LessOrEqual' | 'And' | 'Or') =>
  (a: Operand, b: Operand): Tensor =>
    apply(op, lift(op, a, b), {});

export const neg = unary('Neg');
export const exp = unary('Exp');
export const log = unary('Log');
export const sqrt = unary('Sqrt');
export const reciprocal = unary('Reciprocal');
export const sigmoid = unary('Sigmoid');
export const tanh = unary('Tanh');
export const cos = unary('Cos');
export const sin = unary('Sin');
export const silu = unary('Silu');
export const not = unary('Not');
export const add = binary('Add');
export const sub = binary('Sub');
export const mul = binary('Mul');
export const div = binary('Div');
export const min = binary('Min');
export const max = binary('Max');
export const equal = binary('Equal');
export const less = binary('Less');
export const lessOrEqual = binary('LessOrEqual');
export const and = binary('And');
export const or = binary('Or');

export function cast(x: Tensor, to: DType): Tensor {
  return x.dtype === to ? x : apply('Cast', [x], { to });
}

/** condition ? a : b, elementwise with broadcasting. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  const [x, y] = lift('Where', a, b);
  return apply('Where', [condition, x, y], {});
}

const reduction =
  (op: 'ReduceSum' | 'ReduceMean' | 'ReduceMax') =>
  (x: Tensor, axes: readonly number[], keepDims = false): Tensor => {
    if (axes.length === 0) return x;
    return apply(op, [x], { axes: axes.map((axis) => axisOf(op, axis, x.shape.length)), keepDims });
  };
export const reduceSum = reduction('ReduceSum');
export const reduceMean = reduction('ReduceMean');
export const reduceMax = reduction('ReduceMax');

/** Sum of all elements, a scalar. */
export function sumAll(x: Tensor): Tensor {
  return reduceSum(
    x,
    x.shape.map((_, i) => i),
  );
}

export const softmax = (x: Tensor, axis = -1): Tensor =>
  apply('Softmax', [x], { axis: axisOf('Softmax', axis, x.shape.length) });
export const logSoftmax = (x: Tensor, axis = -1): Tensor =>
  apply('LogSoftmax', [x], { axis: axisOf('LogSoftmax', axis, x.shape.length) });
/** ln sum e^x over the last axis, which is kept. */
export const logSumExp = (x: Tensor): Tensor => apply('LogSumExp', [x], {});
export const cumSum = (x: Tensor, axis = -1): Tensor =>
  apply('CumSum', [x], { axis: axisOf('CumSum', axis, x.shape.length) });
export const argMax = (x: Tensor, axis = -1): Tensor =>
  apply('ArgMax', [x], { axis: axisOf('ArgMax', axis, x.shape.length) });

/** The axis in descending order, and where each element came from. */
export function sort(x: Tensor, axis = -1): { readonly values: Tensor; readonly indices: Tensor } {
  const [values, indices] = x.graph.append('Sort', [x], { axis: axisOf('Sort', axis, x.shape.length) });
  return { values: values!, indices: indices! };
}

export function reshape(x: Tensor, shape: Shape): Tensor {
  return sameDims(x.shape, shape) ? x : apply('Reshape', [x], { shape });
}
export function expand(x: Tensor, shape: Shape): Tensor {
  return sameDims(x.shape, shape) ? x : apply('Expand', [x], { shape });
}
export function transpose(x: Tensor, perm: readonly number[]): Tensor {
  return perm.every((p, i) => p === i) ? x : apply('Transpose', [x], { perm });
}
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  const [first] = parts;
  invariant(first !== undefined, 'Concat: has no operands');
  if (parts.length === 1) return first;
  return apply('Concat', parts, { axis: axisOf('Concat', axis, first.shape.length) });
}
/** Elements start..end-1 of an axis; without `end`, to its end. */
export function slice(x: Tensor, axis: number, start: number, end = Number.MAX_SAFE_INTEGER): Tensor {
  return apply('Slice', [x], { axis: axisOf('Slice', axis, x.shape.length), start, end });
}
/** Consecutive parts of an axis. */
export function split(x: Tensor, axis: number, sizes: readonly Dim[]): readonly Tensor[] {
  return x.graph.append('Split', [x], { axis: axisOf('Split', axis, x.shape.length), sizes });
}
/** x / sqrt(mean(x^2) + epsilon) over the last axis (Zhang and Sennrich, arXiv 1910.07467, without the gain). */
export const rmsNormalise = (x: Tensor, epsilon: number): Tensor => apply('RmsNormalise', [x], { epsilon });
export const gather = (data: Tensor, indices: Tensor, axis = 0): Tensor =>
  apply('Gather', [data, indices], { axis: axisOf('Gather', axis, data.shape.length) });
export const gatherElements = (data: Tensor, indices: Tensor): Tensor =>
  apply('GatherElements', [data, indices], {});
export const scatterAdd = (data: Tensor, indices: Tensor, updates: Tensor): Tensor =>
  apply('ScatterAdd', [data, indices, updates], {});
export const scatterElementsAdd = (indices: Tensor, updates: Tensor, size: number): Tensor =>
  apply('ScatterElementsAdd', [indices, updates], { size });

/** 0, 1, 2 ... up to `dim`, in the scope of `like`. */
export function iota(like: Tensor, dim: Dim): Tensor {
  return like.graph.append('Iota', [], { dim })[0]!;
}

export const matMul = (a: Tensor, b: Tensor): Tensor => apply('MatMul', [a, b], {});
interface GemmOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  /** What the product is added to. */
  readonly onto?: Tensor;
}
export const gemm = (
  a: Tensor,
  b: Tensor,
  { transA = false, transB = false, onto }: GemmOptions = {},
): Tensor => apply('Gemm', onto === undefined ? [a, b] : [a, b, onto], { transA, transB });

/** Adds an axis of size 1. */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  const at = axisOf('Unsqueeze', axis, x.shape.length + 1);
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}

/** What the body of a loop gives: whether to go on, the next carried values, and what is stacked up. */
export interface LoopStep {
  readonly goOn?: Tensor;
  readonly carried: readonly Tensor[];
  readonly scans?: readonly Tensor[];
}

/**
 * At most `trips` rounds of `body`, which sees the values around it. `carriedShapes` names dimensions that change from
 * round to round. Returns the last carried values, and the scans with a new first axis `scanDim`.
 */
export function loop(
  name: string,
  trips: Tensor,
  initial: readonly Tensor[],
  body: (iteration: Tensor, carried: readonly Tensor[]) => LoopStep,
  options: { carriedShapes?: readonly (Shape | undefined)[]; scanDim?: Dim; goOn?: Tensor } = {},
): { readonly carried: readonly Tensor[]; readonly scans: readonly Tensor[] } {
  const graph = scopeOf('Loop', [trips, ...initial]);
  const inner = new Graph(name, graph);
  const iteration = inner.input(`${name}_iteration`, 'int64', []);
  const condition = inner.input(`${name}_condition`, 'bool', []);
  const carriedIn = initial.map((tensor, i) =>
    inner.input(`${name}_carried_${i}`, tensor.dtype, options.carriedShapes?.[i] ?? tensor.shape),
  );
  const step = body(iteration, carriedIn);
  invariant(step.carried.length === initial.length, `Loop ${name}: the body drops or adds a carried value`);
  inner.output(`${name}_go_on`, step.goOn ?? condition);
  step.carried.forEach((tensor, i) => inner.output(`${name}_next_${i}`, tensor));
  (step.scans ?? []).forEach((tensor, i) => inner.output(`${name}_scan_${i}`, tensor));
  const goOn = options.goOn ?? graph.constant('bool', [], [1]);
  const attributes = { body: inner, carried: initial.length, scanDim: options.scanDim ?? `${name}_trips` };
  const outputs = graph.append('Loop', [trips, goOn, ...initial], attributes);
  return { carried: outputs.slice(0, initial.length), scans: outputs.slice(initial.length) };
}

function sameDims(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}
