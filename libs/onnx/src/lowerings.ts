/**
 * What each operation becomes in ONNX: the operation of the same name, or a fixed composition of several. A table over
 * all operations; one without an entry does not compile.
 */
import { emitAngle } from './angles.js';
import type { Attributes, Emitter } from './emitter.js';
import type { Graph, Node } from './graph.js';
import type { Op, OpAttributes } from './ops.js';
import type { DType } from './tensor.js';

/** TensorProto.DataType. */
export const ELEMENT_TYPE: Record<DType, number> = { float32: 1, int64: 7, bool: 9, float16: 10 };

interface Site {
  readonly encoder: Emitter;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}
type Lowering<P extends Op> = (node: Node<P>, site: Site) => void;

/** The ONNX operation of the same name with the same operands. */
const plain =
  <P extends Op>(attributes: (a: OpAttributes<Graph>[P]) => Attributes = () => ({})): Lowering<P> =>
  (node, { encoder, inputs, outputs }) =>
    encoder.emit(node.op, inputs, outputs, attributes(node.attributes));
const axisAttribute = plain<'Softmax' | 'Concat' | 'Gather'>(({ axis }) => ({ axis }));
/** In opset 20 the axes of ReduceSum are an operand, and so are those of the others since opset 18. */
const reduce: Lowering<'ReduceSum' | 'ReduceMean' | 'ReduceMax'> = (node, { encoder, inputs, outputs }) =>
  encoder.emit(node.op, [inputs[0]!, encoder.int64(node.attributes.axes)], outputs, {
    keepdims: node.attributes.keepDims ? 1 : 0,
  });

const angle: Lowering<'Sin' | 'Cos'> = (node, { encoder, inputs, outputs }) =>
  encoder.target === 'device'
    ? emitAngle(node.op, inputs[0]!, outputs[0]!, encoder)
    : encoder.emit(node.op, inputs, outputs, {});

/** Beyond every dimension, as the end of a slice. */
const END = Number.MAX_SAFE_INTEGER;

export const LOWERINGS: { readonly [P in Op]: Lowering<P> } = {
  Neg: plain(),
  Exp: plain(),
  Log: plain(),
  Sqrt: plain(),
  Reciprocal: plain(),
  Sigmoid: plain(),
  Tanh: plain(),
  Cos: angle,
  Sin: angle,
  Silu: (_, { encoder, inputs, outputs }) => {
    encoder.emit('Sigmoid', inputs, [outputs[1]!], {});
    encoder.emit('Mul', [inputs[0]!, outputs[1]!], [outputs[0]!], {});
  },
  Not: plain(),
  Cast: plain(({ to }) => ({ to: ELEMENT_TYPE[to] })),
  Add: plain(),
  Sub: plain(),
  Mul: plain(),
  Div: plain(),
  Min: plain(),
  Max: plain(),
  Equal: plain(),
  Less: plain(),
  LessOrEqual: plain(),
  And: plain(),
  Or: plain(),
  Where: plain(),
  ReduceSum: reduce,
  ReduceMean: reduce,
  ReduceMax: reduce,
  Softmax: axisAttribute,
  LogSoftmax: (node, { encoder, inputs, outputs }) => {
    const { axis } = node.attributes;
    const { shape } = node.inputs[0]!;
    const size = shape[axis]!;
    const block = typeof size === 'number' && axis === shape.length - 1 ? blockOf(size) : undefined;
    // WebGPU has no LogSoftmax: the CPU would get all logits.
    const composed = block !== undefined || (encoder.target === 'device' && axis === shape.length - 1);
    if (!composed) return encoder.emit('LogSoftmax', inputs, outputs, { axis });
    const { below, total } = exponentials(node, encoder, inputs[0]!, block);
    encoder.emit('Sub', [below, encoder.derive('Log', [total])], outputs, {});
  },
  LogSumExp: (node, { encoder, inputs, outputs }) => {
    const [sum, masses, total] = outputs as [string, string, string];
    const size = node.inputs[0]!.shape.at(-1)!;
    const block = typeof size === 'number' ? blockOf(size) : undefined;
    const { top } = exponentials(node, encoder, inputs[0]!, block, { masses, total });
    encoder.emit('Add', [encoder.derive('Log', [total]), top], [sum], {});
  },
  CumSum: (node, { encoder, inputs, outputs }) =>
    encoder.emit('CumSum', [inputs[0]!, encoder.int64([node.attributes.axis], [])], outputs, {}),
  RmsNormalise: (node, { encoder, inputs, outputs }) => {
    const [x] = inputs as [string];
    const mean = encoder.derive('ReduceMean', [encoder.derive('Mul', [x, x]), encoder.int64([-1])], {
      keepdims: 1,
    });
    const root = encoder.derive('Sqrt', [
      encoder.derive('Add', [mean, encoder.float(node.attributes.epsilon)]),
    ]);
    encoder.emit('Reciprocal', [root], [outputs[1]!], {});
    encoder.emit('Mul', [x, outputs[1]!], [outputs[0]!], {});
  },
  ArgMax: plain(({ axis }) => ({ axis, keepdims: 0 })),
  Sort: (node, { encoder, inputs, outputs }) => {
    const { axis } = node.attributes;
    const size = encoder.int64([node.inputs[0]!.shape[axis] as number]);
    encoder.emit('TopK', [inputs[0]!, size], outputs, { axis, largest: 1, sorted: 1 });
  },
  Reshape: (node, { encoder, inputs, outputs }) =>
    encoder.emit(
      'Reshape',
      [inputs[0]!, encoder.shape(node.attributes.shape, node.inputs[0]!.shape)],
      outputs,
      {},
    ),
  Expand: (node, { encoder, inputs, outputs }) =>
    encoder.emit('Expand', [inputs[0]!, encoder.shape(node.attributes.shape)], outputs, {}),
  Transpose: plain(({ perm }) => ({ perm })),
  Concat: axisAttribute,
  Slice: (node, { encoder, inputs, outputs }) => {
    const { axis, start, end } = node.attributes;
    const operands = [inputs[0]!, encoder.int64([start]), encoder.int64([end]), encoder.int64([axis])];
    encoder.emit('Slice', operands, outputs, {});
  },
  Split: (node, { encoder, inputs, outputs }) => {
    const { axis, sizes } = node.attributes;
    if (sizes.every((size) => typeof size === 'number')) {
      return encoder.emit('Split', [inputs[0]!, encoder.int64(sizes)], outputs, { axis });
    }
    // As slices, which need no size of the last part: it may be one that grows in a loop.
    let start = encoder.int64([0]);
    outputs.forEach((output, part) => {
      const last = part === outputs.length - 1;
      const size = last ? undefined : encoder.size(sizes[part]!);
      const end = size === undefined ? encoder.int64([END]) : encoder.derive('Add', [start, size]);
      encoder.emit('Slice', [inputs[0]!, start, end, encoder.int64([axis])], [output], {});
      start = end;
    });
  },
  Gather: axisAttribute,
  GatherElements: plain(() => ({ axis: -1 })),
  ScatterAdd: (_, { encoder, inputs, outputs }) => {
    const [data, rows, updates] = inputs as [string, string, string];
    const indices = encoder.derive('Unsqueeze', [rows, encoder.int64([-1])]);
    encoder.emit('ScatterND', [data, indices, updates], outputs, { reduction: 'add' });
  },
  ScatterElementsAdd: (node, { encoder, inputs, outputs }) => {
    const zeros = encoder.derive('Expand', [encoder.float(0), encoder.shape(node.outputs[0]!.shape)]);
    encoder.emit('ScatterElements', [zeros, ...inputs], outputs, { axis: -1, reduction: 'add' });
  },
  Iota: (node, { encoder, outputs }) => {
    const end = encoder.derive('Squeeze', [encoder.size(node.attributes.dim), encoder.int64([0])]);
    encoder.emit('Range', [encoder.int64([0], []), end, encoder.int64([1], [])], outputs, {});
  },
  MatMul: plain(),
  Gemm: plain(({ transA, transB }) => ({ transA: transA ? 1 : 0, transB: transB ? 1 : 0 })),
  Loop: plain(({ body }) => ({ body: { graph: body } })),
};

/** e^(x - max x) over the last axis and their sum, which is added up in blocks of this size. */
function exponentials(
  node: Node,
  encoder: Emitter,
  x: string,
  block: number | undefined,
  names?: { readonly masses: string; readonly total: string },
): { readonly top: string; readonly below: string; readonly total: string } {
  const { shape } = node.inputs[0]!;
  const last = encoder.int64([-1]);
  const top = encoder.derive('ReduceMax', [x, last], { keepdims: 1 });
  const below = encoder.derive('Sub', [x, top]);
  const masses = encoder.named('Exp', [below], names?.masses);
  let sums = masses;
  if (block !== undefined) {
    const blocks = encoder.shape([...shape.slice(0, -1), (shape.at(-1) as number) / block, block], shape);
    sums = encoder.derive('ReduceSum', [encoder.derive('Reshape', [masses, blocks]), last], { keepdims: 0 });
  }
  const total = encoder.named('ReduceSum', [sums, last], names?.total, { keepdims: 1 });
  return { top, below, total };
}

/**
 * The kernel of LogSoftmax adds up one after the other in float32, which is biased by 1e-4 at 262,144 columns. Axes
 * wider than this are added up in blocks; undefined for others, and where no fit block divides the axis.
 */
const WIDE_AXIS = 2 ** 16;
function blockOf(size: number): number | undefined {
  if (size <= WIDE_AXIS) return undefined;
  for (let block = 1024; block >= 32; block--) if (size % block === 0) return block;
  return undefined;
}
