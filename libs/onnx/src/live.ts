/**
 * Which nodes of a graph its outputs depend on, and the order in which they are encoded. Differentiation appends more
 * than is used; only what is used is encoded.
 */
import type { Graph, Node } from './graph.js';

/** The nodes that the outputs of `graph` need, in order. A loop needs what its body takes from around it. */
export function liveNodes(graph: Graph): Node[] {
  const needed = new Set<number>();
  markNeeded(graph, needed);
  return graph.nodes.filter((node) => node.outputs.some((output) => needed.has(output.id)));
}

function markNeeded(graph: Graph, needed: Set<number>): void {
  for (const { tensor } of graph.outputs) needed.add(tensor.id);
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((output) => needed.has(output.id))) continue;
    for (const input of node.inputs) needed.add(input.id);
    if (node.op === 'Loop') markNeeded((node as Node<'Loop'>).attributes.body, needed);
  }
}

/**
 * The same nodes in an order in which ONNX Runtime takes each value as soon as it can be made. It walks a graph depth
 * first from its ends, the nodes whose outputs no other node reads, and begins with the last. So the ends come last,
 * those that can be made first behind the others. As they were appended, the gradients of all weights would be made
 * after the whole backward pass, and everything that they need would be kept until then.
 */
export function endsLast(nodes: readonly Node[]): Node[] {
  const reads = new Map(nodes.map((node) => [node, readsOf(node)]));
  const read = new Set([...reads.values()].flat());
  const places = new Map(nodes.flatMap(({ outputs }, place) => outputs.map(({ id }) => [id, place])));
  const readyAt = (node: Node): number =>
    reads.get(node)!.reduce((last, id) => Math.max(last, places.get(id) ?? -1), -1);
  const isEnd = ({ outputs }: Node): boolean => !outputs.some(({ id }) => read.has(id));
  const ends = nodes.filter(isEnd).map((node) => ({ node, ready: readyAt(node) }));
  ends.sort((a, b) => b.ready - a.ready);
  return [...nodes.filter((node) => !isEnd(node)), ...ends.map(({ node }) => node)];
}

/** The ids of the values that a node reads; those of a loop are also what its body takes from around it. */
function readsOf({ inputs, op, attributes }: Node): number[] {
  const own = inputs.map(({ id }) => id);
  if (op !== 'Loop') return own;
  const { body } = attributes as Node<'Loop'>['attributes'];
  return [...own, ...body.outputs.map(({ tensor }) => tensor.id), ...body.nodes.flatMap(readsOf)];
}
