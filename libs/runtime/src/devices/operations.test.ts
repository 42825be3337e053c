/**
 * Every operation on a device: value and gradient against those of the CPU. Sine and cosine too far out for a device's
 * own, which need no device to be tested.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gradients } from '@soar/autodiff';
import { cos, encodeModel, Graph, mul, sin, sumAll } from '@soar/onnx';
import { OP_CASES, randomValue, type OpCase, type Operand } from '@soar/testkit';
import { InferenceSession, Tensor } from '../onnx-runtime.js';
import { withoutDevice } from '../testing/config.js';

const skip = withoutDevice();
const NAMES = ['a', 'b', 'c'];
/** Relative to 1 or to the value, whichever is larger. */
const TOLERANCE = 1e-6;

function tensorOf({ dtype, shape, data }: Operand): Tensor {
  if (dtype === 'float32') return new Tensor('float32', Float32Array.from(data), shape);
  if (dtype === 'int64') return new Tensor('int64', BigInt64Array.from(data, BigInt), shape);
  return new Tensor('bool', Uint8Array.from(data), shape);
}

/** An operation, and where it has one the gradient of a weighted sum of its values. */
function graphOf(
  op: string,
  opCase: OpCase,
): { readonly graph: Graph; readonly feeds: Record<string, Tensor> } {
  const graph = new Graph(op);
  const operands = opCase.operands.map(({ dtype, shape }, k) => graph.input(NAMES[k]!, dtype, shape));
  const feeds = Object.fromEntries(opCase.operands.map((x, k) => [NAMES[k]!, tensorOf(x)]));
  const y = opCase.build(...operands);
  graph.output('y', y);
  if (!opCase.differentiable) return { graph, feeds };
  const weight = randomValue(7, y.shape as number[]);
  const loss = sumAll(mul(y, graph.input('weight', 'float32', y.shape)));
  const wrt = operands.filter(({ dtype }) => dtype === 'float32');
  gradients(loss, wrt).forEach((g, k) => graph.output(`gradient.${wrt[k]!.name}`, g));
  const data = Float32Array.from(weight.data);
  return { graph, feeds: { ...feeds, weight: new Tensor('float32', data, weight.shape) } };
}

async function valuesOn(
  provider: 'cpu' | 'webgpu',
  graph: Graph,
  feeds: Record<string, Tensor>,
): Promise<[string, number[]][]> {
  const target = provider === 'cpu' ? 'host' : 'device';
  const session = await InferenceSession.create(encodeModel(graph, new Map(), target), {
    executionProviders: [provider, 'cpu'],
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const outputs = await session.run(feeds);
  const values = Object.entries(outputs).map(([name, { data }]): [string, number[]] => [
    name,
    Array.from(data as ArrayLike<number | bigint>, Number),
  ]);
  await session.release();
  return values;
}

describe('on a device', { skip }, () => {
  for (const [op, opCase] of Object.entries<OpCase>(OP_CASES)) {
    test(`${op} and its gradient are those of the CPU`, async () => {
      const { graph, feeds } = graphOf(op, opCase);
      const found = new Map(await valuesOn('webgpu', graph, feeds));
      for (const [name, expected] of await valuesOn('cpu', graph, feeds)) {
        assert.equal(found.get(name)!.length, expected.length);
        expected.forEach((value, i) => {
          const got = found.get(name)![i]!;
          const error = Math.abs(got - value) / Math.max(1, Math.abs(value));
          assert.ok(error <= TOLERANCE, `${name}[${i}]: ${got}, on the CPU ${value}`);
        });
      }
    });
  }
});

test('sines and cosines of a device are right for angles of a hundred thousand', async () => {
  const graph = new Graph('angles');
  const x = graph.input('x', 'float32', ['n']);
  graph.output('sine', sin(x));
  graph.output('cosine', cos(x));
  const session = await InferenceSession.create(encodeModel(graph, new Map(), 'device'));
  const angles = Float32Array.from({ length: 20_000 }, (_, i) => (i % 2 === 0 ? 1 : -1) * 1.01 ** (i / 17));
  const { sine, cosine } = await session.run({ x: new Tensor('float32', angles, [angles.length]) });
  angles.forEach((angle, i) => {
    if (Math.abs(angle) > 1e5) return;
    assert.ok(Math.abs((sine!.data[i] as number) - Math.sin(angle)) < 2e-7, `sin ${angle}`);
    assert.ok(Math.abs((cosine!.data[i] as number) - Math.cos(angle)) < 2e-7, `cos ${angle}`);
  });
  await session.release();
});
