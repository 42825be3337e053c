/** What an inspection finds in files, and how it says so. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProblemSet } from '@soar/datasets';
import { chosenDomain } from './domains/chosen-domain.js';
import { formatInspection, formatOverlaps, inspect, overlaps } from './inspect-problems.js';

const set = (source: string, ...rows: (readonly [string, string])[]): ProblemSet => ({
  problems: rows.map(([question, answer], i) => ({ id: `${source}${i}`, question, answer })),
  places: rows.map((_, i) => `${source}:${i + 1}`),
  source,
  shape: 'fields question and answer',
  repeated: 1,
});
const math = chosenDomain('math', undefined);
const a = set(
  'a',
  ['1 + 1?', '2'],
  ['one?', '\\frac{'],
  ['1  +\n1?', '3'],
  ['4?', '4'],
  ['5?', '5'],
  ['6?', '6'],
);
const b = set('b', ['4?', '4'], ['1 + 1?', '2'], ['x', '1']);

test('an inspection has shape, examples, unreadable gold answers and duplicates', async () => {
  const found = await inspect(a, math);
  assert.deepEqual([found.problems, found.examples.length, found.examples[0]?.id], [6, 5, 'a0']);
  assert.deepEqual(
    found.unreadable.map(({ place, answer }) => [place, answer]),
    [['a:2', '\\frac{']],
  );
  assert.deepEqual(found.duplicates, [{ question: '1 + 1?', places: ['a:1', 'a:3'], answers: ['2', '3'] }]);
  const text = formatInspection(found, math);
  assert.match(text, /^a: 6 problems, fields question and answer\n {2}1 rows repeat another one/);
  assert.match(text, /cannot read 1 gold answers:\n {4}a:2: "\\frac\{": /);
  assert.match(text, /"1 \+ 1\?" at a:1, a:3 with different answers \("2", "3"\)/);
});

test('questions that two files share are counted up to white space', () => {
  const [overlap, ...others] = overlaps([a, b, set('c', ['new', '1'])]);
  assert.deepEqual(others, []);
  assert.deepEqual([overlap?.sources, overlap?.questions], [['a', 'b'], 2]);
  assert.match(formatOverlaps([overlap!]), /^a and b share 2 questions, the first at a:3 and b:2\n$/);
});
