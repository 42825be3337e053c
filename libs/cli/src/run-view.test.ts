import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, RunSchema, RunState, WatchRunResponseSchema } from '@soar/contracts';
import { Progress } from './progress.js';
import { RunView } from './run-view.js';

const run = (done: number) =>
  create(RunSchema, {
    id: 'a-run',
    state: RunState.RUNNING,
    outerStepsDone: done,
    config: { outerSteps: 4, promotion: { tau: 0.01 } },
    report: { timing: { seconds: { 'outer-steps': 12.5 * done } } },
  });
const event = (init: Parameters<typeof create<typeof WatchRunResponseSchema>>[1]) =>
  create(WatchRunResponseSchema, init);
const step = event({
  step: {
    outerStep: 1,
    score: { meanReward: 0, movingAverage: 0.25, baselineAccuracy: 0.5, promotion: { datasetIndex: 0 } },
    rolloutsSampled: 8,
  },
});

test('events of a run have a name, and the figures of a step and of an arm, zeros among them', () => {
  const written: Record<string, unknown>[] = [];
  const progress = new Progress('json', {
    write: (text) => written.push(JSON.parse(text) as Record<string, unknown>),
  });
  const view = new RunView('a-run', progress);
  view.take(run(1));
  assert.ok(view.isNew(step.step!));
  view.show(step, view.take(run(2)));
  view.show(event({ arm: { name: 'pq', passAtK: { 1: 0.5 }, trainingSteps: 6 } }), undefined);
  view.show(event({ progress: { activity: 'pq', done: 1, total: 6, unit: 'training steps' } }), undefined);
  view.show(event({ run: run(2) }), undefined);
  assert.deepEqual(written[0]!['figures'], {
    run: 'a-run',
    step: 1,
    steps: 4,
    reward_mean: 0,
    moving_average: 0.25,
    tau: 0.01,
    promoted: 0,
    baseline_accuracy: 0.5,
    seconds: 12.5,
  });
  assert.ok('score' in (written[0]!['step'] as object), 'and all of its message');
  assert.deepEqual(written[1]!['figures'], {
    run: 'a-run',
    arm: 'pq',
    pass_at: { 1: 0.5 },
    training_steps: 6,
  });
  assert.deepEqual(written[2]!['whole'], { steps_done: 2, steps: 4, seconds_left: null });
  assert.deepEqual(
    written.map((it) => it['event']),
    ['step', 'arm', 'progress', 'run'],
  );
});

test('a step that is told again is said once; one with a promotion has a colour', () => {
  const written: string[] = [];
  const view = new RunView(
    'a-run',
    new Progress('plain', { write: (text) => written.push(text) }, undefined, true),
  );
  view.show(step, undefined);
  view.show(step, undefined);
  assert.equal(written.length, 1);
  assert.match(written[0]!, /^\x1b\[32mouter step 1: .*promoted a student of dataset 0\x1b\[39m\n$/);
});
