/**
 * A graph in half precision: products of matrices, and what only passes their results on, are in float16, everything
 * else in float32. A rewriting of the finished graph, so that models, losses and their gradients are written once.
 *
 * float16 has 11 bits and ends at 65,504. So sums (reductions, norms, softmax, log-probabilities, gradients that are
 * added up), functions that grow quickly, squares, and rows that are taken out of a matrix by token (the residual
 * stream begins with them) stay in float32. The same rules as mixed precision elsewhere (Micikevicius et al., arXiv
 * 1710.03740), but for the rows. Results that a product is added to in float32 are rounded to float16 before.
 */
import { invariant } from '@soar/core';
import { Graph, type Node, type Tensor } from './graph.js';
import type { Op } from './ops.js';
import type { DType } from './tensor.js';

/** Pass on what they are given, whatever it is; the others of their operands are indices. */
const MOVES: ReadonlySet<Op> = new Set<Op>(['Reshape', 'Expand', 'Transpose', 'Slice', 'Split', 'Gather']);
/** In float16 where all their operands are, constants aside. */
const FOLLOWS: ReadonlySet<Op> = new Set<Op>(['Neg', 'Silu', 'Add', 'Sub', 'Mul', 'Div', 'Where']);

/**
 * The same graph in half precision. Inputs and outputs that `isHalf` names are float16 themselves, all others stay as
 * they are.
 */
export function inHalf(graph: Graph, isHalf: (name: string) => boolean): Graph {
  const rewriting = new Rewriting();
  const half = new Graph(graph.name);
  for (const input of graph.inputs) {
    const dtype = input.dtype === 'float32' && isHalf(input.name) ? 'float16' : input.dtype;
    rewriting.set(input, half.input(input.name, dtype, input.shape));
  }
  rewriting.body(graph, half);
  for (const { name, tensor } of graph.outputs) {
    const dtype = tensor.dtype === 'float32' && isHalf(name) ? 'float16' : tensor.dtype;
    half.output(name, rewriting.as(tensor, dtype));
  }
  return half;
}

class Rewriting {
  /** What stands for each value of the old graph. */
  private readonly values = new Map<number, Tensor>();
  /** Values in the other precision, by the id of the new value. */
  private readonly casts = new Map<number, Tensor>();

  set(old: Tensor, made: Tensor): void {
    this.values.set(old.id, made);
  }

  /** What stands for a value, in whatever precision it is. */
  private of(old: Tensor): Tensor {
    const made = this.values.get(old.id);
    invariant(made !== undefined, `half precision: ${old.name} is used before it is made`);
    return made;
  }

  as(old: Tensor, dtype: DType): Tensor {
    return this.cast(this.of(old), dtype);
  }

  /** Casts stand where the value does, so that a loop does not repeat those of what is around it. */
  private cast(x: Tensor, to: DType): Tensor {
    if (x.dtype === to) return x;
    const known = this.casts.get(x.id);
    if (known !== undefined) return known;
    const made = x.graph.append('Cast', [x], { to })[0]!;
    this.casts.set(x.id, made);
    return made;
  }

  /** Constants and nodes of `old` as those of `made`, whose inputs are known. */
  body(old: Graph, made: Graph): void {
    for (const tensor of old.constants) {
      this.set(tensor, made.constant(tensor.dtype, tensor.shape, tensor.constant!));
    }
    for (const node of old.nodes) this.node(node, made);
  }

  private node(node: Node, made: Graph): void {
    const outputs = node.op === 'Loop' ? this.loop(node as Node<'Loop'>, made) : this.plain(node, made);
    node.outputs.forEach((output, i) => this.set(output, outputs[i]!));
  }

  private plain(node: Node, made: Graph): readonly Tensor[] {
    const { op, inputs, attributes } = node;
    const append = (operands: readonly Tensor[]): readonly Tensor[] => made.append(op, operands, attributes);
    if (op === 'MatMul') return append(inputs.map((x) => this.as(x, 'float16')));
    if (op === 'Gemm') return [this.gemm(node as Node<'Gemm'>, made)];
    if (op === 'Gather' && isMatrixInput(this.of(inputs[0]!))) return this.rows(node, made);
    const float = (x: Tensor): boolean => x.dtype === 'float32';
    if (MOVES.has(op)) return append(inputs.map((x) => this.of(x)));
    const halves = inputs.filter((x) => float(x) && this.of(x).dtype === 'float16');
    const follows =
      op === 'Concat'
        ? halves.length > 0
        : FOLLOWS.has(op) &&
          halves.length > 0 &&
          inputs.every((x) => !float(x) || isScalar(x) || halves.includes(x)) &&
          !isSquare(node);
    return append(inputs.map((x) => (float(x) ? this.as(x, follows ? 'float16' : 'float32') : this.of(x))));
  }

  /** A product that is added to a sum in float32 is added there. */
  private gemm({ inputs, attributes }: Node<'Gemm'>, made: Graph): Tensor {
    const [a, b] = inputs.slice(0, 2).map((x) => this.as(x, 'float16')) as [Tensor, Tensor];
    const onto = inputs[2] && this.of(inputs[2]);
    if (onto?.dtype === 'float16') return made.append('Gemm', [a, b, onto], attributes)[0]!;
    const product = made.append('Gemm', [a, b], attributes)[0]!;
    return onto === undefined ? product : made.append('Add', [this.cast(product, 'float32'), onto], {})[0]!;
  }

  /** Rows of a matrix, picked before they are cast. */
  private rows({ inputs, attributes }: Node, made: Graph): readonly Tensor[] {
    const operands = inputs.map((x) => this.of(x));
    const picked = made.append('Gather', operands, attributes as Node<'Gather'>['attributes'])[0]!;
    return [this.cast(picked, 'float32')];
  }

  /** What is carried keeps the precision that it begins with; what is stacked up is in float32. */
  private loop(node: Node<'Loop'>, made: Graph): readonly Tensor[] {
    const { body, carried } = node.attributes;
    const operands = node.inputs.map((x) => this.of(x));
    const inner = new Graph(body.name, made);
    body.inputs.forEach((input, i) => {
      const dtype = i < 2 ? input.dtype : operands[i]!.dtype;
      this.set(input, inner.input(input.name, dtype, input.shape));
    });
    this.body(body, inner);
    body.outputs.forEach(({ name, tensor }, i) => {
      const dtype = i >= 1 && i <= carried ? operands[i + 1]!.dtype : tensor.dtype;
      inner.output(name, this.as(tensor, dtype));
    });
    return made.append('Loop', operands, { ...node.attributes, body: inner });
  }
}

function isScalar({ constant, shape }: Tensor): boolean {
  return constant !== undefined && shape.length === 0;
}

/** x x, which is beyond float16 from 256 on. */
function isSquare({ op, inputs }: Node): boolean {
  return op === 'Mul' && inputs[0]!.id === inputs[1]!.id;
}

/** Whether a value is a matrix that the graph is given in float16. */
function isMatrixInput({ dtype, producer, shape }: Tensor): boolean {
  return dtype === 'float16' && producer === undefined && shape.length === 2;
}
