import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { wantsColour } from './config.js';
import { wrapped } from './terminal/fit.js';
import { Progress } from './progress.js';
import { formatProgress, formatSeconds, type ProgressState } from './terminal/progress-line.js';

const state = (done: number): ProgressState => ({
  activity: 'students',
  done,
  total: 100,
  unit: 'training steps',
});

test('rate and time left are computed from the start of the activity', () => {
  assert.equal(formatProgress(state(60), 10, 20), 'students  60/100 training steps  4.0/s  10 s left');
  assert.equal(formatProgress(state(1), 60, 0), 'students  1/100 training steps  1.0/min  1 h 39 min left');
  assert.equal(formatProgress(state(60), 0.5, 20), 'students  60/100 training steps');
});

test('seconds are shown in the largest two units', () => {
  assert.deepEqual([45, 200, 7500].map(formatSeconds), ['45 s', '3 min 20 s', '2 h 5 min']);
});

describe('the progress of a whole run', () => {
  const whole = { done: 3, total: 20, unit: 'outer steps', secondsLeft: 725 };
  const part: ProgressState = { ...state(60), activity: 'outer step 3: students', whole };
  const at = (width?: number): string => formatProgress(part, 10, 20, width);

  test('says which step of how many, and the time left for all of it', () => {
    assert.equal(at(), '3 of 20 outer steps  students 60/100 training steps  4.0/s  about 12 min 5 s left');
  });

  test('leaves out parts where a terminal is narrow, and cuts none', () => {
    assert.equal(at(79), '3 of 20 outer steps  students 60/100  4.0/s  about 12 min 5 s left');
    assert.equal(at(49), '3/20  students 60/100  about 12 min 5 s left');
    assert.equal(at(30), '3/20  about 12 min 5 s left');
    assert.equal(at(12), '3/20  about');
  });
});

test('lines are broken between words to the width of a terminal, and no word is cut', () => {
  const text =
    'outer step 3: mean reward +0.047, moving average +0.020, 62.5 % of stated answers right, promoted a student';
  for (const width of [50, 80]) {
    const lines = wrapped(text, width).split('\n');
    assert.ok(lines.length > 1 && lines.every((line) => line.length <= width), lines.join('\n'));
    assert.equal(lines.map((line) => line.trim()).join(' '), text);
  }
  assert.equal(wrapped('hard-only: pass@1 0.1 %, pass@8 1.2 %, pass@32 4.7 %', 51).split('\n')[1], '  4.7 %');
  const path = `${'a'.repeat(60)}/report.html`;
  assert.equal(wrapped(`${path}  the report`, 50), `${path}\n  the report`);
  const row = 'SOAR: PQ    62.5 %   100.0 %       8       and more of it';
  assert.equal(wrapped(row, 50), row, 'a row of a table stays a row');
});

test('without a terminal, progress is a plain line every ten seconds', () => {
  let now = 0;
  const written: string[] = [];
  const progress = new Progress('plain', { write: (text) => written.push(text) }, () => now);
  for (now = 0; now <= 25_000; now += 1000) progress.update(state(now / 1000));
  assert.equal(written.length, 3);
  assert.ok(written.every((line) => !line.includes('\x1b') && line.endsWith('\n')));
});

test('on a terminal the line is rewritten in place within the width, and permanent lines go above it', () => {
  const written: string[] = [];
  const progress = new Progress('terminal', { write: (text) => written.push(text), columns: 30 }, () => 0);
  progress.update(state(1));
  progress.line('outer step 0: 8 of 9 rollouts well-formed');
  assert.deepEqual(written, [
    '\r\x1b[2Kstudents  1/100',
    '\r\x1b[2K',
    'outer step 0: 8 of 9 rollouts\n  well-formed\n',
  ]);
});

test('concurrent activities each have their own rate', () => {
  let now = 0;
  const written: string[] = [];
  const progress = new Progress('plain', { write: (text) => written.push(text) }, () => now);
  for (now = 0; now <= 20_000; now += 5000) {
    progress.update({ ...state(now / 1000), activity: 'pq' });
    progress.update({ ...state(now / 500), activity: 'hard-only' });
  }
  assert.match(written.at(-1)!, /^pq {2}20\/100 training steps {2}1\.0\/s/);
});

test('the JSON style writes events with their time and nothing else', () => {
  const written: string[] = [];
  const progress = new Progress('json', { write: (text) => written.push(text) });
  progress.update(state(1));
  progress.line('for people');
  progress.event({ a: 1 });
  assert.equal(written.length, 1);
  assert.match(written[0]!, /^\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","a":1\}\n$/);
});

test('a warning has a colour where there is one, and what a model wrote has none of its own', () => {
  const written: string[] = [];
  const line = (text: string, isColoured: boolean): void =>
    new Progress('plain', { write: (it) => written.push(it) }, undefined, isColoured).line(text);
  line('warning: \x1b[31mred', true);
  line('warning: plain', false);
  assert.ok(written[0]!.startsWith('\x1b[33mwarning: ') && written[0]!.endsWith('red\x1b[39m\n'), written[0]);
  assert.ok(!written[0]!.includes('\x1b[31m'));
  assert.equal(written[1], 'warning: plain\n');
});

describe('colour', () => {
  const kept = { ...process.env };
  before(() => {
    for (const name of ['NO_COLOR', 'FORCE_COLOR']) delete process.env[name];
    process.env['TERM'] = 'xterm';
  });
  after(() => {
    for (const name of ['NO_COLOR', 'FORCE_COLOR', 'TERM']) delete process.env[name];
    Object.assign(process.env, kept);
  });

  test('is written to terminals, unless NO_COLOR says otherwise; FORCE_COLOR also elsewhere', () => {
    assert.deepEqual([wantsColour({ isTTY: true }), wantsColour({})], [true, false]);
    process.env['FORCE_COLOR'] = '1';
    assert.equal(wantsColour({}), true);
    process.env['NO_COLOR'] = '1';
    assert.equal(wantsColour({ isTTY: true }), false);
  });
});
