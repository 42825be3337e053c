/** Ids and texts are those of the reference implementation, for three kinds of tokenizer in use; see golden/make.py. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { TokenizerJson } from './hugging-face.js';
import { Tokenizer } from './tokenizer.js';

interface Golden {
  readonly name: string;
  readonly tokenizer: TokenizerJson;
  readonly rows: readonly {
    readonly text: string;
    readonly ids: number[];
    readonly idsPlain: number[];
    readonly decoded: string;
    readonly decodedWhole: string;
  }[];
}

const path = new URL('../golden/golden.jsonl', import.meta.url);

for (const line of readFileSync(path, 'utf8').trimEnd().split('\n')) {
  const { name, tokenizer: json, rows } = JSON.parse(line) as Golden;
  test(`${name}: ids and texts are those of the reference implementation, whole and as a stream`, () => {
    const tokenizer = Tokenizer.fromJson(json);
    for (const { text, ids, idsPlain, decoded, decodedWhole } of rows) {
      assert.deepEqual(tokenizer.encode(text, { bos: true }), ids, text);
      assert.deepEqual(tokenizer.encode(text, { bos: false }), idsPlain, text);
      assert.equal(tokenizer.decode(ids, { skipSpecialTokens: true }), decoded);
      assert.equal(tokenizer.decode(ids, { skipSpecialTokens: false }), decodedWhole);
      const stream = tokenizer.streamDecoder({ skipSpecialTokens: true });
      assert.equal(ids.map((id) => stream.push(id)).join('') + stream.end(), decoded);
    }
  });
}
