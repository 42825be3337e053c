/** Sets of problems: selections, several files, repeated rows, and every wrong row named. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readProblems, type Selection } from './read-problems.js';
import { testdata, testFolder } from './testing/files.js';
import { writeProblems } from './write-problems.js';

const folder = testFolder();
const line = (id: string, more: object = {}): string =>
  `${JSON.stringify({ id, question: `q ${id}`, answer: '1', ...more })}\n`;
const idsOf = async (path: string | string[], selection?: Selection) =>
  (await readProblems(path, selection)).problems.map(({ id }) => id);

test('files are read in their order, with places, shape and other fields', async () => {
  const a = folder.write('a.jsonl', line('b', { level: 5 }) + line('a'));
  const b = folder.write('b.csv', 'question,answer\nq c,1\n');
  const set = await readProblems([a, b]);
  assert.deepEqual(set.places, [`${a}:1`, `${a}:2`, `${b}:2`]);
  assert.deepEqual(set.problems[0], { id: 'b', question: 'q b', answer: '1', extra: { level: 5 } });
  assert.equal(set.shape, 'fields question and answer');
  assert.equal(set.source, `${a}, ${b}`);
});

test('what is written reads back equal and leaves no temporary file', async () => {
  const { problems } = await readProblems(
    folder.write('w.jsonl', line('a', { subject: 'é\n', question: 'q\t1', options: { tolerance: 0.01 } })),
  );
  const path = join(folder.path, 'made', 'out.jsonl');
  await writeProblems(path, problems);
  assert.deepEqual((await readProblems(path)).problems, problems);
  assert.deepEqual(readdirSync(join(folder.path, 'made')), ['out.jsonl']);
});

test('a Parquet folder as on the Hub gives the split that is asked for', async () => {
  const { problems, shape } = await readProblems(testdata('hub'), { preferred: 'train' });
  assert.deepEqual(
    problems.map(({ answer }) => answer),
    ['7', '10'],
  );
  assert.equal(shape, 'GSM8K (question and answer after "####")');
  assert.equal((await readProblems(testdata('hub'), { split: 'test' })).problems[0]?.answer, '1,000');
});

test('--filter and --limit take the first rows that pass', async () => {
  const path = folder.write(
    'f.jsonl',
    ['a', 'b', 'c', 'd'].map((id, i) => line(id, { level: i + 1, kind: i < 3 ? 'x' : 'y' })).join(''),
  );
  assert.deepEqual(await idsOf(path, { limit: 2 }), ['a', 'b']);
  assert.deepEqual(
    await idsOf(path, {
      filter: [
        ['level', '2'],
        ['level', '4'],
      ],
    }),
    ['b', 'd'],
  );
  assert.deepEqual(
    await idsOf(path, {
      filter: [
        ['level', '2'],
        ['level', '4'],
        ['kind', 'y'],
      ],
    }),
    ['d'],
  );
  assert.deepEqual(await idsOf(path, { filter: [['kind', 'x']], limit: 1 }), ['a']);
  await assert.rejects(
    idsOf(path, {
      filter: [
        ['level', '9'],
        ['levle', '1'],
      ],
    }),
    /no problem passes --filter; values of "level": 1, 2, 3, 4; no row has the field "levle"/,
  );
});

test('a row that repeats another one is left out where ids are made, and refused where ids are given', async () => {
  const row = '{"question":"q","answer":"1"}\n';
  const set = await readProblems(folder.write('r.jsonl', row + row.replace('"1"', '"2"') + row));
  assert.deepEqual([set.problems.length, set.repeated], [2, 1]);
  const path = folder.write('i.jsonl', `${line('a')}\n${line('a', { question: 'other' })}`);
  await assert.rejects(
    idsOf(path),
    /i\.jsonl:3: id "a" is already at .*i\.jsonl:1; "--id-field none" makes ids/,
  );
  assert.equal((await idsOf(path, { idField: 'none' })).length, 2);
});

test('an error names the first five wrong rows and counts the others', async () => {
  const rows = [
    '{',
    '[]',
    '{"id":"x","question":" ","answer":"1"}',
    line('a').trim(),
    '1',
    line('a').trim(),
    '2',
    '3',
  ];
  await assert.rejects(
    readProblems(folder.write('m.jsonl', rows.join('\n'))),
    /^UserError: .*m\.jsonl:1: malformed JSON.*(\n {2}.*m\.jsonl:[2356]: .*){4}\n {2}and 2 more$/,
  );
});

test('a wrong row is named by file, row and field', async () => {
  const cases: [string, RegExp][] = [
    ['', /x\.jsonl: holds no problems/],
    [' \n\n', /x\.jsonl: holds no problems/],
    ['{"id":"a","question":"q"}', /x\.jsonl:1: field "answer" is missing/],
    [line('a', { answer: ' ' }), /x\.jsonl:1: field "answer" is empty/],
    [line('a', { answer: true }), /x\.jsonl:1: field "answer": expected text, got true/],
    [line('a') + '{"question":"q","answer":"1"}', /x\.jsonl:2: field "id" is missing/],
    [line('a'.repeat(201)), /x\.jsonl:1: the id has 201 bytes; expected at most 200/],
    [line('a', { answer: '1'.repeat(4097) }), /x\.jsonl:1: the answer has 4097 bytes; expected at most 4096/],
    [
      line('a', { answer: '\frac12' }),
      /x\.jsonl:1: the answer has the control character U\+000C before "rac"; "\\frac"/,
    ],
    [line('a', { question: '2 \times 3?' }), /x\.jsonl:1: the question has .* "\\times" was probably meant/],
    [line('a', { answer: '1\u0000' }), /x\.jsonl:1: the answer has the control character U\+0000; remove it/],
  ];
  for (const [text, message] of cases)
    await assert.rejects(readProblems(folder.write('x.jsonl', text)), { name: 'UserError', message }, text);
});
