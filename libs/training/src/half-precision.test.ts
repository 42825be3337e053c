/**
 * The gradient graph in half precision against itself in float64: the reference evaluator rounds what is float16 and
 * nothing else, so a sum that should be in float32 and is not would show.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '@soar/core';
import { inHalfPrecision, isMatrix, type DecoderConfig } from '@soar/model';
import { evaluate, inHalf, value, type Value } from '@soar/reference';
import { gradientGraph } from './gradient-graph.js';
import { packTexts } from './packing.js';

const config: DecoderConfig = {
  vocabSize: 13,
  hiddenSize: 8,
  intermediateSize: 12,
  layers: 2,
  heads: 2,
  kvHeads: 1,
  headDim: 4,
  rotary: { theta: 100 },
  rmsNormEps: 1e-6,
  tieWordEmbeddings: true,
  maxPositionEmbeddings: 64,
  eosTokenIds: [1],
};
const texts = [9, 4, 7].map((length, i) => ({
  tokens: Int32Array.from({ length }, (_, t) => (i * 5 + t * 3) % 13),
  channels: { weights: Float32Array.from({ length }, (_, t) => (t < 2 ? 0 : (t % 3) - 0.5)) },
}));
const { rows, time, tokens, positions, segments, channels } = packTexts(texts, { rows: 3, time: 10 });
const graph = gradientGraph(config, {
  clip: false,
  kl: 'none',
  chunked: false,
  accumulate: true,
  recompute: false,
});
const half = inHalfPrecision(graph);

function feeds(): Record<string, Value> {
  const given: Record<string, Value> = {
    temperature: value('float32', [], [1]),
    weights: value('float32', [rows, time], channels['weights']!),
  };
  for (const [name, ids] of Object.entries({ tokens, positions, segments })) {
    given[name] = value('int64', [rows, time], Array.from(ids, Number));
  }
  for (const { name, shape } of graph.inputs) {
    if (name in given) continue;
    const size = (shape as number[]).reduce((a, b) => a * b, 1);
    const numbers = Float64Array.from({ length: size }, (_, i) => Random.of(2).at(name).normal(i) / 2);
    const whole = value('float32', shape as number[], name.startsWith('sum.') ? numbers.fill(1e4) : numbers);
    // Weights that float16 has, so that what differs is what the graph rounds.
    given[name] = isMatrix(name) ? { ...inHalf(whole), dtype: 'float32' } : whole;
  }
  return given;
}

test('matrices go in as float16; numbers of tokens, sums and gradients stay in float32', () => {
  const typeOf = new Map(half.inputs.map(({ name, dtype }) => [name, dtype]));
  assert.equal(typeOf.get('embedding'), 'float16');
  assert.equal(typeOf.get('layers.1.down.weight'), 'float16');
  for (const name of ['weights', 'temperature', 'norm', 'sum.layers.1.down.weight']) {
    assert.ok(!typeOf.has(name) || typeOf.get(name) === 'float32', name);
  }
  assert.ok(half.outputs.every(({ tensor }) => tensor.dtype === 'float32'));
  const inFloat = new Set(half.nodes.flatMap(({ op, outputs: [y] }) => (y!.dtype === 'float32' ? [op] : [])));
  for (const op of ['Softmax', 'RmsNormalise', 'ReduceSum', 'LogSoftmax', 'LogSumExp'] as const) {
    const all = half.nodes.filter((node) => node.op === op);
    assert.ok(
      all.every(({ outputs: [y] }) => y!.dtype === 'float32'),
      op,
    );
  }
  assert.ok(!inFloat.has('MatMul') && !inFloat.has('Gemm'), 'products are in float16');
});

test('loss and gradients are those of float64 up to a few roundings to float16', () => {
  const whole = feeds();
  const rounded = Object.fromEntries(
    Object.entries(whole).map(([name, x]) => [name, isMatrix(name) ? inHalf(x) : x]),
  );
  const expected = evaluate(graph, whole);
  const found = evaluate(half, rounded);
  const loss = Math.abs(found['loss']!.data[0]! - expected['loss']!.data[0]!);
  assert.ok(loss > 0 && loss < 0.05, `loss differs by ${loss}`);
  for (const [name, { data }] of Object.entries(expected)) {
    if (!name.startsWith('gradient.')) continue;
    const own = data.map((x) => x - 1e4);
    const scale = own.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
    const error = found[name]!.data.reduce((max, x, i) => Math.max(max, Math.abs(x - data[i]!)), 0);
    // The sum before is 1e4, where float16 has steps of 8.
    assert.ok(error <= 0.02 * Math.max(scale, 1), `${name}: ${error} of ${scale}`);
  }
});
