import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '@soar/core';
import { symmetricEigenvalues } from './symmetric-eigenvalues.js';

function near(found: readonly number[], expected: readonly number[], within: number): void {
  const sorted = found.toSorted((a, b) => a - b);
  assert.equal(sorted.length, expected.length);
  for (const [i, value] of expected.entries())
    assert.ok(Math.abs(sorted[i]! - value) <= within, `eigenvalue ${i}: got ${sorted[i]}, expected ${value}`);
}

test('a matrix of second differences has its known eigenvalues, at every size', () => {
  for (const n of [1, 2, 3, 10, 128]) {
    const matrix = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (__, j) => (i === j ? 2 : Math.abs(i - j) === 1 ? -1 : 0)),
    );
    const expected = Array.from({ length: n }, (_, k) => 2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)));
    near(symmetricEigenvalues(matrix), expected, 1e-13 * n);
  }
});

test('eigenvalues are recovered from a randomly reflected matrix, repeated and zero ones too', () => {
  const random = Random.of(3);
  const chosen = [-4, 0, 0, 0, 1e-9, 0.5, 2, 2, 2, 7, 1000];
  const n = chosen.length;
  let matrix = chosen.map((value, i) => chosen.map((_, j) => (i === j ? value : 0)));
  // Reflections 1 - 2 u u' / u'u from both sides keep the eigenvalues.
  for (let r = 0; r < n; r++) {
    const u = chosen.map((_, i) => random.at(r).normal(i));
    const squares = u.reduce((sum, x) => sum + x * x, 0);
    const h = u.map((x, i) => u.map((y, j) => (i === j ? 1 : 0) - (2 * x * y) / squares));
    const times = (a: number[][], b: number[][]): number[][] =>
      a.map((row) => b.map((_, j) => row.reduce((sum, x, k) => sum + x * b[k]![j]!, 0)));
    matrix = times(times(h, matrix), h);
  }
  near(symmetricEigenvalues(matrix), chosen, 1e-11);
});

test('the given matrix is not changed, and an empty one has no eigenvalues', () => {
  const matrix = [
    [1, 2, 3],
    [2, 0, 1],
    [3, 1, 5],
  ];
  const before = structuredClone(matrix);
  symmetricEigenvalues(matrix);
  assert.deepEqual(matrix, before);
  assert.deepEqual(symmetricEigenvalues([]), []);
});
