/** Runs as resources: create, read, watch, pause, resume, cancel, fail. */
import { type Run, RunState } from '@soar/contracts';
import { UserError } from '@soar/core';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CoordinatorFixture, ended, inState, request, timeless } from '../testing/coordinator.js';

test('creating a run again returns it; another request under its id is refused', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  const both = await Promise.all([client.createRun(request('run')), client.createRun(request('run'))]);
  assert.deepEqual(
    both.map(({ run }) => run!.id),
    ['run', 'run'],
  );
  await ended(client, 'run');
  assert.equal((await client.createRun(request('run'))).run!.state, RunState.SUCCEEDED);
  const other = request('run', (config) => (config.seed = 6));
  await refused(client.createRun(other), 'ALREADY_EXISTS', /exists with another configuration/);
  assert.equal(fixture.services.calls.filter((call) => call.startsWith('Propose step/0')).length, 1);
});

test('a missing base model is refused before a run is created', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  const wrong = request('run');
  wrong.base!.key = 'models/none';
  await refused(client.createRun(wrong), 'NOT_FOUND', /models\/none/);
  await refused(client.getRun({ id: 'run' }), 'NOT_FOUND', /there is no run "run"/);
});

test('runs are listed by id in pages, without reports', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  for (const id of ['c', 'a', 'b']) {
    await client.createRun(request(id));
    await ended(client, id);
  }
  const first = await client.listRuns({ pageSize: 2 });
  assert.deepEqual(
    first.runs.map(({ id, report, outerStepsDone }) => [id, report, outerStepsDone]),
    [
      ['a', undefined, 2],
      ['b', undefined, 2],
    ],
  );
  const second = await client.listRuns({ pageSize: 2, pageToken: first.nextPageToken });
  assert.deepEqual([second.runs.map(({ id }) => id), second.nextPageToken], [['c'], '']);
});

test('watching a run reports its state, progress, every step, every arm and the report', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const gate = held(fixture, (call) => call.startsWith('Propose'));
  const { client } = await fixture.coordinator();
  await client.createRun(request('run'));
  const seen: string[] = [];
  let last: Run | undefined;
  for await (const event of client.watchRun({ id: 'run' })) {
    if (event.run !== undefined) seen.push(`run ${RunState[event.run.state]}`);
    if (event.step !== undefined) seen.push(`step ${event.step.outerStep}`);
    if (event.arm !== undefined) seen.push(`arm ${event.arm.name}`);
    if (event.progress?.done === event.progress?.total && event.progress !== undefined) {
      seen.push(`${event.progress.activity}: ${event.progress.total} ${event.progress.unit}`);
    }
    last = event.run;
    gate.open();
  }
  for (const expected of [
    'run RUNNING',
    'outer step 0: students: 12 training steps',
    'step 0',
    'step 1',
    'arm base',
    'arm hard-only',
    'arm ps',
    'arm pq',
    'evaluate ps: 8 problems',
    'run SUCCEEDED',
  ]) {
    assert.ok(seen.includes(expected), `${expected} in ${seen.join(', ')}`);
  }
  assert.equal(last!.report!.arms.length, 4);
  await refused(client.watchRun({ id: 'none' })[Symbol.asyncIterator]().next(), 'NOT_FOUND', /no run "none"/);
});

test('watching an idle run reports a heartbeat within 5 s', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const gate = held(fixture, (call) => call.startsWith('Propose'));
  const { client } = await fixture.coordinator();
  await client.createRun(request('run'));
  await gate.reached;
  let events = 0;
  for await (const { run, step, arm, progress } of client.watchRun({ id: 'run' }, { idleMs: 5_000 })) {
    events++;
    if (run === undefined) {
      assert.deepEqual([step, arm, progress], [undefined, undefined, undefined]);
      break;
    }
  }
  assert.equal(events, 2);
  gate.open();
});

test('a paused run starts nothing new, even after a restart; resumed, it has the undisturbed report', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const gate = held(fixture, (call) => call === 'Propose step/1/propose');
  const first = await fixture.coordinator();
  await first.client.createRun(request('run'));
  await gate.reached;
  assert.equal((await first.client.pauseRun({ id: 'run' })).run!.state, RunState.PAUSED);
  gate.open();
  await new Promise((resolve) => setTimeout(resolve, 150));
  const calls = fixture.services.calls.length;
  assert.equal(fixture.services.calls.at(-1), 'Propose step/1/propose');

  await first.client.resumeRun({ id: 'run' });
  await first.client.pauseRun({ id: 'run' });
  await first.stop();
  const second = await fixture.coordinator();
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal((await second.client.getRun({ id: 'run' })).run!.state, RunState.PAUSED);
  assert.ok(fixture.services.calls.length <= calls + 5, 'only what passed between resume and pause');
  await second.client.resumeRun({ id: 'run' });
  const { report } = await ended(second.client, 'run');

  const plain = await CoordinatorFixture.create(t);
  const other = await plain.coordinator();
  await other.client.createRun(request('run'));
  assert.deepEqual(timeless(report), timeless((await ended(other.client, 'run')).report));
});

test('a cancelled run cannot be resumed, and its trainings are cancelled', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const gate = held(fixture, (call) => call === 'Propose step/1/propose');
  const { client } = await fixture.coordinator();
  await client.createRun(request('run'));
  await gate.reached;
  const { run } = await client.cancelRun({ id: 'run' });
  assert.equal(run!.state, RunState.CANCELLED);
  assert.equal(run!.outerStepsDone, 1);
  assert.ok(fixture.services.cancelled.includes('run/step-0/dataset-0/repeat-0'));
  await refused(client.resumeRun({ id: 'run' }), 'FAILED_PRECONDITION', /is cancelled and cannot be resumed/);
  assert.equal((await client.cancelRun({ id: 'run' })).run!.state, RunState.CANCELLED);
  gate.open();
});

test('an error of a service fails the run with its message; a resumed run succeeds', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  let broken = true;
  fixture.services.onCall = (call, moment) => {
    if (broken && moment === 'before' && call.startsWith('ScoreStep run 1')) {
      throw new UserError('scores are out of order', 'FAILED_PRECONDITION');
    }
  };
  const { client } = await fixture.coordinator();
  await client.createRun(request('run'));
  const failed = await ended(client, 'run');
  assert.deepEqual(
    [failed.state, failed.failure, failed.failureReason, failed.outerStepsDone],
    [RunState.FAILED, 'scores are out of order', 'FAILED_PRECONDITION', 1],
  );
  broken = false;
  assert.equal((await client.resumeRun({ id: 'run' })).run!.state, RunState.RUNNING);
  assert.equal((await ended(client, 'run')).state, RunState.SUCCEEDED);
});

test('a short outage of a service is retried; a long one fails the run', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { address } = fixture.services;
  const gate = held(fixture, (call) => call === 'Propose step/1/propose');
  const { client } = await fixture.coordinator({ unavailableMs: 2_000 });
  await client.createRun(request('run'));
  await gate.reached;
  await fixture.services.stop();
  gate.open();
  await new Promise((resolve) => setTimeout(resolve, 300));
  await fixture.services.start(fixture.ledger, address);
  assert.equal((await ended(client, 'run')).state, RunState.SUCCEEDED);

  const again = held(fixture, (call) => call === 'Propose step/1/propose');
  await client.createRun(request('other'));
  await again.reached;
  await fixture.services.stop();
  again.open();
  const failed = await inState(client, 'other', RunState.FAILED);
  assert.equal(failed.failureReason, 'UNAVAILABLE');
  assert.match(failed.failure, /teacher at 127\.0\.0\.1:\d+: no answer for \d+ s .*resume the run/);
});

/** Holds the calls that match `which` until it is opened. */
function held(fixture: CoordinatorFixture, which: (call: string) => boolean) {
  let open!: () => void;
  let reach!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const reached = new Promise<void>((resolve) => (reach = resolve));
  fixture.services.onCall = async (call, moment) => {
    if (moment === 'after' || !which(call)) return;
    reach();
    await opened;
  };
  return { open, reached };
}

async function refused(call: Promise<unknown>, reason: string, message: RegExp): Promise<void> {
  await assert.rejects(call, (error: unknown) => {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.reason, reason);
    assert.match(error.message, message);
    return true;
  });
}
