/**
 * Vector-Jacobian products, one an operation, the formula above each. The table is total over the operations: one
 * without a rule does not compile. `none` marks operations whose derivative is zero or undefined everywhere it matters
 * (comparisons, indices, whole numbers); nothing flows back through them.
 *
 * Notation: y = f(x, ...), dy is the gradient of the loss in y; a rule returns the gradients in its operands.
 */
import { invariant, InvariantError } from '@soar/core';
import {
  add,
  concat,
  cos,
  div,
  exp,
  expand,
  gather,
  gatherElements,
  gemm,
  less,
  matMul,
  mul,
  neg,
  reduceMean,
  reduceSum,
  reshape,
  scalar,
  scatterAdd,
  scatterElementsAdd,
  sin,
  slice,
  sub,
  transpose,
  where,
  type Node,
  type Op,
  type Shape,
  type Tensor,
} from '@soar/onnx';

type Gradient = Tensor | undefined;
/** `dy` belongs to the first output, `all` to every output; a missing one is zero. */
export type VjpRule<P extends Op> = (
  node: Node<P>,
  dy: Tensor,
  all: readonly Gradient[],
) => readonly Gradient[];

const none: VjpRule<Op> = () => [];
const x0 = (node: Node): Tensor => node.inputs[0]!;
const x1 = (node: Node): Tensor => node.inputs[1]!;
const y0 = (node: Node): Tensor => node.outputs[0]!;

export const VJP_RULES: { readonly [P in Op]: VjpRule<P> } = {
  // y = -x: dx = -dy
  Neg: (_, dy) => [neg(dy)],
  // y = e^x: dx = dy y
  Exp: (node, dy) => [mul(dy, y0(node))],
  // y = ln x: dx = dy / x
  Log: (node, dy) => [div(dy, x0(node))],
  // y = sqrt x: dx = dy / 2y
  Sqrt: (node, dy) => [div(mul(dy, 0.5), y0(node))],
  // y = 1/x: dx = -dy y^2
  Reciprocal: (node, dy) => [neg(mul(dy, mul(y0(node), y0(node))))],
  // y = s(x): dx = dy y (1 - y)
  Sigmoid: (node, dy) => [mul(dy, mul(y0(node), sub(1, y0(node))))],
  // y = tanh x: dx = dy (1 - y^2)
  Tanh: (node, dy) => [mul(dy, sub(1, mul(y0(node), y0(node))))],
  // y = cos x: dx = -dy sin x
  Cos: (node, dy) => [neg(mul(dy, sin(x0(node))))],
  // y = sin x: dx = dy cos x
  Sin: (node, dy) => [mul(dy, cos(x0(node)))],
  // y = x s, s = s(x): dx = dy (s + y (1 - s))
  Silu: (node, dy, all) => {
    requireFirstAlone(node, all);
    const [y, s] = node.outputs as [Tensor, Tensor];
    return [mul(dy, add(s, sub(y, mul(y, s))))];
  },
  Not: none,
  Cast: none,
  // y = a + b: da = dy, db = dy, each summed over the axes it was broadcast along
  Add: (node, dy) => [unbroadcast(dy, x0(node).shape), unbroadcast(dy, x1(node).shape)],
  // y = a - b: da = dy, db = -dy
  Sub: (node, dy) => [unbroadcast(dy, x0(node).shape), unbroadcast(neg(dy), x1(node).shape)],
  // y = a b: da = dy b, db = dy a
  Mul: (node, dy) => [
    unbroadcast(mul(dy, x1(node)), x0(node).shape),
    unbroadcast(mul(dy, x0(node)), x1(node).shape),
  ],
  // y = a / b: da = dy / b, db = -dy y / b
  Div: (node, dy) => {
    const da = div(dy, x1(node));
    return [unbroadcast(da, x0(node).shape), unbroadcast(neg(mul(da, y0(node))), x1(node).shape)];
  },
  // y = min(a, b): dy goes to the smaller, to b where they are equal
  Min: (node, dy) => chosen(node, dy, less(x0(node), x1(node))),
  // y = max(a, b): dy goes to the larger, to b where they are equal
  Max: (node, dy) => chosen(node, dy, less(x1(node), x0(node))),
  Equal: none,
  Less: none,
  LessOrEqual: none,
  And: none,
  Or: none,
  // y = c ? a : b: da = c ? dy : 0, db = c ? 0 : dy
  Where: (node, dy) => {
    const condition = x0(node);
    return [
      undefined,
      unbroadcast(where(condition, dy, 0), x1(node).shape),
      unbroadcast(where(condition, 0, dy), node.inputs[2]!.shape),
    ];
  },
  // y = sum x: dx = dy, expanded
  ReduceSum: (node, dy) => [expand(keepDims(node, dy), x0(node).shape)],
  // y = mean x: dx = dy / count, expanded
  ReduceMean: (node, dy) => {
    const x = x0(node);
    const count = node.attributes.axes.reduce((total, axis) => {
      const dim = x.shape[axis]!;
      invariant(typeof dim === 'number', `ReduceMean: the gradient needs a known size, got '${dim}'`);
      return total * dim;
    }, 1);
    return [expand(mul(keepDims(node, dy), 1 / count), x.shape)];
  },
  // Used for numerical stability only, where its gradient cancels.
  ReduceMax: none,
  // y = softmax x: dx = y (dy - sum(dy y))
  Softmax: (node, dy) => {
    const y = y0(node);
    return [mul(y, sub(dy, reduceSum(mul(dy, y), [node.attributes.axis], true)))];
  },
  // y = log softmax x: dx = dy - e^y sum(dy)
  LogSoftmax: (node, dy) => [sub(dy, mul(exp(y0(node)), reduceSum(dy, [node.attributes.axis], true)))],
  // y = ln sum e^x: dx = dy e^x / sum e^x, numerator and denominator divided by e^max
  LogSumExp: (node, dy, all) => {
    requireFirstAlone(node, all);
    const [, masses, total] = node.outputs as [Tensor, Tensor, Tensor];
    return [mul(masses, div(dy, total))];
  },
  // y = x r, r = 1 / sqrt(mean x^2 + eps): dx = r (dy - y mean(dy y))
  RmsNormalise: (node, dy, all) => {
    requireFirstAlone(node, all);
    const [y, r] = node.outputs as [Tensor, Tensor];
    return [mul(r, sub(dy, mul(y, reduceMean(mul(dy, y), [-1], true))))];
  },
  // Used for sampling only, which is not differentiated.
  CumSum: none,
  ArgMax: none,
  Sort: none,
  // y = x in another shape: dx = dy in the shape of x
  Reshape: (node, dy) => [reshape(dy, x0(node).shape)],
  // y = x repeated: dx = dy summed over the repeats
  Expand: (node, dy) => [unbroadcast(dy, x0(node).shape)],
  // y = x with axes permuted: dx = dy with axes permuted back
  Transpose: (node, dy) => {
    const inverse: number[] = [];
    node.attributes.perm.forEach((p, i) => (inverse[p] = i));
    return [transpose(dy, inverse)];
  },
  // y = a, b joined: each takes its part of dy
  Concat: (node, dy) => {
    let start = 0;
    return node.inputs.map((input, i) => {
      const size = input.shape[node.attributes.axis]!;
      if (i === node.inputs.length - 1) return slice(dy, node.attributes.axis, start);
      invariant(typeof size === 'number', `Concat: the gradient needs known sizes, got '${size}'`);
      start += size;
      return slice(dy, node.attributes.axis, start - size, start);
    });
  },
  // y = part of x: dx = dy between zeros
  Slice: (node, dy) => {
    const { axis, start, end } = node.attributes;
    const x = x0(node);
    const size = x.shape[axis]!;
    invariant(typeof size === 'number', `Slice: the gradient needs a known size, got '${size}'`);
    const from = start < 0 ? size + start : start;
    const to = Math.min(end < 0 ? size + end : end, size);
    const zeros = (count: number): Tensor =>
      expand(
        scalar(dy, 0),
        dy.shape.map((dim, i) => (i === axis ? count : dim)),
      );
    const parts = [...(from > 0 ? [zeros(from)] : []), dy, ...(to < size ? [zeros(size - to)] : [])];
    return [concat(parts, axis)];
  },
  // y_i = part i of x: dx = the dy_i, joined
  Split: (node, _, all) => {
    const parts = node.outputs.map((y, i) => all[i] ?? expand(scalar(y, 0), y.shape));
    return [concat(parts, node.attributes.axis)];
  },
  // y = rows of x: dx = dy summed into those rows
  Gather: (node, dy) => {
    invariant(node.attributes.axis === 0, 'Gather: has a gradient on axis 0 only');
    return [scatterAdd(expand(scalar(dy, 0), x0(node).shape), x1(node), dy)];
  },
  // y[i] = x[i, j_i]: dx[i, j_i] = dy[i], 0 elsewhere
  GatherElements: (node, dy) => {
    const size = x0(node).shape.at(-1)!;
    invariant(typeof size === 'number', `GatherElements: the gradient needs a known size, got '${size}'`);
    return [scatterElementsAdd(x1(node), dy, size)];
  },
  // y = x with u added to rows: dx = dy, du = rows of dy
  ScatterAdd: (node, dy) => [dy, undefined, gather(dy, x1(node))],
  // The transpose of GatherElements.
  ScatterElementsAdd: (node, dy) => [undefined, gatherElements(dy, x0(node))],
  Iota: none,
  // Y = A B: dA = dY B', dB = A' dY, each summed over the dimensions it was broadcast along
  MatMul: (node, dy) => [
    unbroadcast(matMul(dy, swapLast(x1(node))), x0(node).shape),
    unbroadcast(matMul(swapLast(x0(node)), dy), x1(node).shape),
  ],
  // Y = op(A) op(B) + C: the same with the transpositions folded in, and dC = dY
  Gemm: (node, dy) => {
    const [a, b] = [x0(node), x1(node)];
    const { transA, transB } = node.attributes;
    return [
      transA ? gemm(b, dy, { transA: transB, transB: true }) : gemm(dy, b, { transB: !transB }),
      transB ? gemm(dy, a, { transA: true, transB: transA }) : gemm(a, dy, { transA: !transA }),
      ...(node.inputs.length === 3 ? [dy] : []),
    ];
  },
  Loop: (node) => {
    throw new InvariantError(
      `Loop ${node.attributes.body.name}: is not differentiated; differentiate inside its body`,
    );
  },
};

/** The other outputs are there for the gradient of the first; nothing is known of their own. */
function requireFirstAlone(node: Node, all: readonly Gradient[]): void {
  invariant(
    all.slice(1).every((dy) => dy === undefined),
    `${node.op}: only its first output has a gradient rule; use that alone`,
  );
}

/** Sums `dy` over the axes along which a value of `shape` was broadcast to the shape of `dy`. */
function unbroadcast(dy: Tensor, shape: Shape): Tensor {
  const extra = dy.shape.length - shape.length;
  const leading = Array.from({ length: extra }, (_, i) => i);
  const stretched = shape.flatMap((dim, i) => (dim === 1 && dy.shape[i + extra] !== 1 ? [i + extra] : []));
  if (leading.length + stretched.length === 0) return dy;
  return reshape(reduceSum(dy, [...leading, ...stretched], true), shape);
}

/** The gradient of a reduction with the reduced axes put back as 1. */
function keepDims(node: Node<'ReduceSum' | 'ReduceMean'>, dy: Tensor): Tensor {
  const { axes } = node.attributes;
  return reshape(
    dy,
    x0(node).shape.map((dim, i) => (axes.includes(i) ? 1 : dim)),
  );
}

function chosen(node: Node, dy: Tensor, first: Tensor): readonly Gradient[] {
  return [unbroadcast(where(first, dy, 0), x0(node).shape), unbroadcast(where(first, 0, dy), x1(node).shape)];
}

function swapLast(x: Tensor): Tensor {
  const rank = x.shape.length;
  return transpose(
    x,
    x.shape.map((_, i) => (i === rank - 1 ? rank - 2 : i === rank - 2 ? rank - 1 : i)),
  );
}
