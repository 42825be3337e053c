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
import { endsLast, liveNodes } from './live.js';
import type { Attributes, AttributeValue, Emitter } from './emitter.js';
import { externalEntries, type ExternalData } from './external-data.js';
import { ELEMENT_TYPE, LOWERINGS } from './lowerings.js';
import type { Dim, DType, Shape } from './tensor.js';

const IR_VERSION = 10;
const OPSET = 20;
/** TensorProto.DataLocation. */
const EXTERNAL = 1;

/**
 * Where a model is to run: `host`, or `device` for a provider that leaves some operations to the CPU, and with them
 * what they read and write. Those are written by others there, which round otherwise.
 */
export type Target = 'host' | 'device';

/**
 * The bytes of an ONNX model that holds `graph`, without the inputs that nothing uses. Inputs that `frozen` names are
 * initializers with their values elsewhere: whoever runs the model does not give them, and sessions map one copy of the
 * file.
 */
export function encodeModel(
  graph: Graph,
  frozen: ReadonlyMap<string, ExternalData> = new Map(),
  target: Target = 'host',
): Uint8Array {
  const model = new BinaryWriter();
  model.tag(1, WireType.Varint).int64(IR_VERSION);
  model.tag(2, WireType.LengthDelimited).string('soar');
  const shared = { dims: new DimTable(graph), renamed: new Map(), read: new Set<string>(), frozen, target };
  message(model, 7, (w) => new GraphEncoder(graph, shared).write(w));
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
  readonly target: Target;
}

class GraphEncoder implements Emitter {
  private readonly nodes: Uint8Array[] = [];
  private readonly initializers: Uint8Array[] = [];
  /** Names of the constants that lowering needs, by their content. */
  private readonly literals = new Map<string, string>();
  private serial = 0;

  constructor(
    private readonly graph: Graph,
    private readonly shared: Shared,
  ) {}

  get target(): Target {
    return this.shared.target;
  }

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
    for (const node of endsLast(liveNodes(this.graph))) this.lower(node);
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
   * A shape as an int64 tensor. For a Reshape `of` another shape a single unknown dimension is written -1, and where
   * there are more, 0 those that stay where they are.
   */
  shape(shape: Shape, of?: Shape): string {
    const unknown = (dim: Dim): boolean => typeof dim === 'string';
    const stays =
      shape.filter(unknown).length > 1 ? shape.map((dim, i) => unknown(dim) && dim === of?.[i]) : [];
    const left = shape.filter((dim, i) => unknown(dim) && !stays[i]).length;
    if (left === 0 || (of !== undefined && left === 1)) {
      return this.int64(shape.map((dim, i) => (typeof dim === 'number' ? dim : stays[i] ? 0 : -1)));
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

function externalData(w: BinaryWriter, place: ExternalData): void {
  for (const [key, value] of externalEntries(place)) {
    message(w, 13, (entry) => {
      entry.tag(1, WireType.LengthDelimited).string(key);
      entry.tag(2, WireType.LengthDelimited).string(value);
    });
  }
  w.tag(14, WireType.Varint).int32(EXTERNAL);
}

function message(w: BinaryWriter, field: number, write: (w: BinaryWriter) => void): void {
  w.tag(field, WireType.LengthDelimited).fork();
  write(w);
  w.join();
}
