/**
 * Every operation against a value written by hand, a gradient from finite differences, and a call that must be refused.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Graph, mul, rmsNormalise, silu, sumAll, type Op, type Tensor } from '@soar/onnx';
import { evaluate, value, type Value } from '@soar/reference';
import { checkGradients, OP_CASES, randomValue, type OpCase } from '@soar/testkit';
import { gradients } from './gradients.js';

const NAMES = ['a', 'b', 'c'];

function declare(graph: Graph, opCase: OpCase): Tensor[] {
  return opCase.operands.map(({ dtype, shape }, k) => graph.input(NAMES[k]!, dtype, shape));
}

function feedsOf(opCase: OpCase): Record<string, Value> {
  return Object.fromEntries(opCase.operands.map((x, k) => [NAMES[k]!, value(x.dtype, x.shape, x.data)]));
}

for (const [op, opCase] of Object.entries(OP_CASES) as [Op, OpCase][]) {
  describe(op, () => {
    test('has the value written by hand', () => {
      const graph = new Graph(op);
      graph.output('y', opCase.build(...declare(graph, opCase)));
      const y = evaluate(graph, feedsOf(opCase))['y']!;
      assert.deepEqual([y.dtype, y.shape], [opCase.expected.dtype, opCase.expected.shape]);
      y.data.forEach((got, k) =>
        assert.ok(Math.abs(got - opCase.expected.data[k]!) < 1e-12, `[${k}]: ${got}`),
      );
    });

    if (opCase.differentiable) {
      test('has the gradient that finite differences have', () => {
        const graph = new Graph(op);
        const operands = declare(graph, opCase);
        const y = opCase.build(...operands);
        // A random weight on every element, so that no error can hide in a sum.
        const loss = sumAll(mul(y, graph.input('weight', 'float32', y.shape)));
        graph.output('loss', loss);
        const wrt = operands.filter(({ dtype }) => dtype === 'float32');
        gradients(loss, wrt).forEach((g, k) => graph.output(`gradient.${wrt[k]!.name}`, g));
        const feeds = { ...feedsOf(opCase), weight: randomValue(7, y.shape as number[]) };
        checkGradients(
          graph,
          feeds,
          wrt.map(({ name }) => name),
        );
      });
    }

    const { refused } = opCase;
    if (refused !== undefined) {
      test('refuses operands that do not fit, naming the operation', () => {
        const graph = new Graph(op);
        const operands = refused.types.map(({ dtype, shape }, k) => graph.input(NAMES[k]!, dtype, shape));
        assert.throws(() => opCase.build(...operands), refused.message);
        assert.throws(() => opCase.build(...operands), new RegExp(`^InvariantError: ${op}`));
      });
    }
  });
}

test('a value that the loss does not depend on gets zeros', () => {
  const graph = new Graph('unused');
  const a = graph.input('a', 'float32', [2]);
  const b = graph.input('b', 'float32', [3]);
  const [da, db] = gradients(sumAll(mul(a, a)), [a, b]);
  graph.output('da', da!);
  graph.output('db', db!);
  const out = evaluate(graph, { a: value('float32', [2], [1, 2]), b: value('float32', [3], [1, 2, 3]) });
  assert.deepEqual([...out['da']!.data], [2, 4]);
  assert.deepEqual([...out['db']!.data], [0, 0, 0]);
});

test('variables are independent: none gets a gradient through another', () => {
  const graph = new Graph('chain');
  const a = graph.input('a', 'float32', []);
  const b = mul(a, a);
  const [da, db] = gradients(mul(a, b), [a, b]);
  graph.output('da', da!);
  graph.output('db', db!);
  const out = evaluate(graph, { a: value('float32', [], [3]) });
  assert.deepEqual([out['da']!.data[0], out['db']!.data[0]], [9, 3]);
});

test('a loss that is not a scalar is refused', () => {
  const graph = new Graph('vector');
  const a = graph.input('a', 'float32', [2]);
  assert.throws(() => gradients(a, [a]), /must be a float32 scalar, got float32\[2\]/);
});

test('second derivatives of SiLU and RMS normalisation are refused, not guessed', () => {
  for (const f of [silu, (x: Tensor) => rmsNormalise(x, 1e-6)]) {
    const graph = new Graph('twice');
    const x = graph.input('x', 'float32', [3]);
    const [dx] = gradients(sumAll(f(x)), [x]);
    assert.throws(() => gradients(sumAll(dx!), [x]), /only its first output has a gradient rule/);
  }
});
