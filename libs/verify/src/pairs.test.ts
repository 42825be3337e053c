/**
 * Hand-made pairs, written before they were tried: every shape of answer with answers that equal it and answers that
 * only look like it. testdata/pairs.jsonl holds {gold, response, expected} rows; a new finding becomes a row there.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { verify } from './verify.js';

interface Pair {
  readonly gold: string;
  readonly response: string;
  readonly expected: boolean;
}

const pairs = readFileSync(new URL('../testdata/pairs.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Pair);

const wrong = (expected: boolean): string[] =>
  pairs
    .filter((pair) => pair.expected === expected)
    .filter(({ gold, response }) => (verify(gold, response).verdict === 'CORRECT') !== expected)
    .map(({ gold, response }) => `${gold} | ${response} | ${verify(gold, response).stage}`);

test('right answers in another form are accepted', () => assert.deepEqual(wrong(true), []));

test('wrong answers that look right are not', () => assert.deepEqual(wrong(false), []));
