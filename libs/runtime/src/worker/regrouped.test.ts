import assert from 'node:assert/strict';
import { test } from 'node:test';
import { regrouped } from './regrouped.js';

const sizeFor = (count: number): number => [2, 4, 8].find((size) => size >= count)!;
const tokensOf = (...tokens: number[]) => BigInt64Array.from(tokens, BigInt);

test('samples of one row with the same token are one row, where that halves the batch', () => {
  const tokens = tokensOf(7, 7, 7, 5, 7, 5, 7, 7);
  const batch = regrouped([0, 1, 2, 3, 4, 5, 6, 7], { tokens, rowOf: [0, 0, 0, 0, 0, 0, 0, 0] }, sizeFor)!;
  assert.deepEqual(batch, {
    kept: [0, 1, 2, 3, 4, 5, 6, 7],
    rowOf: [0, 0, 0, 1, 0, 1, 0, 0],
    heads: [0, 3],
    sampleOf: [0, 3],
  });
});

test('the same token behind another row is another row', () => {
  const batch = regrouped([0, 1, 2, 3], { tokens: tokensOf(7, 7, 7, 7), rowOf: [0, 1, 0, 1] }, sizeFor)!;
  assert.deepEqual(
    [batch.rowOf, batch.heads],
    [
      [0, 1, 0, 1],
      [0, 1],
    ],
  );
});

test('samples that have ended leave, and the first that goes on fills up the size', () => {
  const tokens = tokensOf(1, 2, 3, 4, 5, 6, 7, 8);
  const batch = regrouped([1, 4, 6], { tokens, rowOf: [0, 1, 2, 3, 4, 5, 6, 7] }, sizeFor)!;
  assert.deepEqual(batch.kept, [1, 4, 6, 1]);
  assert.deepEqual(batch.heads, batch.kept);
  assert.deepEqual(batch.rowOf, [0, 1, 2, 3]);
});

test('a batch that would not change stays', () => {
  assert.equal(regrouped([0, 1], { tokens: tokensOf(1, 2), rowOf: [0, 1] }, sizeFor), undefined);
});
