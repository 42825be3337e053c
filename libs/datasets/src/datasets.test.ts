/** Problem files, well-formed and malformed; the split; the manifest of a screening. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { UserError } from '@soar/core';
import { formatProblemLines, parseProblemLines, readProblems, writeProblems } from './read-problems.js';
import {
  checkScreening,
  hardIds,
  hashProblems,
  readScreening,
  requireModel,
  SCREENING_FORMAT,
  writeScreening,
} from './screening.js';
import type { ScreeningManifest } from './screening.js';
import { requireDisjoint, split } from './split.js';

const folder = await mkdtemp(join(tmpdir(), 'datasets-'));
after(() => rm(folder, { recursive: true }));

const line = (id: string, more: object = {}): string =>
  JSON.stringify({ id, question: `q ${id}`, answer: '1', ...more });
const many = (count: number) =>
  parseProblemLines(Array.from({ length: count }, (_, i) => line(`p${i}`)).join('\n'), 'many');

test('a file is read in its order, other fields kept, blank lines and CRLF skipped', async () => {
  const path = join(folder, 'good.jsonl');
  await writeFile(path, `\ufeff${line('b', { level: 5 })}\r\n\r\n${line('a')}\n`);
  const problems = await readProblems(path);
  assert.deepEqual(
    problems.map((p) => p.id),
    ['b', 'a'],
  );
  assert.deepEqual(problems[0]?.extra, { level: 5 });
});

test('what is written reads back equal and leaves no temporary file', async () => {
  const path = join(folder, 'made', 'out.jsonl');
  const problems = parseProblemLines(line('a', { subject: 'é\n' }), 'x');
  await writeProblems(path, problems);
  assert.deepEqual(await readProblems(path), problems);
  assert.deepEqual(await readdir(join(folder, 'made')), ['out.jsonl']);
  assert.equal(formatProblemLines(problems).split('\n').length, 2);
});

test('whole numbers are read as text, and a likely alias of a missing field is named', () => {
  const text = '{"id":7,"problem":"1+1?","answer":2,"level":"1"}';
  assert.throws(
    () => parseProblemLines(text, 'f'),
    /f:1: field "question" is missing; if "problem" is meant, rename it/,
  );
  assert.deepEqual(parseProblemLines(text.replace('problem', 'question'), 'f'), [
    { id: '7', question: '1+1?', answer: '2', extra: { level: '1' } },
  ]);
});

test('a bad line is named by file and line', async () => {
  const cases: [string, RegExp][] = [
    ['', /f: holds no problems/],
    [' \n\n', /f: holds no problems/],
    [`${line('a')}\n{"id":`, /f:2: malformed JSON/],
    [`${line('a')}\n[1]`, /f:2: expected a JSON object/],
    [`${line('a')}\n\n${line('a')}`, /f:3: id "a" is already on line 1/],
    ['{"id":"a","question":"q"}', /f:1: field "answer" is missing/],
    [line('a', { answer: ' ' }), /f:1: field "answer" is empty/],
    [line('a', { answer: 0.1 }), /f:1: field "answer": expected text, got 0.1/],
    [line('a'.repeat(201)), /f:1: field "id" has 201 bytes; expected at most 200/],
  ];
  for (const [text, message] of cases) {
    assert.throws(
      () => parseProblemLines(text, 'f'),
      (e) => e instanceof UserError && message.test(e.message),
      text,
    );
  }
  await assert.rejects(readProblems(join(folder, 'none.jsonl')), /none\.jsonl: not found/);
  await writeFile(join(folder, 'latin1'), Buffer.from([0x7b, 0xe9]));
  await assert.rejects(readProblems(join(folder, 'latin1')), /not UTF-8/);
});

test('a split is two halves that depend on ids and seed, not on order', () => {
  const problems = many(719);
  const { train, test: held } = split(problems, 3);
  assert.deepEqual([train.length, held.length], [359, 360]);
  const ids = (list: readonly { id: string }[]) => list.map((p) => p.id).sort();
  assert.deepEqual([...ids(train), ...ids(held)].sort(), ids(problems));
  assert.deepEqual(ids(split([...problems].reverse(), 3).train), ids(train));
  assert.notDeepEqual(ids(split(problems, 4).train), ids(train));
  assert.throws(() => split(many(1), 0), /at least 2 problems/);
});

test('an error names the first five malformed lines and counts the others', () => {
  const bad = [
    '{',
    '[]',
    '{"id":1.5}',
    line('a'),
    '{"id":"b","question":"","answer":"2"}',
    line('a'),
    '1',
    '2',
  ];
  assert.throws(
    () => parseProblemLines(bad.join('\n'), 'f'),
    /^UserError: f:1: malformed.*(\n {2}f:[235]: .*){3}\n {2}f:6: id "a" is already on line 4\n {2}and 2 more$/,
  );
});

test('a problem in both splits is refused', () => {
  const a = many(2);
  requireDisjoint(a.slice(0, 1), 'train.jsonl', a.slice(1), 'test.jsonl');
  assert.throws(
    () => requireDisjoint(a, 'train.jsonl', a, 'test.jsonl'),
    /test\.jsonl: id "p0" and 1 more also in train\.jsonl/,
  );
});

const problems = many(3);
const manifest: ScreeningManifest = {
  format: SCREENING_FORMAT,
  modelSha256: 'a'.repeat(64),
  problemsSha256: hashProblems(problems),
  domain: 'arithmetic',
  samples: 128,
  sampling: { temperature: 1, topP: 1, topK: 0, maxNewTokens: 60 },
  seed: 1,
  outcomes: problems.map((p, i) => ({ problemId: p.id, samples: 128, correct: i, ungraded: 0 })),
};

test('a screening reads back and names its hard problems', async () => {
  const path = join(folder, 'screening.json');
  await writeScreening(path, manifest);
  const read = await readScreening(path);
  assert.deepEqual(read, manifest);
  assert.deepEqual(hardIds(read), ['p0']);
});

test('a hard set is refused for another model', () => {
  requireModel(manifest, 'a'.repeat(64), 'hard.jsonl');
  assert.throws(
    () => requireModel(manifest, 'b'.repeat(64), 'hard.jsonl'),
    /hard\.jsonl: this set was screened with the model aaa/,
  );
});

test("the hash of problems depends on their texts and not on the file's order", () => {
  const hash = hashProblems(problems);
  assert.equal(hashProblems([...problems].reverse()), hash);
  assert.notEqual(hashProblems([{ ...problems[0]!, question: 'another' }, ...problems.slice(1)]), hash);
});

test('a malformed manifest is refused by field', () => {
  const cases: [object, RegExp][] = [
    [{ format: 'x' }, /format: expected "soar-screening\/1"/],
    [{ modelSha256: 'A' }, /modelSha256/],
    [{ sampling: {} }, /sampling\.temperature/],
    [{ outcomes: [] }, /outcomes: expected at least one/],
    [
      { outcomes: [manifest.outcomes[0], manifest.outcomes[0]] },
      /outcomes\[1\]\.problemId: expected each id once/,
    ],
    [{ outcomes: [{ ...manifest.outcomes[0], correct: 129 }] }, /correct \+ ungraded <= samples/],
  ];
  for (const [change, message] of cases)
    assert.throws(() => checkScreening({ ...manifest, ...change }, 's'), message);
});
