import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { domainNamed } from '@soar/domains';
import { gradePair, readPairs } from './pairs.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-pairs-'));
after(() => rmSync(folder, { recursive: true }));

/** The pairs in a file of this content. */
function pairsIn(content: string | Uint8Array, name = 'in.jsonl') {
  const file = join(folder, name);
  writeFileSync(file, content);
  return readPairs(file);
}

test('pairs are graded in order, and options on a row override the defaults', async () => {
  const text = '{"id":"a","gold":"579","response":"#579"}\n\n{"id":7,"gold":579,"response":"none"}\n';
  const graded = (await pairsIn(text)).map((pair) => gradePair(domainNamed('arithmetic'), pair, {}));
  assert.deepEqual(
    graded.map(({ id, verdict }) => [id, verdict]),
    [
      ['a', 'CORRECT'],
      ['7', 'NO_ANSWER'],
    ],
  );
  assert.equal(graded[1]?.extracted, null);
});

test('options are read from "options" or the top level; other fields are ignored', async () => {
  const line =
    '{"id":"a","gold":"1","response":"1","strict":true,"expected":false,"options":{"precision":4}}';
  assert.deepEqual((await pairsIn(line))[0]?.options, { strict: true, precision: 4 });
});

test('rows are read as problems are: CSV, gzip without its suffix, ids beyond 2^53', async () => {
  const pair = { id: '9007199254740993', gold: '1/2', response: '\\boxed{0.5}', options: {} };
  const line = '{"id":9007199254740993,"gold":"1/2","response":"\\\\boxed{0.5}"}';
  assert.deepEqual(await pairsIn(gzipSync(line), 'packed'), [pair]);
  assert.deepEqual(await pairsIn(`\ufeffid,gold,response\n${pair.id},1/2,${pair.response}\n`, 'in.csv'), [
    pair,
  ]);
});

test('malformed rows are refused by number and nothing is graded', async () => {
  const text =
    '{"id":"a","gold":"1","response":"1"}\nnot json\n{"id":"b","gold":true,"response":"1"}\n' +
    '{"id":"c","gold":"\\frac12","response":"1"}';
  const lines = [
    /^UserError: nothing was graded; malformed rows:/,
    / {2}.*in\.jsonl:2: malformed JSON.*/,
    / {2}.*in\.jsonl:3: gold: expected text, got true/,
    / {2}.*in\.jsonl:4: gold: has the control character U\+000C before "rac"; "\\frac" was probably meant/,
  ];
  await assert.rejects(pairsIn(text), new RegExp(lines.map(({ source }) => source).join('\n')));
});

test('a file that is empty or no text is refused as every reader does', async () => {
  await assert.rejects(pairsIn('\n'), /in\.jsonl: holds no rows/);
  await assert.rejects(pairsIn(Buffer.from('{"id":"\xe9"}', 'latin1')), /in\.jsonl:1: not UTF-8: byte 0xe9/);
  await assert.rejects(pairsIn('version https://git-lfs.github.com/spec/v1\n'), /is a Git LFS pointer/);
});
