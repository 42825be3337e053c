/**
 * Every operation in ONNX Runtime: the encoding of each against the value written by hand. With libs/autodiff, which
 * holds the float64 oracle against the same table, this ties the graphs that run to the graphs that were checked.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '@soar/core';
import { encodeModel, Graph, logSoftmax, type DType } from '@soar/onnx';
import { OP_CASES, type OpCase, type Operand } from '@soar/testkit';
import { InferenceSession, Tensor } from './onnx-runtime.js';

const NAMES = ['a', 'b', 'c'];

function tensorOf({ dtype, shape, data }: Operand): Tensor {
  if (dtype === 'float32') return new Tensor('float32', Float32Array.from(data), shape);
  if (dtype === 'int64') return new Tensor('int64', BigInt64Array.from(data, BigInt), shape);
  return new Tensor('bool', Uint8Array.from(data), shape);
}

const TYPE_NAMES: Record<DType, string> = {
  float32: 'float32',
  float16: 'float16',
  int64: 'int64',
  bool: 'bool',
};

for (const [op, opCase] of Object.entries<OpCase>(OP_CASES)) {
  test(`${op} in ONNX Runtime has the value written by hand`, async () => {
    const graph = new Graph(op);
    const operands = opCase.operands.map(({ dtype, shape }, i) => graph.input(NAMES[i]!, dtype, shape));
    graph.output('y', opCase.build(...operands));
    const session = await InferenceSession.create(encodeModel(graph));
    const feeds = Object.fromEntries(opCase.operands.map((x, i) => [NAMES[i]!, tensorOf(x)]));
    const y = (await session.run(feeds))['y']!;
    assert.equal(y.type, TYPE_NAMES[opCase.expected.dtype]);
    assert.deepEqual([...y.dims], [...opCase.expected.shape]);
    Array.from(y.data as ArrayLike<number | bigint>, Number).forEach((got, i) => {
      const expected = opCase.expected.data[i]!;
      assert.ok(
        Math.abs(got - expected) <= 1e-6 * Math.max(1, Math.abs(expected)),
        `[${i}]: ${got} is not ${expected}`,
      );
    });
    await session.release();
  });
}

test('log-probabilities over a wide vocabulary are as good as over a narrow one', async () => {
  const [rows, size] = [2, 262_144];
  const random = Random.of(3);
  const data = Float32Array.from({ length: rows * size }, (_, i) => 3 * random.normal(i));
  const graph = new Graph('wide');
  graph.output('y', logSoftmax(graph.input('x', 'float32', ['rows', size])));
  const session = await InferenceSession.create(encodeModel(graph));
  const y = (await session.run({ x: new Tensor('float32', data, [rows, size]) }))['y']!.data as Float32Array;
  for (let row = 0; row < rows; row++) {
    const own = data.subarray(row * size, (row + 1) * size);
    const expected = own[0]! - Math.log(own.reduce((sum, value) => sum + Math.exp(value), 0));
    assert.ok(Math.abs(y[row * size]! - expected) < 5e-6, `row ${row}: ${y[row * size]}, not ${expected}`);
  }
  await session.release();
});

test('named dimensions take their sizes from the inputs, through flattening and back', async () => {
  const graph = new Graph('named');
  const x = graph.input('x', 'float32', ['rows', 'time', 2]);
  const { reshape, iota, cast, add, unsqueeze } = await import('@soar/onnx');
  const flat = reshape(x, ['rows*time', 2]);
  const back = reshape(flat, ['rows', 'time', 2]);
  graph.output('y', add(back, unsqueeze(unsqueeze(cast(iota(x, 'time'), 'float32'), 0), 2)));
  const session = await InferenceSession.create(encodeModel(graph));
  for (const [rows, time] of [
    [1, 3],
    [2, 2],
  ] as const) {
    const data = new Float32Array(rows * time * 2);
    const y = (await session.run({ x: new Tensor('float32', data, [rows, time, 2]) }))['y']!;
    assert.deepEqual([...y.dims], [rows, time, 2]);
    assert.deepEqual(
      [...(y.data as Float32Array)],
      Array.from(data, (_, i) => Math.floor(i / 2) % time),
    );
  }
  await session.release();
});
