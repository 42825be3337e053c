/** Rules that would hold up a thread for minutes end within seconds, and the tokenizer is not asked again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '@soar/core';
import { BoundedRules, needsBound } from './bounded-rules.js';
import type { TokenizerJson } from './hugging-face.js';
import { Tokenizer } from './tokenizer.js';

const vocab = Object.fromEntries([...'0123456789Za', '<unk>'].map((token, id) => [token, id]));
const model = { type: 'BPE', unk_token: '<unk>', merges: [], vocab };
const replace = (pattern: object, content: string) => ({ type: 'Replace', pattern, content });
const DIGITS = '1'.repeat(64);

const hostile = (json: TokenizerJson): Tokenizer => Tokenizer.fromJson(json, {}, {}, 'evil/tokenizer.json');

function refuses(call: () => unknown): void {
  assert.throws(call, (error) => {
    assert.ok(error instanceof UserError);
    assert.match(
      error.message,
      /^evil\/tokenizer\.json: a rule of the tokenizer (takes|took) .*regular expressions/,
    );
    return true;
  });
}

test('an expression that backtracks without end is ended, and the tokenizer is not asked again', () => {
  const pattern = { Regex: '([0-9]+)+Z' };
  const pre_tokenizer = { type: 'Split', pattern, behavior: 'Isolated', invert: false };
  const reader = hostile({ model, pre_tokenizer });
  refuses(() => reader.encode(DIGITS, { bos: false }));
  const started = performance.now();
  refuses(() => reader.encode('1', { bos: false }));
  assert.ok(performance.now() - started < 500);

  const decoders = [{ type: 'Fuse' }, replace(pattern, '')];
  const writer = hostile({ model, decoder: { type: 'Sequence', decoders } });
  refuses(() => writer.decode(Array<number>(64).fill(1), { skipSpecialTokens: false }));
});

test('so are expressions of other kinds: alternatives that overlap, and references to what was matched', () => {
  const split = { type: 'Split', pattern: { Regex: '(1|11)+Z' }, behavior: 'Isolated', invert: false };
  refuses(() => hostile({ model, pre_tokenizer: split }).encode(DIGITS, { bos: false }));
  const normalizer = replace({ Regex: '(1*)*\\1Z' }, '');
  refuses(() => hostile({ model, normalizer }).encode(DIGITS, { bos: false }));
});

test('rules that double a text end before memory does', () => {
  const normalizers = Array.from({ length: 40 }, () => replace({ String: 'a' }, 'aa'));
  const tokenizer = hostile({ model, normalizer: { type: 'Sequence', normalizers } });
  refuses(() => tokenizer.encode('a', { bos: false }));
});

test('an error of a bounded call is its own, and what is undefined is returned', () => {
  const rules = new BoundedRules('x');
  assert.throws(
    () =>
      rules.run(() => {
        throw new RangeError('own');
      }, 1),
    /^RangeError: own$/,
  );
  assert.equal(
    rules.run(() => undefined, 1),
    undefined,
  );
});

test('expressions and replacements that lengthen a text need a bound, other rules do not', () => {
  const cases: readonly (readonly [unknown, boolean])[] = [
    [undefined, false],
    [null, false],
    [{ type: 'ByteLevel', use_regex: true }, false],
    [{ type: 'Sequence', decoders: [replace({ String: '▁' }, ' '), { type: 'ByteFallback' }] }, false],
    [{ type: 'Split', pattern: { String: ' ' }, behavior: 'Isolated' }, false],
    [replace({ String: 'a' }, 'aa'), true],
    [replace({ String: '' }, ''), true],
    [{ type: 'Sequence', pretokenizers: [{ type: 'Split', pattern: { Regex: 'a' } }] }, true],
    [{ pattern: 7 }, true],
  ];
  for (const [part, expected] of cases) assert.equal(needsBound(part), expected, JSON.stringify(part));
});
