/**
 * Graphs under construction: scopes of nodes, inputs, constants and outputs. A graph is appended to and never
 * rewritten; nodes stand in an order in which every value is made before it is used.
 */
import { invariant } from '@soar/core';
import { inferTypes } from './infer.js';
import type { Op, OpAttributes } from './ops.js';
import type { ConstantData, DType, Shape, TensorType } from './tensor.js';

/** Handle of a value in a graph. `constant` is set where the value is known when the graph is built. */
export interface Tensor extends TensorType {
  readonly id: number;
  readonly name: string;
  /** The graph whose scope the value lives in; bodies of loops see the values of the graphs around them. */
  readonly graph: Graph;
  /** The node that makes the value; undefined for inputs and constants. */
  readonly producer: Node | undefined;
  readonly constant: ConstantData | undefined;
}

/** One application of an operation. */
export interface Node<P extends Op = Op> {
  readonly op: P;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attributes: OpAttributes<Graph>[P];
}

export class Graph {
  readonly inputs: Tensor[] = [];
  readonly outputs: { readonly name: string; readonly tensor: Tensor }[] = [];
  readonly constants: Tensor[] = [];
  readonly nodes: Node[] = [];
  /** Number of scopes around this one. */
  readonly depth: number;
  private readonly counter: { next: number };
  private readonly scalars = new Map<string, Tensor>();

  constructor(
    readonly name: string,
    readonly parent?: Graph,
  ) {
    this.depth = parent === undefined ? 0 : parent.depth + 1;
    this.counter = parent === undefined ? { next: 0 } : parent.counter;
  }

  /** Declares an input. Names are unique in a graph. */
  input(name: string, dtype: DType, shape: Shape): Tensor {
    invariant(
      !this.inputs.some((input) => input.name === name),
      () => `graph ${this.name}: input ${name} is declared twice`,
    );
    const tensor = this.tensor(dtype, shape, { name });
    this.inputs.push(tensor);
    return tensor;
  }

  /** Declares an output; the same value may stand under several names. */
  output(name: string, tensor: Tensor): void {
    this.outputs.push({ name, tensor });
  }

  /** A value known now. Equal scalars are made once. */
  constant(dtype: DType, shape: Shape, data: ConstantData): Tensor {
    const key = shape.length === 0 ? `${dtype}:${data[0]}` : undefined;
    const known = key === undefined ? undefined : this.scalars.get(key);
    if (known !== undefined) return known;
    const tensor = this.tensor(dtype, shape, { constant: data });
    this.constants.push(tensor);
    if (key !== undefined) this.scalars.set(key, tensor);
    return tensor;
  }

  /** Appends a node, after checking its operands, and returns its outputs. */
  append<P extends Op>(
    op: P,
    inputs: readonly Tensor[],
    attributes: OpAttributes<Graph>[P],
  ): readonly Tensor[] {
    const outputs: Tensor[] = [];
    const node = { op, inputs, outputs, attributes } as Node<P>;
    for (const type of inferTypes({ op, inputs, attributes })) {
      outputs.push(this.tensor(type.dtype, type.shape, { producer: node }));
    }
    this.nodes.push(node);
    return outputs;
  }

  /** Whether values of `scope` can be used here: it is this graph or one around it. */
  sees(scope: Graph): boolean {
    return scope === this || (this.parent?.sees(scope) ?? false);
  }

  private tensor(
    dtype: DType,
    shape: Shape,
    rest: { name?: string; producer?: Node; constant?: ConstantData },
  ): Tensor {
    const id = this.counter.next++;
    return {
      id,
      name: rest.name ?? `${rest.producer?.op.toLowerCase() ?? 'constant'}_${id}`,
      dtype,
      shape,
      graph: this,
      producer: rest.producer,
      constant: rest.constant,
    };
  }
}

/**
 * The innermost scope among the operands': a node lives there, so what does not depend on a loop is made outside it.
 */
export function scopeOf(op: string, inputs: readonly Tensor[]): Graph {
  const [first, ...rest] = inputs;
  invariant(first !== undefined, `${op}: has no operands`);
  let scope = first.graph;
  for (const tensor of rest) {
    if (tensor.graph.sees(scope)) scope = tensor.graph;
    else invariant(scope.sees(tensor.graph), `${op}: operands live in scopes that do not see each other`);
  }
  return scope;
}
