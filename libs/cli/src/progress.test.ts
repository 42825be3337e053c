import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatProgress, formatSeconds, Progress, progressStyle } from './progress.js';

const state = (done: number): { activity: string; done: number; total: number; unit: string } => ({
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

test('without a terminal, progress is a plain line every ten seconds', () => {
  let now = 0;
  const written: string[] = [];
  const progress = new Progress('plain', { write: (text) => written.push(text) }, () => now);
  for (now = 0; now <= 25_000; now += 1000) progress.update(state(now / 1000));
  assert.equal(written.length, 3);
  assert.ok(written.every((line) => !line.includes('\x1b') && line.endsWith('\n')));
});

test('on a terminal the line is rewritten in place, cut to the width, and permanent lines go above it', () => {
  const written: string[] = [];
  const progress = new Progress('terminal', { write: (text) => written.push(text), columns: 30 }, () => 0);
  progress.update(state(1));
  progress.line('outer step 0 done');
  assert.deepEqual(written, ['\r\x1b[2Kstudents  1/100 training step', '\r\x1b[2K', 'outer step 0 done\n']);
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

test('the JSON style writes events and nothing else', () => {
  const written: string[] = [];
  const progress = new Progress('json', { write: (text) => written.push(text) });
  progress.update(state(1));
  progress.line('for people');
  progress.event({ a: 1 });
  assert.deepEqual(written, ['{"a":1}\n']);
  assert.deepEqual(
    [progressStyle(true, true), progressStyle(false, true), progressStyle(undefined, undefined)],
    ['json', 'terminal', 'plain'],
  );
});
