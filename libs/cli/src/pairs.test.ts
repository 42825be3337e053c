import assert from 'node:assert/strict';
import { test } from 'node:test';
import { domainNamed } from '@soar/domains';
import { gradePair, parsePairs } from './pairs.js';

test('pairs are graded in order, and options on a line override the defaults', () => {
  const text = '{"id":"a","gold":"579","response":"#579"}\n\n{"id":7,"gold":"579","response":"none"}\n';
  const graded = parsePairs(text, 'x').map((pair) => gradePair(domainNamed('arithmetic'), pair, {}));
  assert.deepEqual(
    graded.map(({ id, verdict }) => [id, verdict]),
    [
      ['a', 'CORRECT'],
      ['7', 'NO_ANSWER'],
    ],
  );
  assert.equal(graded[1]?.extracted, null);
});

test('options are read from "options" or the top level; other fields are ignored', () => {
  const line =
    '{"id":"a","gold":"1","response":"1","strict":true,"expected":false,"options":{"precision":4}}';
  assert.deepEqual(parsePairs(line, 'x')[0]?.options, { strict: true, precision: 4 });
});

test('malformed lines are refused by number and nothing is graded', () => {
  const text = '{"id":"a","gold":"1","response":"1"}\nnot json\n{"id":"b","gold":1,"response":"1"}';
  assert.throws(
    () => parsePairs(text, 'in.jsonl'),
    /nothing was graded.*\n {2}in\.jsonl:2: not JSON.*\n {2}in\.jsonl:3: gold: expected text, got 1/,
  );
});

test('an empty file is refused', () => {
  assert.throws(() => parsePairs('\n', 'in.jsonl'), /in\.jsonl: no lines/);
});
