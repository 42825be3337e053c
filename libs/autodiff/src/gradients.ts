/**
 * Reverse-mode differentiation, graph to graph: walks the nodes of a scope backwards from given values and appends to
 * the same scope the nodes that compute gradients. What does not lie between the wanted values and the given ones gets
 * no nodes. Not for second derivatives of SiLU and RMS normalisation, nor through loops (differentiate inside their
 * bodies).
 */
import { invariant } from '@soar/core';
import {
  add,
  describe,
  expand,
  gemm,
  scalar,
  scatterAdd,
  type Graph,
  type Node,
  type Op,
  type Tensor,
} from '@soar/onnx';
import { VJP_RULES, type VjpRule } from './rules.js';

/** How gradients that a value gets from several places are added up. */
export type GradientSum = (before: Tensor, gradient: Tensor) => Tensor;

/**
 * The gradients of `loss` (a float32 scalar) in each of `wrt`, in their order and shapes. A value that the loss does
 * not depend on gets zeros. `wrt` may live in scopes around that of `loss`, and are taken as independent variables:
 * where one is computed from another, no gradient flows on through it.
 */
export function gradients(loss: Tensor, wrt: readonly Tensor[], sum: GradientSum = add): Tensor[] {
  invariant(
    loss.dtype === 'float32' && loss.shape.length === 0,
    () => `gradients: the loss must be a float32 scalar, got ${describe(loss)}`,
  );
  return vectorJacobian([loss], [scalar(loss, 1)], wrt, sum);
}

/**
 * Vector-Jacobian product: the gradients of sum_i <cotangents_i, outputs_i> in each of `wrt`. All outputs share a
 * scope.
 */
export function vectorJacobian(
  outputs: readonly Tensor[],
  cotangents: readonly Tensor[],
  wrt: readonly Tensor[],
  sum: GradientSum = add,
): Tensor[] {
  const [first] = outputs;
  invariant(
    first !== undefined &&
      outputs.every((y) => y.graph === first.graph) &&
      outputs.length === cotangents.length,
    'vectorJacobian: needs outputs of one scope and a cotangent for each',
  );
  const gradientOf = new Map<number, Tensor>();
  const accumulate = (x: Tensor, dx: Tensor): void => {
    const before = gradientOf.get(x.id);
    gradientOf.set(x.id, before === undefined ? dx : sum(before, dx));
  };
  outputs.forEach((y, i) => accumulate(y, cotangents[i]!));
  for (const node of nodesBetween(first.graph, wrt, outputs).reverse()) {
    const dys = node.outputs.map((y) => gradientOf.get(y.id));
    const dy = dys[0] ?? dys.find((d) => d !== undefined);
    if (dy === undefined) continue;
    const rule = VJP_RULES[node.op] as VjpRule<Op>;
    rule(node, dy, dys).forEach((dx, i) => {
      const x = node.inputs[i]!;
      if (dx !== undefined && x.dtype === 'float32') accumulate(x, dx);
    });
  }
  return wrt.map((x) => gradientOf.get(x.id) ?? expand(scalar(first, 0), x.shape));
}

/**
 * The sum of two gradients in the same value. Where a product makes the second, it is added to the first by the product
 * itself; where it is scattered into zeros, as that of a gather is, it is scattered onto the first. Neither takes
 * memory of the value's size beside the sum.
 */
export function addGradient(base: Tensor, gradient: Tensor): Tensor {
  const { producer } = gradient;
  if (producer?.op === 'Gemm' && producer.inputs.length === 2) {
    const [a, b] = producer.inputs as [Tensor, Tensor];
    return gemm(a, b, { ...(producer as Node<'Gemm'>).attributes, onto: base });
  }
  if (producer?.op === 'ScatterAdd' && isZero(producer.inputs[0]!)) {
    return scatterAdd(base, producer.inputs[1]!, producer.inputs[2]!);
  }
  return add(base, gradient);
}

function isZero({ producer }: Tensor): boolean {
  const constant = producer?.op === 'Expand' ? producer.inputs[0]!.constant : undefined;
  return constant?.length === 1 && constant[0] === 0;
}

/** The nodes of `scope`, and of those around it, that depend on `from` and that `to` depend on, in order. */
function nodesBetween(scope: Graph, from: readonly Tensor[], to: readonly Tensor[]): Node[] {
  const scopes: Graph[] = [];
  for (let s: Graph | undefined = scope; s !== undefined; s = s.parent) scopes.unshift(s);
  const nodes = scopes.flatMap((s) => s.nodes);
  const variables = new Set(from.map((tensor) => tensor.id));
  const depends = new Set(variables);
  const forward = nodes.filter((node) => {
    if (node.outputs.some((output) => variables.has(output.id))) return false;
    if (!node.inputs.some((input) => depends.has(input.id))) return false;
    for (const output of node.outputs) depends.add(output.id);
    return true;
  });
  const needed = new Set(to.map((tensor) => tensor.id));
  const path: Node[] = [];
  for (const node of forward.reverse()) {
    if (!node.outputs.some((output) => needed.has(output.id))) continue;
    for (const input of node.inputs) needed.add(input.id);
    path.unshift(node);
  }
  return path;
}
