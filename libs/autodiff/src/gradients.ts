/**
 * Reverse-mode differentiation, graph to graph: walks the nodes of a scope backwards from a scalar and appends to the
 * same scope the nodes that compute its gradients. What does not lie between the wanted values and the scalar gets no
 * nodes. Not for second derivatives of sampled or sorted values, nor through loops (differentiate inside their bodies).
 */
import { invariant } from '@soar/core';
import { add, describe, expand, scalar, type Graph, type Node, type Op, type Tensor } from '@soar/onnx';
import { VJP_RULES, type VjpRule } from './rules.js';

/**
 * The gradients of `loss` (a float32 scalar) in each of `wrt`, in their order and shapes. A value that the loss does not
 * depend on gets zeros. `wrt` may live in scopes around that of `loss`.
 */
export function gradients(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  invariant(
    loss.dtype === 'float32' && loss.shape.length === 0,
    () => `gradients: the loss must be a float32 scalar, got ${describe(loss)}`,
  );
  const path = nodesBetween(loss.graph, wrt, loss);
  const gradientOf = new Map<number, Tensor>([[loss.id, scalar(loss, 1)]]);
  for (const node of path.reverse()) {
    const dy = gradientOf.get(node.outputs[0]!.id);
    if (dy === undefined) continue;
    const rule = VJP_RULES[node.op] as VjpRule<Op>;
    rule(node, dy).forEach((dx, i) => {
      const x = node.inputs[i]!;
      if (dx === undefined || x.dtype !== 'float32') return;
      const before = gradientOf.get(x.id);
      gradientOf.set(x.id, before === undefined ? dx : add(before, dx));
    });
  }
  return wrt.map((x) => gradientOf.get(x.id) ?? expand(scalar(loss, 0), x.shape));
}

/** The nodes of `scope`, and of those around it, that depend on `from` and that `to` depends on, in order. */
function nodesBetween(scope: Graph, from: readonly Tensor[], to: Tensor): Node[] {
  const scopes: Graph[] = [];
  for (let s: Graph | undefined = scope; s !== undefined; s = s.parent) scopes.unshift(s);
  const nodes = scopes.flatMap((s) => s.nodes);
  const depends = new Set(from.map((tensor) => tensor.id));
  const forward = nodes.filter((node) => {
    if (!node.inputs.some((input) => depends.has(input.id))) return false;
    for (const output of node.outputs) depends.add(output.id);
    return true;
  });
  const needed = new Set([to.id]);
  const path: Node[] = [];
  for (const node of forward.reverse()) {
    if (!node.outputs.some((output) => needed.has(output.id))) continue;
    for (const input of node.inputs) needed.add(input.id);
    path.unshift(node);
  }
  return path;
}
