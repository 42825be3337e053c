import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ArmReportSchema, create, RunReportSchema, type ArmReport } from '@soar/contracts';
import { compare, formatReport } from './report-table.js';

function arm(name: string, at1: number, at32: number): ArmReport {
  const passAtK = { 1: at1, 32: at32 };
  return create(ArmReportSchema, { name, passAtK, problems: 128, samplesPerProblem: 32, trainingSteps: 60 });
}

test('the table shows each arm in percent, the counts and the comparison', () => {
  const report = create(RunReportSchema, {
    arms: [arm('base', 0, 0.004), arm('hard-only', 0.001, 0.02), arm('ps', 0.5, 0.9), arm('pq', 0.61, 0.95)],
    teacherUpdates: 6,
    promotions: 1,
  });
  assert.equal(
    formatReport(report),
    [
      '            pass@1   pass@32   steps',
      'base         0.0 %     0.4 %      60',
      'Hard-Only    0.1 %     2.0 %      60',
      'SOAR: PS    50.0 %    90.0 %      60',
      'SOAR: PQ    61.0 %    95.0 %      60',
      '',
      '128 held-out problems, 32 samples each.',
      '6 teacher updates, 1 promotion, 0 promotion questions.',
      'SOAR beats Hard-Only in this run: pass@1 61.0 % (PQ) against 0.1 %, pass@32 95.0 % (PQ) against 2.0 %. ' +
        'One seed: no claim of significance.',
    ].join('\n'),
  );
});

test('a run that was stopped says after which step and by what rule', () => {
  const stopped = { outerStep: 6, promotedStep: 1, rule: 'mean reward below 0 in 3 outer steps in a row' };
  const text = formatReport(create(RunReportSchema, { stopped }));
  assert.match(text, /Stopped after outer step 6: mean reward below 0 in 3 outer steps in a row\./);
});

test('a run with a frozen teacher does not speak of SOAR', () => {
  const report = create(RunReportSchema, {
    config: { teacher: { frozen: true } },
    arms: [arm('hard-only', 0.001, 0.02), arm('ps', 0.5, 0.9), arm('pq', 0.61, 0.95)],
    promotions: 2,
  });
  const text = formatReport(report);
  assert.doesNotMatch(text, /SOAR|teacher update/);
  assert.match(text, /^Frozen-T: PQ +61\.0 % /m);
  assert.match(text, /^Teacher frozen, 2 promotions, 0 promotion questions\.$/m);
  assert.match(text, /^The frozen teacher beats Hard-Only in this run: /m);
});

test('a run in which SOAR is no better says so plainly', () => {
  const equal = compare([arm('hard-only', 0, 0.02), arm('ps', 0, 0.02), arm('pq', 0, 0.01)]);
  assert.match(equal!, /^SOAR does not beat Hard-Only in this run: pass@1 0\.0 % \(PS\) against 0\.0 %/);
  const part = compare([arm('hard-only', 0, 0.02), arm('pq', 0.01, 0.01)]);
  assert.match(part!, /^SOAR beats Hard-Only only in part/);
});

test('a run without a promotion claims nothing, though sampling may favour PS', () => {
  const arms = [arm('hard-only', 0.001, 0.047), arm('ps', 0.002, 0.051), arm('pq', 0.001, 0.047)];
  const last = (promotions: number): string =>
    formatReport(create(RunReportSchema, { arms, promotions })).split('\n').at(-1)!;
  assert.match(last(0), /^Nothing was promoted: .* nothing to compare\.$/);
  assert.match(last(1), /^SOAR beats Hard-Only in this run/);
});

test('without both arms there is no comparison', () => {
  assert.equal(compare([arm('base', 0, 0), arm('pq', 0.5, 0.5)]), undefined);
});
