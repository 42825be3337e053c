import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatProblemLines, parseProblemLines, requireDisjoint } from './problem-lines.js';

const line = (id: string): string => JSON.stringify({ id, question: '1+1', answer: '2', kind: 'mine' });

test('problems are read in order, further fields left alone, and written back', () => {
  const problems = parseProblemLines(`${line('b')}\r\n\n${line('a')}\n`, 'p.jsonl');
  assert.deepEqual(
    problems.map((p) => p.id),
    ['b', 'a'],
  );
  assert.deepEqual(parseProblemLines(formatProblemLines(problems), 'again'), problems);
});

test('a duplicate id is refused with both lines', () => {
  assert.throws(
    () => parseProblemLines(`${line('a')}\n${line('b')}\n${line('a')}`, 'p.jsonl'),
    /p\.jsonl:3: id "a" stands on line 1 already/,
  );
});

test('every malformed line is named, the first five of them', () => {
  const bad = [
    '{',
    '[]',
    '{"id":1}',
    '{"id":"a","question":"","answer":"2"}',
    '{"id":"a","question":"q"}',
    '1',
    '2',
  ];
  assert.throws(
    () => parseProblemLines(bad.join('\n'), 'p.jsonl'),
    (error: Error) => {
      assert.match(error.message, /p\.jsonl:1: not JSON/);
      assert.match(error.message, /p\.jsonl:3: id: expected text, got 1/);
      assert.match(error.message, /p\.jsonl:5: answer: expected text, got nothing/);
      assert.match(error.message, /and 2 more/);
      return true;
    },
  );
});

test('an empty file is refused', () => {
  assert.throws(() => parseProblemLines('\n\n', 'p.jsonl'), /p\.jsonl: holds no problems/);
});

test('a problem in both splits is refused', () => {
  const a = parseProblemLines(line('a'), 'train.jsonl');
  assert.throws(
    () => requireDisjoint(a, 'train.jsonl', a, 'test.jsonl'),
    /test\.jsonl: id "a" also in train\.jsonl/,
  );
});
