/**
 * The shared cases. `cases.jsonl`: answers from the test suites of other graders, rewrites and mutations of the MATH
 * answer key, hand-made policies and attacks. `cases-2.jsonl`: cases after public bug reports about graders.
 * `cases-3.jsonl`: fresh cases of the same kinds, written against the verifier in nine rounds (`fresh-1` to `fresh-9`;
 * the last two in the style and proportions of the second file).
 * Rows with `contested` are not scored. Known to get another verdict than expected: in the first file a
 * case-insensitive name, a number split by a line break, and a word that says nothing known (`17 any text`); in the
 * third eight right answers that are not read (docs/verifier.md, known gaps).
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
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Options that a row may also hold at its top level. */
const OPTIONS = ['strict', 'precision', 'precision_abs', 'language'];

for (const file of ['cases.jsonl', 'cases-2.jsonl', 'cases-3.jsonl']) {
  const rows = readFileSync(new URL(`../testdata/${file}`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row & Record<string, unknown>)
    .filter((row) => row.contested !== true);

  const wrong = rows.filter((row) => {
    const own = OPTIONS.filter((name) => name in row).map((name) => [name, row[name]]);
    const read = readOptions({ ...row.options, ...Object.fromEntries(own) });
    assert.ok(read.ok, row.id);
    return (verify(row.gold, row.response, read.options).verdict === 'CORRECT') !== row.expected;
  });

  test(`${file}: no wrong answer is accepted`, () => {
    assert.deepEqual(
      wrong.filter((row) => !row.expected).map((row) => row.id),
      [],
    );
  });

  test(`${file}: at least 99% are judged as expected`, () => {
    assert.ok(
      wrong.length <= rows.length / 100,
      `${wrong.length} of ${rows.length}: ${wrong.map((row) => row.id).join(' ')}`,
    );
  });

  test(`${file}: judging a case twice gives the same verdict, stage and text`, () => {
    for (const row of rows) assert.deepEqual(verify(row.gold, row.response), verify(row.gold, row.response));
  });
}
