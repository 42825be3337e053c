import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packTexts, predictionsOf } from './packing.js';

const text = (length: number, from: number) => ({
  tokens: Array.from({ length }, (_, i) => from + i),
  channels: { weights: Array.from({ length }, (_, i) => (from + i) / 2) },
});

test('every token stands once, with its position, its weight and a segment of its own', () => {
  const texts = [text(3, 10), text(5, 20), text(2, 30), text(7, 40), text(1, 50)];
  const batch = packTexts(texts, { rows: 2, time: 8 });
  texts.forEach(({ tokens }, i) => {
    const at = batch.offsets[i]!;
    tokens.forEach((token, t) => {
      assert.equal(batch.tokens[at + t], BigInt(token));
      assert.equal(batch.positions[at + t], BigInt(t));
      assert.equal(batch.segments[at + t], batch.segments[at]);
      assert.equal(batch.channels['weights']![at + t], token / 2);
    });
    assert.equal(Math.floor(at / 8), Math.floor((at + tokens.length - 1) / 8), 'a text lies in one row');
  });
  const used = [...batch.segments].filter((segment) => segment !== 0n).length;
  assert.equal(used, 18);
  const labels = texts.map(
    (_, i) => `${Math.floor(batch.offsets[i]! / 8)}:${batch.segments[batch.offsets[i]!]}`,
  );
  assert.equal(new Set(labels).size, texts.length, 'texts of one row have different segments');
});

test('short texts fill the gaps behind long ones', () => {
  const batch = packTexts([text(2, 0), text(6, 10), text(3, 20), text(5, 30)], { rows: 2, time: 8 });
  assert.equal(batch.microBatches, 1);
});

test('a text longer than a row is refused with its length', () => {
  assert.throws(
    () => packTexts([text(9, 0)], { rows: 1, time: 8 }),
    /a text of 9 tokens does not fit into rows of 8/,
  );
});

test('predictions that count, in chunks of even size; the last is filled up with what does not count', () => {
  const weighted = [
    { tokens: Int32Array.of(5, 6, 7, 8), channels: { weights: [9, 0, 2, 3], other: [1, 2, 3, 4] } },
    { tokens: Int32Array.of(9, 4), channels: { weights: [1, 1], other: [5, 6] } },
  ];
  const batch = packTexts(weighted, { rows: 1, time: 8 });
  const { chunks, chunk, places, targets, channels, count } = predictionsOf(batch, 0, {
    chunkMax: 2,
    counting: ['weights'],
  });
  assert.deepEqual({ chunks, chunk, count }, { chunks: 2, chunk: 2, count: 3 });
  assert.deepEqual([...places], [1n, 2n, 4n, 4n]);
  assert.deepEqual([...targets], [7n, 8n, 4n, 4n]);
  assert.deepEqual([...channels['weights']!], [2, 3, 1, 0]);
  assert.deepEqual([...channels['other']!], [3, 4, 6, 6]);
  assert.equal(predictionsOf(batch, 0, { chunkMax: 9, counting: [] }).count, 4);
});
