/** The points of a sweep: designs, the base among the values, names. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plannedPoints, pointCount, sweptFields } from './points.js';

const config = { promotion: { tau: 0.05, window: 3 }, student: { rl: { groupSize: 8 } } };
const varied = [
  { field: 'promotion.tau', values: [0.1, 0.05, 0.01] },
  { field: 'promotion.window', values: [1] },
];

test('one at a time, the base comes first, and each other value once with all else as in the base', () => {
  const fields = sweptFields(varied, config);
  assert.deepEqual(fields, [
    { field: 'promotion.tau', base: 0.05, values: [0.01, 0.05, 0.1] },
    { field: 'promotion.window', base: 3, values: [1, 3] },
  ]);
  const points = plannedPoints(varied, 'one-at-a-time', fields);
  assert.deepEqual(
    points.map(({ name, values, isBase }) => [name, values.map(({ value }) => value), isBase]),
    [
      ['base', [0.05, 3], true],
      ['promotion.tau = 0.1', [0.1, 3], false],
      ['promotion.tau = 0.01', [0.01, 3], false],
      ['promotion.window = 1', [0.05, 1], false],
    ],
  );
  assert.deepEqual(points[1]!.settings, [{ field: 'promotion.tau', value: 0.1 }]);
});

test('a grid has every combination, the base where it is one of them', () => {
  const more = [varied[0]!, { field: 'promotion.window', values: [1, 3] }];
  const points = plannedPoints(more, 'grid', sweptFields(more, config));
  assert.equal(points.length, pointCount(more, 'grid'));
  assert.deepEqual(
    points.map(({ name }) => name),
    [
      'base',
      'promotion.tau = 0.1, promotion.window = 1',
      'promotion.tau = 0.1',
      'promotion.window = 1',
      'promotion.tau = 0.01, promotion.window = 1',
      'promotion.tau = 0.01',
    ],
  );
  assert.ok(plannedPoints(varied, 'grid', sweptFields(varied, config)).every(({ isBase }) => !isBase));
});

test('fields that vary together are one value, and its base has the same fields', () => {
  const together = [{ field: 'promotion', values: [{ tau: 0.1, window: 1 }] }];
  const fields = sweptFields(together, config);
  assert.deepEqual(fields[0], {
    field: 'promotion',
    base: { tau: 0.05, window: 3 },
    values: [
      { tau: 0.05, window: 3 },
      { tau: 0.1, window: 1 },
    ],
  });
  assert.equal(plannedPoints(together, 'one-at-a-time', fields)[1]!.name, 'promotion = tau 0.1, window 1');
});
