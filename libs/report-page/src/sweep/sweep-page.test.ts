/** The page of a sweep: its figures and their values, the base, and hostile texts. */
import {
  type ArmName,
  type Comparison,
  comparisonReport,
  OFF_PLATEAU,
  type Sweep,
  type SweepPoint,
  sweepReport,
} from '@soar/experiments';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertDrawn, assertInert, figureNames, valuesOf } from '../testing/page-checks.js';
import { comparisonOf, HOSTILE, student, teacher } from '../testing/reports.js';
import { sweepPage } from './sweep-page.js';

const ARMS: readonly ArmName[] = ['base', 'hard-only', 'pq'];
const fields: Sweep['fields'] = [{ field: 'promotion.tau', base: 0.05, values: [0.01, 0.05, 0.1] }];

function sweepOf(change: Partial<Sweep> & Partial<Pick<Comparison, 'command'>> = {}): Sweep {
  const { version, command, domain, model, problems, seeds, config, passAt } = comparisonOf(ARMS);
  const own = { version, command, domain, model, problems, seeds, config, passAt, arms: ARMS };
  return { id: 'sweep-a', design: 'one-at-a-time', fields, ...own, ...change };
}

/** A point in which PQ students of two teachers have so many of four samples right on each problem. */
function point(values: SweepPoint['values'], isBase: boolean, correct: number): SweepPoint {
  const units = [
    ...[0, 1].map((seed) => student('hard-only', seed, [0, 0])),
    ...[0, 1].flatMap((seed) => [teacher(seed), student('pq', 0, [correct, correct], seed)]),
  ];
  const name = isBase ? 'base' : values.map(({ field, value }) => `${field} = ${String(value)}`).join(', ');
  const counts = { unitsDone: 6, unitsTotal: 6, unitsShared: isBase ? 0 : 2 };
  const report = comparisonReport(comparisonOf(ARMS), units);
  return { name, values, isBase, comparison: 'compare-a', folder: 'points/a', ...counts, report };
}

const tau = (value: number, correct: number): SweepPoint =>
  point([{ field: 'promotion.tau', value }], value === 0.05, correct);

function pageOf(sweep: Sweep, points: readonly SweepPoint[]): Document {
  const document = assertInert(sweepPage(sweepReport(sweep, points, OFF_PLATEAU)));
  assertDrawn(document);
  return document;
}

test('a page has pass@1 and the share off the plateau by the value of the field, a panel for each arm', () => {
  const document = pageOf(sweepOf(), [tau(0.05, 2), tau(0.01, 4), tau(0.1, 0)]);
  assert.deepEqual(figureNames(document), ['pass-at-1-0', 'off-plateau-0']);
  const [head, ...rows] = valuesOf(document, 'pass-at-1-0');
  assert.deepEqual(head, ['promotion.tau', 'Hard-Only', 'PQ']);
  assert.deepEqual(
    rows.map(([value, , pq]) => [value, pq!.replace(/\s*\[.*/, '')]),
    [
      ['0.01', '100.0 %'],
      ['0.05 (base)', '50.0 %'],
      ['0.1', '0.0 %'],
    ],
  );
  assert.ok(
    rows.every(([, , pq]) => /\[\d+\.\d, \d+\.\d\]/.test(pq!)),
    'intervals',
  );
  // Arms have their colours, and the base a line in every panel.
  const fig = document.querySelector('#fig-pass-at-1-0')!;
  assert.ok(fig.querySelectorAll('[stroke="var(--c1)"]').length > 0);
  assert.ok(fig.querySelectorAll('[stroke="var(--soft)"]').length > 0);
  const table = [...document.querySelectorAll('#points tbody tr')].map((row) =>
    [...row.children].map((cell) => cell.textContent),
  );
  assert.deepEqual(table[0]!.slice(0, 2), ['base: promotion.tau = 0.05', '1.0']);
  assert.deepEqual([table[1]![5], table[1]!.at(-1)], ['2 of 2', '6 of 6, 2']);
});

test('in a grid, a panel has a line for each combination of the other fields, and their mean', () => {
  const window = { field: 'promotion.window', base: 3, values: [1, 3] };
  const at = (tau: number, of: number, correct: number): SweepPoint =>
    point(
      [
        { field: 'promotion.tau', value: tau },
        { field: 'promotion.window', value: of },
      ],
      tau === 0.05 && of === 3,
      correct,
    );
  const grid = sweepOf({ design: 'grid', fields: [...fields, window] });
  const points = [at(0.05, 3, 4), at(0.05, 1, 2), at(0.01, 3, 2), at(0.01, 1, 0)];
  const document = pageOf(grid, points);
  assert.deepEqual(figureNames(document), ['pass-at-1-0', 'off-plateau-0', 'pass-at-1-1', 'off-plateau-1']);
  assert.deepEqual(
    valuesOf(document, 'pass-at-1-0').map(([value, , pq]) => [value, pq]),
    [
      ['promotion.tau', 'PQ'],
      ['0.01', '25.0 %'],
      ['0.05 (base)', '75.0 %'],
      ['0.1', '–'],
    ],
  );
  assert.match(document.querySelector('#fig-pass-at-1-0')!.textContent, /Thin lines/);
});

test('a sweep without results has a page, and hostile texts of its file are texts', () => {
  const hostile = sweepOf({
    command: HOSTILE,
    config: { domain: HOSTILE },
    fields: [{ field: HOSTILE, base: HOSTILE, values: [HOSTILE, 'b'] }],
  });
  const { report: _, ...unmade } = point([{ field: HOSTILE, value: HOSTILE }], false, 0);
  assert.deepEqual(figureNames(pageOf(hostile, [unmade])), []);
  const made = [HOSTILE, 'b'].map((value) => point([{ field: HOSTILE, value }], value === HOSTILE, 1));
  assert.equal(figureNames(pageOf(hostile, made)).length, 2);
});
