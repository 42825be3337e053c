/**
 * Evaluates a graph node by node in float64. The oracle of the tests: slow, plain, and independent of ONNX Runtime.
 */
import { invariant } from '@soar/core';
import type { Graph, Node, Op, Tensor } from '@soar/onnx';
import { KERNELS, type Context } from './kernels.js';
import { inHalf, value, type Value } from './value.js';

/** Outputs of `graph` by name, from its inputs by name. Named dimensions take their sizes from the inputs. */
export function evaluate(graph: Graph, feeds: Readonly<Record<string, Value>>): Record<string, Value> {
  const sizes = new Map<string, number>();
  const values = new Map<number, Value>();
  for (const input of graph.inputs) {
    const given = feeds[input.name];
    invariant(given !== undefined, `evaluate ${graph.name}: input ${input.name} is missing`);
    invariant(
      given.shape.length === input.shape.length && given.dtype === input.dtype,
      `evaluate ${graph.name}: input ${input.name} should be ${input.dtype}[${input.shape.join(',')}], ` +
        `got ${given.dtype}[${given.shape.join(',')}]`,
    );
    input.shape.forEach((dim, d) => {
      const got = given.shape[d]!;
      const expected = typeof dim === 'number' ? dim : (sizes.get(dim) ?? got);
      invariant(
        got === expected,
        `evaluate ${graph.name}: ${input.name} has ${got} for '${dim}', expected ${expected}`,
      );
      if (typeof dim === 'string') sizes.set(dim, got);
    });
    values.set(input.id, given);
  }
  run(graph, values, sizes);
  return Object.fromEntries(graph.outputs.map(({ name, tensor }) => [name, values.get(tensor.id)!]));
}

function run(graph: Graph, values: Map<number, Value>, sizes: ReadonlyMap<string, number>): void {
  const context: Context = {
    resolve: (shape) => shape.map((dim) => resolve(dim, sizes)),
    loop: (node, inputs) => runLoop(node, inputs, values, sizes),
  };
  for (const constant of graph.constants) {
    values.set(constant.id, value(constant.dtype, constant.shape as number[], constant.constant!));
  }
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((tensor) => valueOf(tensor, values));
    const kernel = KERNELS[node.op] as (inputs: Value[], node: Node<Op>, context: Context) => Value | Value[];
    const result = kernel(inputs, node, context);
    (Array.isArray(result) ? result : [result]).forEach((v, i) => {
      const { id, dtype } = node.outputs[i]!;
      values.set(id, dtype === 'float16' ? inHalf(v) : v);
    });
  }
}

function runLoop(
  node: Node<'Loop'>,
  [trips, goOn, ...initial]: readonly Value[],
  values: Map<number, Value>,
  sizes: ReadonlyMap<string, number>,
): Value[] {
  const { body, carried: count } = node.attributes;
  let carried = initial;
  let condition = goOn!;
  const scans: Value[][] = body.outputs.slice(1 + count).map(() => []);
  for (let i = 0; i < trips!.data[0]! && condition.data[0] !== 0; i++) {
    [value('int64', [], [i]), condition, ...carried].forEach((v, j) => values.set(body.inputs[j]!.id, v));
    run(body, values, sizes);
    const [next, ...rest] = body.outputs.map(({ tensor }) => valueOf(tensor, values));
    condition = next!;
    carried = rest.slice(0, count);
    rest.slice(count).forEach((v, j) => scans[j]!.push(v));
  }
  const stacked = scans.map((rounds): Value => {
    const [first] = rounds;
    invariant(first !== undefined, `Loop ${body.name}: ran no round, so the shape of its scans is not known`);
    const data = Float64Array.from(rounds.flatMap((v) => [...v.data]));
    return { dtype: first.dtype, shape: [rounds.length, ...first.shape], data };
  });
  return [...carried, ...stacked];
}

function valueOf(tensor: Tensor, values: ReadonlyMap<number, Value>): Value {
  const found = values.get(tensor.id);
  invariant(found !== undefined, `evaluate: ${tensor.name} is used before it is made`);
  return found;
}

function resolve(dim: number | string, sizes: ReadonlyMap<string, number>): number {
  if (typeof dim === 'number') return dim;
  return dim.split('*').reduce((product, part) => {
    if (/^\d+$/.test(part)) return product * Number(part);
    const size = sizes.get(part);
    invariant(size !== undefined, `evaluate: the dimension '${part}' has no size`);
    return product * size;
  }, 1);
}
