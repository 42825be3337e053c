/** The page of a comparison: its figures, its values, and hostile texts. */
import { type Comparison, comparisonReport, type Unit } from '@soar/experiments';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertDrawn, assertInert, figureNames, valuesOf } from '../testing/page-checks.js';
import { comparisonOf, HOSTILE, student, teacher, units } from '../testing/reports.js';
import { comparisonPage } from './comparison-page.js';

function pageOf(comparison: Comparison, of: readonly Unit[]): Document {
  const document = assertInert(comparisonPage(comparisonReport(comparison, of), of));
  assertDrawn(document);
  return document;
}

const ARMS = ['hard-only', 'pq', 'upper-bound'] as const;

test('a page has the scores of arms and students, differences, curves, and a panel for each teacher', () => {
  const document = pageOf(comparisonOf(ARMS), units);
  assert.deepEqual(figureNames(document), [
    'off-plateau',
    'pass-at-1',
    'pass-at-4',
    'differences',
    'learning',
    'training',
    'stages',
    'reward-grounded',
    'kinds-grounded',
  ]);
  assert.deepEqual(
    valuesOf(document, 'off-plateau').map(([arm, , students]) => [arm, students]),
    [
      ['Arm', 'Students'],
      ['Hard-Only', '1 of 2'],
      ['PQ', '4 of 4'],
      ['Upper bound', '2 of 2'],
    ],
  );
  const [, hard, pq] = valuesOf(document, 'pass-at-1');
  assert.deepEqual([hard![0], hard![2]], ['Hard-Only', '0.0, 25.0']);
  assert.deepEqual([pq![0], pq![2]], ['PQ', '100.0, 50.0, 12.5, 37.5']);
  assert.deepEqual(valuesOf(document, 'reward-grounded'), [
    ['Outer step', 'seed 0', 'seed 1'],
    ['0', '0.000', '0.000'],
  ]);
  // The colour of an arm is the same in every figure and table.
  const painted = (name: string): number =>
    document.querySelectorAll(`#fig-${name} [stroke="var(--c1)"]`).length;
  assert.ok(painted('pass-at-1') > 0 && painted('learning') > 0);
  assert.equal(document.querySelectorAll('#arms td .key.c1').length, 4);
});

test('a learning curve averages students by step, even if they were evaluated after different steps', () => {
  const often = student('pq', 0, [4, 4], 0);
  const [before, after] = [often.heldOut[0]!, { ...often.heldOut[1]!, step: 2 }];
  const between = { ...before, step: 1, correct: [0, 4] };
  const document = pageOf(comparisonOf(['pq']), [
    { ...often, heldOut: [before, between, after] },
    { ...often, studentSeed: 1, heldOut: [before, { ...after, correct: [0, 0] }] },
  ]);
  // From 0 by 0.5 (of the one that was evaluated then) to the mean of 1 and 0.
  assert.deepEqual(valuesOf(document, 'learning').slice(1), [
    ['0', '0.0 %'],
    ['1', '50.0 %'],
    ['2', '50.0 %'],
  ]);
});

test('a text of a model, a command and a kind are shown as text', () => {
  const comparison = { ...comparisonOf(ARMS), command: HOSTILE, domain: HOSTILE };
  const document = pageOf(comparison, [...units, teacher(2, HOSTILE, HOSTILE.slice(0, 200))]);
  assert.ok(document.querySelector('#origin code')!.textContent.includes('<script>alert(1)'));
  assert.ok(document.querySelector('#promotions')!.textContent.includes('<img src=x'));
});

test('without an oracle the page does not say which answers are right', () => {
  const { wellPosed: _w, correct: _c, ...asked } = teacher(0).questions[0]!;
  const unit = {
    ...teacher(0),
    questions: [asked],
    promotions: [{ step: 0, reward: 0.5, questions: [asked] }],
  };
  const document = pageOf(comparisonOf(['pq']), [unit]);
  assert.equal(document.querySelector('.wrong'), null);
});

test('equal results give equal pages, in whatever order the units arrive', () => {
  const report = comparisonReport(comparisonOf(ARMS), units);
  assert.equal(comparisonPage(report, [...units].reverse()), comparisonPage(report, units));
});
