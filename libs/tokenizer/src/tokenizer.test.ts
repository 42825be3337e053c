/**
 * A character tokenizer like the shipped model's, one with byte fallback like Llama 2's, and the checks around them.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '@soar/core';
import type { TokenizerJson } from './hugging-face.js';
import { Tokenizer } from './tokenizer.js';

const CHARACTERS = ['<pad>', '<eos>', ...'0123456789+=#QT'];

function special(id: number, content: string): NonNullable<TokenizerJson['added_tokens']>[number] {
  return { id, content, special: true };
}

function characterJson(unknown: string | null = null): TokenizerJson {
  const model = { type: 'BPE', unk_token: unknown, merges: [], vocab: vocabularyOf(CHARACTERS) };
  return { added_tokens: [special(0, '<pad>'), special(1, '<eos>')], decoder: { type: 'Fuse' }, model };
}

function vocabularyOf(tokens: readonly string[]): Record<string, number> {
  return Object.fromEntries(tokens.map((token, id) => [token, id]));
}

/** Llama 2's shape: bytes as tokens, spaces as U+2581, one put before the text and taken away again. */
function byteFallbackJson(): TokenizerJson {
  const bytes = Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`);
  const model = {
    type: 'BPE',
    byte_fallback: true,
    fuse_unk: true,
    merges: [['▁', 'a']],
    vocab: vocabularyOf([...bytes, '▁', 'a', 'b', '▁a']),
  };
  const replace = (from: string, content: string) => ({
    type: 'Replace',
    pattern: { String: from },
    content,
  });
  const json = {
    normalizer: { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: '▁' }, replace(' ', '▁')] },
    decoder: {
      type: 'Sequence',
      decoders: [
        replace('▁', ' '),
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    },
    model,
  };
  return json;
}

const config = { pad_token: '<pad>', eos_token: '<eos>' };
const tokenizer = Tokenizer.fromJson(characterJson(), config);

test('one character is one token, and back', () => {
  const ids = tokenizer.encode('Q123+456=', { bos: true });
  assert.deepEqual(ids, [15, 3, 4, 5, 12, 6, 7, 8, 13]);
  assert.equal(tokenizer.decode([...ids, 1, 0, 0], { skipSpecialTokens: true }), 'Q123+456=');
  assert.equal(tokenizer.decode([3, 1], { skipSpecialTokens: false }), '1<eos>');
  assert.equal(tokenizer.decode([], { skipSpecialTokens: true }), '');
});

test('vocabulary size, end and padding ids come from the files, or from the caller', () => {
  assert.equal(tokenizer.vocabSize, 17);
  assert.deepEqual(tokenizer.eosIds, [1]);
  assert.equal(tokenizer.padId, 0);
  const given = Tokenizer.fromJson(characterJson(), config, { eosIds: [14, 1, 1], padId: 1 });
  assert.deepEqual(given.eosIds, [1, 14]);
  assert.equal(given.padId, 1);
});

test('a character without a token is an error that names it, not a hole in the text', () => {
  assert.throws(() => tokenizer.encode('Q1x2', { bos: false }), /no token for the character "x"/);
  assert.throws(() => tokenizer.encode('\u{1f600}', { bos: false }), UserError);
});

test('an unknown token stands for unknown characters where there is one', () => {
  const lenient = Tokenizer.fromJson(characterJson('<pad>'), config);
  assert.deepEqual(lenient.encode('1x2', { bos: false }), [3, 0, 4]);
});

test('ids without a token are worth no text', () => {
  assert.equal(tokenizer.decode([3, 99, 4], { skipSpecialTokens: false }), '12');
});

test('byte fallback: any text comes back, whole and as a stream', () => {
  const bytes = Tokenizer.fromJson(byteFallbackJson(), { clean_up_tokenization_spaces: true } as object);
  const stream = bytes.streamDecoder({ skipSpecialTokens: true });
  for (const text of ['a b a', ' a', 'é日本 a \u{1f600}', 'a , b .', 'a'.repeat(60)]) {
    const ids = bytes.encode(text, { bos: true });
    assert.equal(bytes.decode(ids, { skipSpecialTokens: true }), text);
    assert.equal(ids.map((id) => stream.push(id)).join('') + stream.end(), text);
  }
});

test('a model with fewer rows than the tokenizer has ids is refused, and one with far more', () => {
  tokenizer.fits(17);
  tokenizer.fits(32);
  assert.throws(
    () => tokenizer.fits(16),
    /does not fit the model: expected ids below .* 16, got ids up to 16/,
  );
  assert.throws(() => tokenizer.fits(32_000), /does not fit the model/);
  assert.throws(() => Tokenizer.fromJson(characterJson(), {}, { eosIds: [20] }).fits(17), /up to 20/);
});

test('added tokens that the model has no row for are left out, unless texts end with them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tokenizer-'));
  const { added_tokens: added = [], ...json } = characterJson();
  const image = [...added, special(17, '1+1')];
  const write = (name: string, content: object): Promise<void> =>
    writeFile(join(folder, name), JSON.stringify(content));
  try {
    await write('tokenizer.json', { ...json, added_tokens: image });
    await write('tokenizer_config.json', config);
    const whole = await Tokenizer.fromFolder(folder);
    assert.deepEqual(whole.encode('1+1=', { bos: false }), [17, 13]);
    assert.throws(() => whole.fits(17), /got ids up to 17/);
    const read = await Tokenizer.fromFolder(folder, { modelVocabSize: 17 });
    read.fits(17);
    assert.deepEqual(read.encode('1+1=', { bos: false }), [3, 12, 3, 13]);
    await write('tokenizer_config.json', { ...config, eos_token: '1+1' });
    const ends = await Tokenizer.fromFolder(folder, { modelVocabSize: 17 });
    assert.throws(() => ends.fits(17), /got ids up to 17/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a folder is read, with end tokens from generation_config.json', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tokenizer-'));
  try {
    await assert.rejects(Tokenizer.fromFolder(folder), /tokenizer\.json: not found/);
    await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(characterJson()));
    await writeFile(join(folder, 'config.json'), JSON.stringify({ eos_token_id: 2, pad_token_id: 0 }));
    await writeFile(join(folder, 'generation_config.json'), JSON.stringify({ eos_token_id: [1, 14] }));
    const read = await Tokenizer.fromFolder(folder);
    assert.deepEqual([read.eosIds, read.padId, read.vocabSize], [[1, 14], 0, 17]);
    await writeFile(join(folder, 'tokenizer.json'), '{"model":');
    await assert.rejects(Tokenizer.fromFolder(folder), /tokenizer\.json: malformed JSON/);
    await writeFile(join(folder, 'tokenizer.json'), '{}');
    await assert.rejects(Tokenizer.fromFolder(folder), /not a tokenizer that can be used/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
