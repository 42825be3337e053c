/** The parts of the page that are functions: routes, drawing less, axes, what events make of a view, numbers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { downsample, downsampleRanges, type Point } from './charts/downsample.js';
import { nearest, scaleOf, wholeTicks } from './charts/scale.js';
import { bytes, compact, duration, percent, signed, visible } from './format.js';
import type { Run, StepRow, TrainerLoads, TrainerStatusRow } from './index.js';
import { CONNECTING, type Live, runAfter } from './live/live-state.js';
import { HISTORY_MS, historyAfter, type TrainerHistory } from './live/trainer-history.js';
import { hashOf, type Route, routeOf } from './route.js';

test('every route is read back from its address, whatever the id', () => {
  const ids = ['a', 'a/b', '100%', '<img src=x>', '#?&', '\u202e', '..'];
  for (const id of ids) {
    const routes: Route[] = [
      { view: 'run', id, tab: 'course' },
      { view: 'run', id, tab: 'questions', step: 12 },
      { view: 'comparison', id },
    ];
    for (const route of routes) assert.deepEqual(routeOf(hashOf(route)), route, id);
  }
});

test('an address that is none leads to the overview', () => {
  for (const hash of ['', '#', '#/runs', '#/runs/', '#/runs/%E0%A4%A', '#/nothing/x', '#main'])
    assert.deepEqual(routeOf(hash), { view: 'overview' }, hash);
  assert.deepEqual(routeOf('#/runs/a/nothing/-1'), { view: 'run', id: 'a', tab: 'course' });
});

test('ten thousand points become few, and the highest and the lowest stay', () => {
  const points = Array.from({ length: 10_000 }, (_, x): Point => [x, Math.sin(x)]);
  points[1234] = [1234, 50];
  points[7777] = [7777, -50];
  const kept = downsample(points, 300);
  assert.ok(kept.length <= 601, String(kept.length));
  for (const point of [points[1234], points[7777], points.at(-1)!]) assert.ok(kept.includes(point));
  assert.ok(
    kept.every(([x], i) => i === 0 || x > kept[i - 1]![0]),
    'in their order',
  );
  assert.equal(downsample(points.slice(0, 600), 300).length, 600);
  const ranges = downsampleRanges(
    points.map(([x, y]) => [x, y, y + 1] as const),
    300,
  );
  assert.equal(ranges.length, 300);
  assert.equal(Math.max(...ranges.map(([, , high]) => high)), 51);
});

test('axes have round numbers that hold every value', () => {
  assert.deepEqual(scaleOf([0.013, 0.047], [0]).ticks, [0, 0.02, 0.04, 0.06]);
  assert.deepEqual(scaleOf([0, 0], [0]), { from: 0, to: 1, ticks: [0, 0.5, 1] });
  for (const values of [[5], [-3, 1e6], [1e-9, 2e-9], [], [Number.NaN, 1]]) {
    const { from, to, ticks } = scaleOf(values, []);
    assert.ok(from < to && ticks.length >= 2 && ticks.length < 12, JSON.stringify(values));
    for (const value of values.filter(Number.isFinite)) assert.ok(from <= value && value <= to);
  }
  assert.deepEqual(wholeTicks(0, 29, 6), [0, 5, 10, 15, 20, 25]);
  assert.deepEqual(wholeTicks(0, 1, 9), [0, 1]);
  assert.equal(nearest([0, 10, 20], 14), 1);
  assert.equal(nearest([], 1), -1);
});

const step = (n: number): StepRow => ({
  step: n,
  rewards: [],
  sampled: 0,
  rejected: 0,
  rejections: {},
  kinds: {},
  gradientNorm: 0,
  innerSteps: 0,
  tokens: 0,
});
const after = (events: readonly (readonly [string, unknown])[]): Live<Run> =>
  events.reduce<Live<Run>>((live, [event, data]) => runAfter(live, event, data), CONNECTING);
const run = { id: 'a', state: 'RUNNING', stepsDone: 1, steps: [step(0)], arms: [] };

test('a step that comes twice counts once, and ends what was shown of it', () => {
  const progress = { activity: 'outer step 1: students', done: 1, total: 2, unit: 'steps' };
  const live = after([
    ['run', run],
    ['progress', progress],
    ['step', step(1)],
    ['step', step(1)],
  ]);
  assert.deepEqual(
    live.resource!.steps.map((each) => each.step),
    [0, 1],
  );
  assert.equal(live.resource!.stepsDone, 2);
  assert.deepEqual(live.progress, []);
});

test('what was lost is shown as old until the whole run is there again', () => {
  const away = after([
    ['run', run],
    ['connection', { ok: false, why: 'no answer' }],
  ]);
  assert.equal(away.link, 'coordinator-away');
  assert.equal(away.why, 'no answer');
  assert.equal(away.resource!.id, 'a', 'what is known stays on the screen');
  assert.equal(runAfter(away, 'lost', {}).link, 'server-away');
  const back = runAfter(away, 'run', { ...run, steps: [step(0), step(1)], stepsDone: 2 });
  assert.equal(back.link, 'live');
  assert.equal(back.resource!.stepsDone, 2);
  assert.equal(runAfter(back, 'gone', { why: 'there is no run' }).gone, 'there is no run');
});

test('numbers are short and never a negative zero', () => {
  assert.deepEqual([0, 59, 75, 3_599, 7_500, 300_000].map(duration), [
    '0 s',
    '59 s',
    '1 min 15 s',
    '1 h 0 min',
    '2 h 5 min',
    '3 d 11 h',
  ]);
  assert.deepEqual(
    [0.0472, -0.1, -0.0001].map((value) => signed(value)),
    ['+0.047', '\u22120.100', '+0.000'],
  );
  assert.deepEqual([0.526, -0.0001, 1].map(percent), ['52.6 %', '0.0 %', '100.0 %']);
  assert.deepEqual([0, 12.345, 4.56e-9, 123_456].map(compact), ['0', '12.3', '4.6e-9', '1.2e5']);
});

test('characters that could hide or turn a text are written out', () => {
  assert.equal(visible('a\u202eb\u0000c\u200bd\n\te'), 'a\\u{202e}b\\u{0}c\\u{200b}d\n\te');
});

test('of a trainer the last minutes are kept, also while it does not answer, until it is gone', () => {
  const status = { jobsRunning: 1 } as TrainerStatusRow;
  const at = (atMs: number, ...addresses: string[]): TrainerLoads => ({
    atMs,
    trainers: addresses.map((address) => ({ address, failure: '', status })),
  });
  let history: TrainerHistory | undefined;
  const length = (address: string): number | undefined => history?.samples[address]?.length;
  for (let i = 0; i < 1_000; i++) history = historyAfter(history, at(1_500 * i, 'a', 'b'));
  assert.ok(length('a')! <= 240 && length('a')! >= 199, String(length('a')));
  const away = { atMs: 1_500_000, trainers: [{ address: 'a', failure: 'away' }] };
  history = historyAfter(history, away);
  assert.ok(length('a')! > 190);
  assert.equal(length('b'), undefined);
  history = historyAfter(history, { ...away, atMs: 1_500_000 + HISTORY_MS });
  assert.equal(length('a'), 0);
  // A clock that was set back: what seems to come is forgotten.
  history = historyAfter(historyAfter(history, at(9e9, 'a')), at(1_000, 'a'));
  assert.equal(length('a'), 1);
});

test('bytes are written in the unit that fits', () => {
  assert.deepEqual([0, 375e6, 1.5 * 2 ** 30, 20_221_211_443, 200 * 2 ** 30].map(bytes), [
    '0 MiB',
    '358 MiB',
    '1.5 GiB',
    '18.8 GiB',
    '200 GiB',
  ]);
});
