/**
 * The shared cases: answers from the test suites of other graders, rewrites and mutations of the MATH answer key, and
 * hand-made policies and attacks. Rows with `contested` are not scored. Two rows are known to get another verdict
 * than expected: a case-insensitive name, and a number split by a line break.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readOptions } from './options.js';
import { verify } from './verify.js';

interface Row {
  readonly id: string;
  readonly gold: string;
  readonly response: string;
  readonly expected: boolean;
  readonly kind: string;
  readonly contested?: boolean;
}

const OPTIONS = ['strict', 'precision', 'precision_abs', 'language'];

const rows = readFileSync(new URL('../testdata/cases.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Row & Record<string, unknown>)
  .filter((row) => row.contested !== true);

const wrong = rows.filter((row) => {
  const read = readOptions(
    Object.fromEntries(OPTIONS.filter((name) => name in row).map((name) => [name, row[name]])),
  );
  return (verify(row.gold, row.response, read.ok ? read.options : {}).verdict === 'CORRECT') !== row.expected;
});

test('no wrong answer of the shared cases is accepted', () => {
  assert.deepEqual(
    wrong.filter((row) => !row.expected).map((row) => row.id),
    [],
  );
});

test('at least 99% of the shared cases are judged as expected', () => {
  assert.ok(
    wrong.length <= rows.length / 100,
    `${wrong.length} of ${rows.length}: ${wrong.map((row) => row.id).join(' ')}`,
  );
});

test('judging a case twice gives the same verdict, stage and text', () => {
  for (const row of rows) assert.deepEqual(verify(row.gold, row.response), verify(row.gold, row.response));
});
