/** Which nodes of a graph its outputs depend on. Differentiation appends more than is used; only this is encoded. */
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
