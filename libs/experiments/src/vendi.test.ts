import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Random } from '@soar/core';
import { cosineKernel, diversity, ngramKernel, vendiScore } from './vendi.js';

const fixtures = JSON.parse(readFileSync(new URL('../testdata/fixtures.json', import.meta.url), 'utf8')) as {
  embeddings: { vectors: number[][]; vendi: number };
  texts: { texts: string[]; vendi: number };
};
const near = (got: number, expected: number): void =>
  assert.ok(Math.abs(got - expected) < 1e-6 * expected, `got ${got}, expected ${expected}`);

test('the Vendi score of embeddings and of texts matches the vendi-score package', () => {
  near(vendiScore(cosineKernel(fixtures.embeddings.vectors)), fixtures.embeddings.vendi);
  near(vendiScore(ngramKernel(fixtures.texts.texts)), fixtures.texts.vendi);
});

test('questions all alike score 1, all different their number, two kinds in equal parts 2', () => {
  near(vendiScore(ngramKernel(['2+2=?', '2+2=?', '2+2=?'])), 1);
  near(vendiScore(ngramKernel(['abcd', 'efgh', 'ijkl', 'mnop'])), 4);
  near(vendiScore(ngramKernel(['abcd', 'efgh', 'abcd', 'efgh'])), 2);
});

test('an item with weight 3 scores as three equal items', () => {
  near(
    vendiScore(ngramKernel(['abcd', 'abce']), [3, 1]),
    vendiScore(ngramKernel(['abcd', 'abcd', 'abcd', 'abce'])),
  );
});

test('subsamples at one address are equal, lie around their mean, and never exceed the distinct questions', () => {
  const kernel = ngramKernel(Array.from({ length: 20 }, (_, i) => `${i}+${7 * i}-${3 * i}=?`));
  const found = diversity(kernel, Random.of(1));
  assert.deepEqual(diversity(kernel, Random.of(1)), found);
  assert.ok(found.interval[0] < found.value && found.value < found.interval[1] && found.value < 20);
});

test('an embedding without a direction or of another width is refused', () => {
  assert.throws(
    () =>
      cosineKernel([
        [1, 0],
        [0, 0],
      ]),
    /embedding 1: expected 2 finite numbers/,
  );
  assert.throws(() => cosineKernel([[1, 0], [1]]), /embedding 1/);
  assert.throws(() => vendiScore([]), /square kernel/);
});
