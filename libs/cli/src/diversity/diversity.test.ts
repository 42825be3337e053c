/** Sets of questions, and their embeddings from a file and from an endpoint over real HTTP. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, test } from 'node:test';
import { UserError } from '@soar/core';
import { embeddingSettings } from '@soar/judge';
import { Progress } from '../progress.js';
import { fromEndpoint, fromFile } from './embedders.js';
import { questionSets } from './question-sets.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-diversity-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test('a file is one set, and a comparison has sets for each teacher and for what it promoted', async () => {
  const problems = file(
    'mine.jsonl',
    '{"question": "1+1", "answer": "2"}\n{"question": "2+2", "answer": "4"}\n',
  );
  assert.deepEqual(await questionSets([problems]), [{ name: 'mine.jsonl', questions: ['1+1', '2+2'] }]);
  const published = new URL('../../../../docs/results/base-seed-5', import.meta.url).pathname;
  const sets = await questionSets([published]);
  assert.deepEqual(
    sets.map(({ name, questions }) => [name, questions.length]),
    [
      ['Base-T, seed 0: asked', 128],
      ['Base-T, seed 1: asked', 128],
      ...[0, 1].flatMap((seed) => [
        [`Grounded-T, seed ${seed}: asked`, 128],
        [`Grounded-T, seed ${seed}: promoted`, 16],
      ]),
    ],
  );
  await assert.rejects(questionSets([join(folder, 'none.jsonl')]), UserError);
});

test('vectors of a file are found by their text', async () => {
  const rows = [
    { text: 'a', embedding: [1, 0] },
    { text: 'b', embedding: [0, 2] },
  ];
  const embed = await fromFile(file('v.jsonl', `${rows.map((row) => JSON.stringify(row)).join('\n')}\n\n`));
  assert.deepEqual(await embed(['b', 'a', 'b']), [
    [0, 2],
    [1, 0],
    [0, 2],
  ]);
  await assert.rejects(async () => embed(['a', 'c']), /no embedding of 1 of 2 questions; the first is "c"/);
});

test('a file that holds something else is refused with its line', async () => {
  for (const [text, message] of [
    [
      '{"text": "a", "embedding": [1]}\n{"text": "b", "embedding": [1, 2]}',
      /:2: expected 1 numbers as before, got 2/,
    ],
    ['{"text": "a", "embedding": ["1"]}', /:1: expected \{"text"/],
    ['{"text": 7, "embedding": [1]}', /:1: expected/],
    ['{"text": "a", "embedding": []}', /:1: expected/],
    ['\n[1', /:2: expected/],
  ] as const)
    await assert.rejects(fromFile(file('bad.jsonl', text)), message);
  await assert.rejects(fromFile(join(folder, 'none.jsonl')), /cannot be read/);
});

test('an endpoint embeds them', async () => {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += String(part)));
    request.on('end', () => {
      const { input } = JSON.parse(body) as { input: string[] };
      response.end(JSON.stringify({ data: input.map((text) => ({ embedding: [text.length, 1] })) }));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const settings = embeddingSettings(`http://127.0.0.1:${port}/v1`, 'm', undefined);
    const embed = fromEndpoint(settings, new Progress('json', new PassThrough()));
    assert.deepEqual(await embed(['abc', 'a']), [
      [3, 1],
      [1, 1],
    ]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
