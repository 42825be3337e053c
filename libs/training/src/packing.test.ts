import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packTexts } from './packing.js';

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
