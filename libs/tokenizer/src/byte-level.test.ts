/**
 * A byte-level BPE like GPT-2's and Llama 3's, built here: whole bytes, a few merges, a template that adds a BOS token.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '@soar/core';
import { Tokenizer } from './tokenizer.js';
import { byteLevelJson, BOS, EOS } from './testing/byte-level.js';

const tokenizer = Tokenizer.fromJson(byteLevelJson(), { bos_token: BOS, eos_token: EOS, pad_token: EOS });
const bosId = tokenizer.encode(BOS, { bos: false })[0]!;
const texts = [
  'hello hello',
  ' leading',
  'naïve café',
  '日本語 \u{1f600}\u{1f468}\u200d\u{1f469}',
  'a\u0000b\ufeffc\r\n\t',
  '\\frac{1}{2}',
];

test('byte-level text comes back as it was', () => {
  for (const text of texts) {
    assert.equal(tokenizer.decode(tokenizer.encode(text, { bos: false }), { skipSpecialTokens: true }), text);
  }
});

test('merges are used', () => {
  assert.ok(tokenizer.encode('hello', { bos: false }).length < 5);
});

test('the post-processor adds one BOS, and none when the text begins with it', () => {
  const once = tokenizer.encode('hello', { bos: true });
  assert.deepEqual(once, [bosId, ...tokenizer.encode('hello', { bos: false })]);
  assert.deepEqual(tokenizer.encode(`${BOS}hello`, { bos: true }), once);
  assert.deepEqual(tokenizer.encode('', { bos: true }), [bosId]);
  assert.deepEqual(tokenizer.bosIds, [bosId]);
});

test('add_bos_token overrules the post-processor', () => {
  const without = Tokenizer.fromJson(byteLevelJson(), { bos_token: BOS, add_bos_token: false });
  assert.deepEqual(without.encode('hello', { bos: true }), without.encode('hello', { bos: false }));
  const plain = { ...byteLevelJson(), post_processor: null };
  const added = Tokenizer.fromJson(plain, { bos_token: BOS, add_bos_token: true });
  assert.deepEqual(added.encode('hello', { bos: true })[0], bosId);
  assert.deepEqual(Tokenizer.fromJson(plain, { bos_token: BOS }).bosIds, []);
});

test('special tokens are shown or not', () => {
  const ids = tokenizer.encode(`hi${EOS}`, { bos: true });
  assert.equal(tokenizer.decode(ids, { skipSpecialTokens: true }), 'hi');
  assert.equal(tokenizer.decode(ids, { skipSpecialTokens: false }), `${BOS}hi${EOS}`);
});

test('a stream emits whole characters that add up to the text', () => {
  const stream = tokenizer.streamDecoder({ skipSpecialTokens: true });
  for (const text of texts) {
    const pieces = tokenizer.encode(text, { bos: true }).map((id) => stream.push(id));
    assert.ok(
      pieces.every((piece) => !piece.includes('\ufffd')),
      text,
    );
    assert.equal(pieces.join('') + stream.end(), text);
  }
});

test('a stream of any tokens adds up to the text of all of them', () => {
  const stream = tokenizer.streamDecoder({ skipSpecialTokens: false });
  for (let seed = 0; seed < 300; seed++) {
    const random = Random.of(seed);
    const ids = Array.from({ length: 1 + (seed % 70) }, (_, i) => random.integer(i, tokenizer.vocabSize + 3));
    const streamed = ids.map((id) => stream.push(id)).join('') + stream.end();
    assert.equal(streamed, tokenizer.decode(ids, { skipSpecialTokens: false }), `seed ${seed}`);
  }
});
