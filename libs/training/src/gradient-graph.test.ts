/** Output head and loss in chunks, and recomputed layers, against the plain forms, in float64. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '@soar/core';
import { newAdapter, scoreGraph, type DecoderConfig } from '@soar/model';
import type { Graph } from '@soar/onnx';
import { evaluate, value, type Value } from '@soar/reference';
import { gradientGraph } from './gradient-graph.js';
import { packTexts, predictionsOf } from './packing.js';

const plain: DecoderConfig = {
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
const variants: Readonly<Record<string, DecoderConfig>> = {
  'tied head': plain,
  'a head of its own, logits divided': { ...plain, tieWordEmbeddings: false, logitDivisor: 3 },
  'capped logits': { ...plain, logitSoftCap: 2 },
  'gains that are not folded': { ...plain, hiddenSize: 256, gainOffset: 1, logitDivisor: 4 },
  'gains that are not folded, a head of its own': { ...plain, hiddenSize: 256, tieWordEmbeddings: false },
  'the embedding as head': { ...plain, vocabSize: 1031, gainOffset: 1, logitDivisor: 4 },
  'an adapter': {
    ...plain,
    adapter: newAdapter(plain, { rank: 2, alpha: 6, rslora: false, targets: [] }, 'adapter'),
  },
};

const lengths = [9, 4, 7, 5];
const numbers = (name: string, length: number): number[] =>
  Array.from({ length }, (_, i) => Random.of(1).at(name).normal(i));
const texts = lengths.map((length, i) => ({
  tokens: Int32Array.from({ length }, (_, t) => (i * 5 + t * 3) % 13),
  channels: {
    weights: numbers(`weights/${i}`, length).map((w, t) => (t < 3 ? 0 : w)),
    sampled_logprobs: numbers(`sampled/${i}`, length).map((x) => -3 + x / 9),
    reference_logprobs: numbers(`reference/${i}`, length).map((x) => -3 + x / 9),
    kl_weights: numbers(`kl/${i}`, length).map((w, t) => (t < 3 ? 0 : Math.abs(w))),
  },
}));
const batch = packTexts(texts, { rows: 3, time: 10 });
const predictions = (counting: readonly string[]) => predictionsOf(batch, 0, { chunkMax: 5, counting });
const fromArrays = (
  shape: number[],
  ids: Record<string, BigInt64Array>,
  channels: Readonly<Record<string, Float32Array>>,
): Record<string, Value> => ({
  ...Object.fromEntries(
    Object.entries(ids).map(([name, x]) => [name, value('int64', shape, Array.from(x, Number))]),
  ),
  ...Object.fromEntries(Object.entries(channels).map(([name, x]) => [name, value('float32', shape, x)])),
});

/** Values for every input of a graph whose shape is known, the weights: the same for the same name. */
function weightsFor(graph: Graph): Record<string, Value> {
  const known = graph.inputs.filter(({ shape }) => shape.every((dim) => typeof dim === 'number'));
  return Object.fromEntries(
    known.map(({ name, shape }) => {
      const dims = shape as number[];
      const size = dims.reduce((a, b) => a * b, 1);
      return [name, value('float32', dims, numbers(name, size))];
    }),
  );
}

function closeTo(got: Value, expected: Value, what: string): void {
  assert.deepEqual(got.shape, expected.shape, what);
  got.data.forEach((x, i) => {
    const apart = Math.abs(x - expected.data[i]!);
    assert.ok(
      apart <= 1e-9 * Math.max(1, Math.abs(expected.data[i]!)),
      `${what}[${i}]: ${x}, ${expected.data[i]}`,
    );
  });
}

const scalars = { temperature: value('float32', [], [0.7]), clip_epsilon: value('float32', [], [0.2]) };
const tokens = fromArrays(
  [3, 10],
  { tokens: batch.tokens, positions: batch.positions, segments: batch.segments },
  {},
);

for (const [name, config] of Object.entries(variants)) {
  test(`loss and gradients in chunks, and their sums, are those of all tokens at once: ${name}`, () => {
    const options = { clip: true, kl: 'k3', accumulate: true, recompute: false } as const;
    const graph = gradientGraph(config, { ...options, chunked: false });
    const own = { ...weightsFor(graph), ...scalars, ...tokens };
    const whole = evaluate(graph, { ...own, ...fromArrays([3, 10], {}, batch.channels) });
    const { chunks, chunk, places, targets, channels, count } = predictions(['weights', 'kl_weights']);
    assert.ok(chunks > 1 && chunks * chunk > count, 'several chunks, of which one is filled up');
    const chunked = evaluate(gradientGraph(config, { ...options, chunked: true }), {
      ...own,
      ...fromArrays([chunks, chunk], { places, targets }, channels),
    });
    assert.deepEqual(Object.keys(chunked).sort(), Object.keys(whole).sort());
    for (const [output, expected] of Object.entries(whole)) closeTo(chunked[output]!, expected, output);
  });

  test(`the gradients of one micro-batch are sums that begin with zeros: ${name}`, () => {
    const options = { clip: false, kl: 'none', chunked: true, recompute: false } as const;
    const first = gradientGraph(config, { ...options, accumulate: true });
    const { chunks, chunk, places, targets, channels } = predictions(['weights']);
    const given = { ...scalars, ...tokens, ...fromArrays([chunks, chunk], { places, targets }, channels) };
    const own = Object.fromEntries(
      Object.entries(weightsFor(first)).map(([weight, x]) => [
        weight,
        weight.startsWith('sum.') ? { ...x, data: x.data.map(() => 0) } : x,
      ]),
    );
    const added = evaluate(first, { ...own, ...given });
    const alone = evaluate(gradientGraph(config, { ...options, accumulate: false }), { ...own, ...given });
    for (const [output, expected] of Object.entries(alone)) closeTo(added[output]!, expected, output);
  });

  test(`gradients with recomputed layers are those with kept ones: ${name}`, () => {
    const options = { clip: true, kl: 'k3', accumulate: false, chunked: false } as const;
    const graph = gradientGraph(config, { ...options, recompute: false });
    const own = { ...weightsFor(graph), ...scalars, ...tokens, ...fromArrays([3, 10], {}, batch.channels) };
    const kept = evaluate(graph, own);
    const again = evaluate(gradientGraph(config, { ...options, recompute: true }), own);
    assert.deepEqual(Object.keys(again).sort(), Object.keys(kept).sort());
    for (const [output, expected] of Object.entries(kept)) closeTo(again[output]!, expected, output);
  });

  test(`log-probabilities in chunks are those of all tokens at once: ${name}`, () => {
    const graph = scoreGraph(config, { chunked: false });
    const own = { ...weightsFor(graph), ...scalars, ...tokens };
    const whole = evaluate(graph, own)['logprobs']!;
    const { chunks, chunk, places, targets, count } = predictions([]);
    const chunked = evaluate(scoreGraph(config, { chunked: true }), {
      ...own,
      ...fromArrays([chunks, chunk], { places, targets }, {}),
    })['logprobs']!;
    const expected = value(
      'float32',
      [count],
      Array.from({ length: count }, (_, k) => whole.data[Number(places[k]) + 1]!),
    );
    closeTo(value('float32', [count], chunked.data.slice(0, count)), expected, 'logprobs');
  });
}

test('an embedding that is the head has the gradients of both', () => {
  const shared = variants['the embedding as head']!;
  const options = { clip: false, kl: 'none', accumulate: false, chunked: false, recompute: false } as const;
  const apart = gradientGraph({ ...shared, tieWordEmbeddings: false }, options);
  const together = gradientGraph(shared, options);
  const channels = fromArrays([3, 10], {}, batch.channels);
  const own: Record<string, Value> = { ...weightsFor(together), ...scalars, ...tokens, ...channels };
  const [embedding, norm] = [own['embedding']!, own['norm']!];
  const head = {
    ...embedding,
    data: embedding.data.map((x, i) => (x * norm.data[i % norm.data.length]!) / 4),
  };
  const both = evaluate(apart, { ...own, head });
  const found = evaluate(together, own);
  const inHead = both['gradient.head']!.data;
  const sum = both['gradient.embedding']!.data.map(
    (x, i) => x + (inHead[i]! * norm.data[i % norm.data.length]!) / 4,
  );
  closeTo(found['gradient.embedding']!, { ...embedding, data: sum }, 'embedding');
  closeTo(found['loss']!, both['loss']!, 'loss');
});
