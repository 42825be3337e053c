/** The page of a run: what it shows, and reports that lack what it shows. */
import {
  create,
  type RunReport,
  RunReportSchema,
  runReportFromJson,
  runReportToJson,
  TeacherConfigSchema,
} from '@soar/contracts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertDrawn, assertInert, figureNames, valuesOf } from '../testing/page-checks.js';
import { HOSTILE, runReport } from '../testing/reports.js';
import { runPage } from './run-page.js';

function pageOf(report: RunReport): Document {
  const document = assertInert(runPage(report));
  assertDrawn(document);
  return document;
}

test('a page has a figure of everything that a run measures, each with its values', () => {
  const document = pageOf(runReport());
  assert.deepEqual(figureNames(document), [
    'pass-at-k',
    'reward',
    'baseline',
    'teacher-gradient',
    'kinds',
    'quality',
    'rejections',
    'training-accuracy',
    'training-gradient',
    'training-entropy',
    'timing',
  ]);
  assert.deepEqual(valuesOf(document, 'reward').slice(0, 3), [
    ['Outer step', 'mean', 'moving average', 'datasets', 'promoted'],
    ['0', '0.125', '0.063', '-0.250, 0.250', ''],
    ['1', '0.125', '0.063', '-0.250, 0.250', 'dataset 1'],
  ]);
  assert.deepEqual(valuesOf(document, 'pass-at-k'), [
    ['k =', 'Base', 'Hard-Only', 'PS', 'PQ'],
    ['1', '0.0 %', '0.0 %', '0.0 %', '75.0 %'],
    // One problem has 2 of 4 right: 1 - C(2,2)/C(4,2) = 5/6; the other all: 1.
    ['2', '0.0 %', '0.0 %', '0.0 %', '91.7 %'],
    ['4', '0.0 %', '0.0 %', '0.0 %', '100.0 %'],
  ]);
  assert.deepEqual(valuesOf(document, 'quality')[1], ['0', '80.0 %', '75.0 %']);
  const text = document.body.textContent;
  for (const part of [
    'tau = 0.05',
    '3 outer steps, 3 teacher updates, 1 promotion, 1 promotion question.',
    '"seed": 7',
  ])
    assert.ok(text.includes(part), part);
});

test('a page says that the teacher was frozen, and shows no gradient of it', () => {
  const report = runReport();
  report.config!.teacher = create(TeacherConfigSchema, { frozen: true });
  for (const step of report.steps) step.teacherGradientNorm = 0;
  const document = pageOf(report);
  assert.match(
    document.querySelector('header')!.textContent,
    /3 outer steps, a frozen teacher that is never/,
  );
  assert.ok(!figureNames(document).includes('teacher-gradient'));
});

test('a text of a model is shown as text, wherever it appears', () => {
  const document = pageOf({ ...runReport({ text: HOSTILE }), runId: HOSTILE });
  assert.ok(document.querySelector('h1')!.textContent.includes('<script>alert(1)</script>'));
  assert.ok(document.querySelector('#promotions code')!.textContent.includes('<img src=x'));
  // What turns the direction of a line is written out.
  assert.ok(document.querySelector('#promotions code')!.textContent.includes('\\u{202e}\\u{0}'));
});

test('without a promotion the page says so, and no line marks one', () => {
  const document = pageOf(runReport({ steps: 1 }));
  assert.match(document.querySelector('header')!.textContent, /Nothing was promoted/);
  assert.equal(document.querySelector('#promotions'), null);
  assert.ok(!document.querySelector('#fig-reward svg')!.textContent.includes('promotion'));
  // A line of one step is a point.
  assert.ok(document.querySelector('#fig-teacher-gradient svg circle'));
});

test('a report of thousands of steps makes a page of bounded size', () => {
  const [some, many] = [200, 6000].map((steps) => runPage(runReport({ steps, training: steps })).length);
  assert.ok(many! < 1.3 * some!, `${some} characters for 200 steps, ${many} for 6000`);
  const document = pageOf(runReport({ steps: 6000 }));
  assert.ok(
    document.querySelector('#fig-reward')!.textContent.includes('Each point is the mean of 50 outer steps.'),
  );
  assert.equal(valuesOf(document, 'reward')[1]![0], '0 to 49');
});

test('an empty report, as of a run that has just begun, is a page', () => {
  const document = pageOf(create(RunReportSchema, { runId: 'new' }));
  assert.deepEqual(figureNames(document), []);
  const begun = pageOf({
    ...runReport({ steps: 2 }),
    arms: [],
    config: { ...runReport().config!, outerSteps: 9 },
  });
  assert.match(
    begun.querySelector('header')!.textContent,
    /The report so far: 2 of 9 outer steps are done\./,
  );
  assert.match(begun.querySelector('#limits')!.textContent, /The arms have not been evaluated/);
  const rule = 'mean reward below 0 in 3 outer steps in a row after the last promotion';
  const stopped = create(RunReportSchema, { stopped: { outerStep: 1, promotedStep: 0, rule } }).stopped!;
  const ended = pageOf({
    ...runReport({ steps: 2 }),
    stopped,
    config: { ...runReport().config!, outerSteps: 9 },
  });
  const text = ended.querySelector('header')!.textContent;
  assert.ok(text.includes(`The outer loop ended after step 1 of 9, by its rule: ${rule}.`), text);
});

test('numbers that are none leave gaps, and unknown arms and parts keep their names', () => {
  const json = runReportToJson(runReport()) as { steps: { score?: object }[]; arms: { name: string }[] };
  json.steps[0]!.score = { meanReward: 'NaN', movingAverage: 'Infinity', datasets: [{ reward: 'NaN' }] };
  delete json.steps[2]!.score;
  json.arms[1]!.name = 'arm-of-tomorrow';
  const document = pageOf(runReportFromJson(json, 'report.json'));
  assert.equal(valuesOf(document, 'reward')[1]![1], '–');
  assert.ok(valuesOf(document, 'pass-at-k')[0]!.includes('arm-of-tomorrow'));
});

test('equal reports give equal pages, however many were drawn before', () => {
  assert.equal(runPage(runReport()), runPage(runReport()));
});
