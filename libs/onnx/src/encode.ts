/**
 * ONNX encoding: a graph to the bytes of a ModelProto (onnx.proto3, IR version 10, opset 20).
 *
 * Written with the wire-format writer of protobuf-es and the field numbers of onnx.proto3, because the schema is on no
 * package and we use a small, frozen part of it. Shapes that are attributes here become int64 tensors: known ones are
 * constants, named dimensions are read from the graph input that declares them. Not a reader: nothing here needs one.
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { invariant } from '@soar/core';
import type { Graph, Node, Tensor } from './graph.js';
import { liveNodes } from './live.js';
import type { Op, OpAttributes } from './ops.js';
import type { Dim, DType, Shape } from './tensor.js';

const IR_VERSION = 10;
const OPSET = 20;
/** TensorProto.DataLocation. */
const EXTERNAL = 1;
const ELEMENT_TYPE: Record<DType, number> = { float32: 1, int64: 7, bool: 9 };

type AttributeValue = number | readonly number[] | string | { readonly graph: Graph };
type Attributes = Readonly<Record<string, AttributeValue>>;

/** Where the values of an input lie that never change: in a file beside the model's, as float32. */
export interface ExternalData {
  readonly file: string;
  /** Position of the first byte; a multiple of the page size can be mapped into memory. */
  readonly offset: number;
  readonly length: number;
}

/**
 * The bytes of an ONNX model that holds `graph`, without the inputs that nothing uses. Inputs that `frozen` names are
 * initializers with their values elsewhere: whoever runs the model does not give them, and sessions map one copy of the
 * file.
 */
export function encodeModel(graph: Graph, frozen: ReadonlyMap<string, ExternalData> = new Map()): Uint8Array {
  const model = new BinaryWriter();
  model.tag(1, WireType.Varint).int64(IR_VERSION);
  model.tag(2, WireType.LengthDelimited).string('soar');
  message(model, 7, (w) =>
    new GraphEncoder(graph, { dims: new DimTable(graph), renamed: new Map(), read: new Set(), frozen }).write(
      w,
    ),
  );
  message(model, 8, (w) => w.tag(2, WireType.Varint).int64(OPSET));
  return model.finish();
}

/**
 * Names of values that hold the size of a named dimension, as int64[1], made once at the head of the outermost graph.
 */
class DimTable {
  readonly sources = new Map<string, { readonly input: Tensor; readonly axis: number }>();
  readonly used = new Set<string>();
  constructor(graph: Graph) {
    for (const input of graph.inputs) {
      input.shape.forEach((dim, axis) => {
        if (typeof dim === 'string' && !this.sources.has(dim)) this.sources.set(dim, { input, axis });
      });
    }
  }
  nameOf(dim: string, graph: string): string {
    invariant(this.sources.has(dim), `encode ${graph}: no input declares the dimension '${dim}'`);
    this.used.add(dim);
    return `dim_${dim}`;
  }
}

/** What the encoders of a graph and of its loop bodies share. */
interface Shared {
  readonly dims: DimTable;
  /** Names of values that are written straight into an output, by id. */
  readonly renamed: Map<number, string>;
  /** Names of values that a node reads. */
  readonly read: Set<string>;
  readonly frozen: ReadonlyMap<string, ExternalData>;
}

class GraphEncoder {
  private readonly nodes: Uint8Array[] = [];
  private readonly initializers: Uint8Array[] = [];
  /** Names of the constants that lowering needs, by their content. */
  private readonly literals = new Map<string, string>();
  private serial = 0;

  constructor(
    private readonly graph: Graph,
    private readonly shared: Shared,
  ) {}

  private nameOf(tensor: Tensor): string {
    return this.shared.renamed.get(tensor.id) ?? tensor.name;
  }

  /** Writes the fields of a GraphProto. */
  write(w: BinaryWriter): void {
    // An output made here takes its name from the start: an Identity would copy it, in a loop every round.
    const copied = this.graph.outputs.filter(({ name, tensor }) => {
      const makesItself = tensor.producer !== undefined && tensor.graph === this.graph;
      if (!makesItself || this.shared.renamed.has(tensor.id)) return true;
      this.shared.renamed.set(tensor.id, name);
      return false;
    });
    for (const tensor of this.graph.constants) this.initializer(tensor.name, tensor);
    for (const node of liveNodes(this.graph)) this.lower(node);
    for (const { name, tensor } of copied) this.emit('Identity', [this.nameOf(tensor)], [name], {});
    if (this.graph.parent === undefined) {
      // The sizes of named dimensions come first: everything may use them, loop bodies too.
      const body = this.nodes.splice(0);
      for (const dim of this.shared.dims.used) {
        const { input, axis } = this.shared.dims.sources.get(dim)!;
        this.emit('Shape', [input.name], [`dim_${dim}`], { start: axis, end: axis + 1 });
      }
      this.nodes.push(...body);
    }
    for (const node of this.nodes) w.tag(1, WireType.LengthDelimited).bytes(node);
    w.tag(2, WireType.LengthDelimited).string(this.graph.name);
    for (const input of this.graph.inputs) {
      const data = this.shared.frozen.get(input.name);
      if (this.graph.parent === undefined && !this.shared.read.has(input.name)) continue;
      if (data === undefined) message(w, 11, (v) => valueInfo(v, input));
      else this.initializer(input.name, input, (values) => externalData(values, data));
    }
    for (const bytes of this.initializers) w.tag(5, WireType.LengthDelimited).bytes(bytes);
    for (const { name, tensor } of this.graph.outputs)
      message(w, 12, (v) => valueInfo(v, { ...tensor, name }));
  }

  private lower(node: Node): void {
    const inputs = node.inputs.map((tensor) => this.nameOf(tensor));
    const outputs = node.outputs.map((tensor) => this.nameOf(tensor));
    LOWERINGS[node.op](node as never, { encoder: this, inputs, outputs });
  }

  emit(opType: string, inputs: readonly string[], outputs: readonly string[], attributes: Attributes): void {
    const w = new BinaryWriter();
    for (const name of inputs) {
      w.tag(1, WireType.LengthDelimited).string(name);
      this.shared.read.add(name);
    }
    for (const name of outputs) w.tag(2, WireType.LengthDelimited).string(name);
    w.tag(3, WireType.LengthDelimited).string(outputs[0]!);
    w.tag(4, WireType.LengthDelimited).string(opType);
    for (const [name, value] of Object.entries(attributes))
      message(w, 5, (a) => this.attribute(a, name, value));
    this.nodes.push(w.finish());
  }

  /** Emits a node whose one output is new, and returns its name. */
  derive(opType: string, inputs: readonly string[], attributes: Attributes = {}): string {
    const name = `${this.graph.name}_${opType.toLowerCase()}_${this.serial++}`;
    this.emit(opType, inputs, [name], attributes);
    return name;
  }

  /** Emits a node whose one output has this name, or a new one; returns it. */
  named(opType: string, inputs: readonly string[], name?: string, attributes: Attributes = {}): string {
    if (name === undefined) return this.derive(opType, inputs, attributes);
    this.emit(opType, inputs, [name], attributes);
    return name;
  }

  int64(values: readonly number[], shape: Shape = [values.length]): string {
    const key = `${values.join(',')}|${shape.length}`;
    const known = this.literals.get(key);
    if (known !== undefined) return known;
    const name = `${this.graph.name}_ints_${this.literals.size}`;
    this.literals.set(key, name);
    this.initializer(name, { dtype: 'int64', shape, constant: values });
    return name;
  }

  /** A float32 scalar. */
  float(value: number): string {
    const known = this.literals.get(`float ${value}`);
    if (known !== undefined) return known;
    const name = `${this.graph.name}_float_${this.literals.size}`;
    this.literals.set(`float ${value}`, name);
    this.initializer(name, { dtype: 'float32', shape: [], constant: Float32Array.of(value) });
    return name;
  }

  /**
   * A shape as an int64 tensor. Where `inferOne` holds, a single unknown dimension is written -1, as Reshape allows.
   */
  shape(shape: Shape, inferOne: boolean): string {
    const unknown = shape.filter((dim) => typeof dim === 'string');
    if (unknown.length === 0 || (inferOne && unknown.length === 1)) {
      return this.int64(shape.map((dim) => (typeof dim === 'string' ? -1 : dim)));
    }
    return this.derive(
      'Concat',
      shape.map((dim) => this.size(dim)),
      { axis: 0 },
    );
  }

  /** The size of one dimension as int64[1]. */
  size(dim: Dim): string {
    if (typeof dim === 'number') return this.int64([dim]);
    const parts = dim
      .split('*')
      .map((part) =>
        /^\d+$/.test(part) ? this.int64([Number(part)]) : this.shared.dims.nameOf(part, this.graph.name),
      );
    return parts.reduce((a, b) => this.derive('Mul', [a, b]));
  }

  private attribute(w: BinaryWriter, name: string, value: AttributeValue): void {
    w.tag(1, WireType.LengthDelimited).string(name);
    if (typeof value === 'number') {
      w.tag(3, WireType.Varint).int64(value);
      w.tag(20, WireType.Varint).int32(2);
    } else if (typeof value === 'string') {
      w.tag(4, WireType.LengthDelimited).string(value);
      w.tag(20, WireType.Varint).int32(3);
    } else if ('graph' in value) {
      message(w, 6, (g) => new GraphEncoder(value.graph, this.shared).write(g));
      w.tag(20, WireType.Varint).int32(5);
    } else {
      for (const item of value) w.tag(8, WireType.Varint).int64(item);
      w.tag(20, WireType.Varint).int32(7);
    }
  }

  private initializer(
    name: string,
    tensor: Pick<Tensor, 'dtype' | 'shape' | 'constant'>,
    values = (w: BinaryWriter): unknown =>
      w.tag(9, WireType.LengthDelimited).bytes(rawData(tensor.dtype, tensor.constant!)),
  ): void {
    const w = new BinaryWriter();
    for (const dim of tensor.shape) {
      invariant(typeof dim === 'number', `encode: the constant ${name} has the named dimension '${dim}'`);
      w.tag(1, WireType.Varint).int64(dim);
    }
    w.tag(2, WireType.Varint).int32(ELEMENT_TYPE[tensor.dtype]);
    w.tag(8, WireType.LengthDelimited).string(name);
    values(w);
    this.initializers.push(w.finish());
  }
}

interface Site {
  readonly encoder: GraphEncoder;
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

/** Beyond every dimension, as the end of a slice. */
const END = Number.MAX_SAFE_INTEGER;

const LOWERINGS: { readonly [P in Op]: Lowering<P> } = {
  Neg: plain(),
  Exp: plain(),
  Log: plain(),
  Sqrt: plain(),
  Reciprocal: plain(),
  Sigmoid: plain(),
  Tanh: plain(),
  Cos: plain(),
  Sin: plain(),
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
    if (block === undefined) return encoder.emit('LogSoftmax', inputs, outputs, { axis });
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
    encoder.emit('Reshape', [inputs[0]!, encoder.shape(node.attributes.shape, true)], outputs, {}),
  Expand: (node, { encoder, inputs, outputs }) =>
    encoder.emit('Expand', [inputs[0]!, encoder.shape(node.attributes.shape, false)], outputs, {}),
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
  ScatterAdd: (node, { encoder, inputs, outputs }) => {
    const shape = node.outputs[0]!.shape;
    const zeros = encoder.derive('Expand', [encoder.float(0), encoder.shape(shape, false)]);
    const indices = encoder.derive('Unsqueeze', [inputs[0]!, encoder.int64([-1])]);
    encoder.emit('ScatterND', [zeros, indices, inputs[1]!], outputs, { reduction: 'add' });
  },
  ScatterElementsAdd: (node, { encoder, inputs, outputs }) => {
    const zeros = encoder.derive('Expand', [encoder.float(0), encoder.shape(node.outputs[0]!.shape, false)]);
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
  encoder: GraphEncoder,
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
    const blocks = encoder.shape([...shape.slice(0, -1), (shape.at(-1) as number) / block, block], true);
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

function rawData(dtype: DType, data: ArrayLike<number>): Uint8Array {
  if (data instanceof Float32Array)
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  if (dtype === 'bool') return Uint8Array.from(data);
  if (dtype === 'float32') return new Uint8Array(Float32Array.from(data).buffer);
  return new Uint8Array(BigInt64Array.from(Array.from(data, (value) => BigInt(value))).buffer);
}

function valueInfo(w: BinaryWriter, value: { name: string; dtype: DType; shape: Shape }): void {
  w.tag(1, WireType.LengthDelimited).string(value.name);
  message(w, 2, (type) =>
    message(type, 1, (tensor) => {
      tensor.tag(1, WireType.Varint).int32(ELEMENT_TYPE[value.dtype]);
      message(tensor, 2, (shape) => {
        for (const dim of value.shape) {
          message(shape, 1, (d) => {
            if (typeof dim === 'number') d.tag(1, WireType.Varint).int64(dim);
            else d.tag(2, WireType.LengthDelimited).string(dim);
          });
        }
      });
    }),
  );
}

function externalData(w: BinaryWriter, { file, offset, length }: ExternalData): void {
  for (const [key, value] of Object.entries({ location: file, offset, length })) {
    message(w, 13, (entry) => {
      entry.tag(1, WireType.LengthDelimited).string(key);
      entry.tag(2, WireType.LengthDelimited).string(String(value));
    });
  }
  w.tag(14, WireType.Varint).int32(EXTERNAL);
}

function message(w: BinaryWriter, field: number, write: (w: BinaryWriter) => void): void {
  w.tag(field, WireType.LengthDelimited).fork();
  write(w);
  w.join();
}
