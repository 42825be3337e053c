import assert from 'node:assert/strict';
import { test } from 'node:test';
import { offPlateau } from './off-plateau.js';

const near = (got: number, expected: number): void =>
  assert.ok(Math.abs(got - expected) < 1e-4, `got ${got}, expected ${expected}`);

test('nine of ten teachers that work are 90 %, with the exact interval of nine of ten', () => {
  const nine = Array.from({ length: 10 }, (_, t) => (t === 3 ? [0.001] : [0.95, 0.94]));
  const { students, share, level } = offPlateau(nine);
  assert.equal(students, 18);
  near(share.value, 0.9);
  near(share.interval![0], 0.555);
  near(share.interval![1], 0.9975);
  near(level!.value, 0.945);
});

test('a student is off at a pass@1 of exactly 10 %, and the level is of those that are', () => {
  const { students, share, level } = offPlateau([[0.1, 0.0999], [0.5]]);
  assert.equal(students, 2);
  near(share.value, 0.75);
  near(level!.value, 0.3);
});

test('students of one teacher are not counted as independent runs', () => {
  const together = offPlateau([
    [0.9, 0.9, 0.9],
    [0, 0, 0],
    [0.9, 0.9, 0.9],
  ]);
  const alone = offPlateau([[0.9], [0], [0.9]]);
  assert.deepEqual(together.share, alone.share);
});

test('where none got off there is no level', () => {
  assert.ok(!('level' in offPlateau([[0], [0.01]])));
});
