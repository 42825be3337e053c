/** Runs whose services are replaced by other builds: refused, resumed when that is allowed, never mixed unnoticed. */
import { RunState } from '@soar/contracts';
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import {
  buildNamed,
  type Coordinator,
  CoordinatorFixture,
  ended,
  inState,
  request,
  timeless,
} from '../testing/coordinator.js';

/** A run that is stopped before the first call that matches `call`; its coordinator is stopped. */
async function interrupted(t: TestContext, call: RegExp): Promise<CoordinatorFixture> {
  const fixture = await CoordinatorFixture.create(t);
  fixture.services.build = buildNamed('trainer', '1.0.0');
  const coordinator = await fixture.coordinator({ build: buildNamed('coordinator', '1.0.0') });
  const stopped = new Promise<void>((resolve) => {
    fixture.services.onCall = (made) => {
      if (!call.test(made)) return;
      fixture.services.onCall = () => undefined;
      setImmediate(() => void coordinator.stop().then(resolve));
    };
  });
  await coordinator.client.createRun(request('run'));
  await stopped;
  return fixture;
}

/** From which step on which version of the trainer worked, and whether that was allowed. */
async function recorded(client: Coordinator['client']): Promise<unknown[]> {
  const { run } = await client.getRun({ id: 'run' });
  return run!.report!.versions!.builds.map(({ fromOuterStep, services, versionChangeAllowed }) => [
    fromOuterStep,
    services.find(({ service }) => service === 'trainer')?.version,
    versionChangeAllowed,
  ]);
}

const coordinatorOf = (
  fixture: CoordinatorFixture,
  version: string,
  part = version,
): Promise<Coordinator> => {
  fixture.services.build = buildNamed('trainer', version, part);
  return fixture.coordinator({ build: buildNamed('coordinator', version, part) });
};

test('the builds that worked on a run are in its report', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await coordinatorOf(fixture, '1.0.0');
  await client.createRun(request('run'));
  const { report, state } = await ended(client, 'run');
  assert.equal(state, RunState.SUCCEEDED);
  const { builds } = report!.versions!;
  assert.deepEqual(
    builds.map(({ services }) => services.map(({ service, version }) => `${service} ${version}`)),
    [['coordinator 1.0.0', 'teacher 1.0.0', 'trainer 1.0.0', 'metareward 1.0.0']],
  );
});

test('another version with the same parts continues, and the report says from where', async (t) => {
  const fixture = await interrupted(t, /^Propose step\/1/);
  const { client } = await coordinatorOf(fixture, '1.0.1', '1.0.0');
  const { state, failure } = await ended(client, 'run');
  assert.equal(state, RunState.SUCCEEDED, failure);
  assert.deepEqual(await recorded(client), [
    [0, '1.0.0', false],
    [1, '1.0.1', false],
  ]);
});

test('builds with other parts are refused by name, resumed when allowed, and in the report', async (t) => {
  const fixture = await interrupted(t, /^Propose step\/1/);
  const { client, ...first } = await coordinatorOf(fixture, '2.0.0');
  const { failure, failureReason } = await inState(client, 'run', RunState.FAILED);
  assert.equal(failureReason, 'BUILD_CHANGED');
  assert.match(failure, /engine of coordinator, teacher, trainer and metareward \(1\.0\.0 .* -> 2\.0\.0 /);
  await assert.rejects(client.resumeRun({ id: 'run' }), { reason: 'BUILD_CHANGED' });
  assert.equal((await client.getRun({ id: 'run' })).run!.state, RunState.FAILED);
  await first.stop();

  // The build that began it may go on, and a third one may not.
  const old = await coordinatorOf(fixture, '1.0.0');
  const paused = inState(old.client, 'run', RunState.RUNNING);
  fixture.services.onCall = (_, moment) => (moment === 'before' ? new Promise(() => undefined) : undefined);
  await old.client.resumeRun({ id: 'run' });
  await paused;
  await old.client.pauseRun({ id: 'run' });
  await old.stop();
  fixture.services.onCall = () => undefined;

  const next = await coordinatorOf(fixture, '2.0.0');
  await assert.rejects(next.client.resumeRun({ id: 'run' }), { reason: 'BUILD_CHANGED' });
  assert.equal((await next.client.getRun({ id: 'run' })).run!.state, RunState.PAUSED);
  await next.client.resumeRun({ id: 'run', allowVersionChange: true });
  const run = await ended(next.client, 'run');
  assert.equal(run.state, RunState.SUCCEEDED, run.failure);
  assert.deepEqual(await recorded(next.client), [
    [0, '1.0.0', false],
    [1, '2.0.0', true],
  ]);
});

test('a run that is moved to another provider is refused, allowed or not, by what to do', async (t) => {
  const computing = (provider: string) => {
    const build = buildNamed('trainer', '1.0.0', `on ${provider}`);
    return { ...build, parts: { engine: '1.0.0', provider } };
  };
  const fixture = await CoordinatorFixture.create(t);
  const build = buildNamed('coordinator', '1.0.0');
  fixture.services.build = computing('webgpu');
  const { client } = await fixture.coordinator({ build });
  fixture.services.onCall = (call, moment) => {
    if (call === 'Propose step/1/propose' && moment === 'after') fixture.services.build = computing('cpu');
  };
  await client.createRun(request('run'));
  const { failure } = await ended(client, 'run');
  assert.match(failure, /begun on webgpu, and the trainers compute on cpu: .* --provider webgpu to continue/);
  await client.resumeRun({ id: 'run', allowVersionChange: true }).catch(() => undefined);
  const again = await inState(client, 'run', RunState.FAILED);
  assert.match(again.failure, /begun on webgpu, and the trainers compute on cpu/);
});

test('a change of what is no longer needed is no refusal', async (t) => {
  const fixture = await interrupted(t, /^CreateTrainingRun run\/hard-only/);
  // Teacher and metareward are not needed for the arms; here, only they are replaced.
  const replica = await fixture.services.replica('127.0.0.1:0', undefined, buildNamed('trainer', '1.0.0'));
  t.after(() => replica.stop());
  fixture.services.build = buildNamed('teacher', '2.0.0');
  const build = buildNamed('coordinator', '1.0.0');
  const { client } = await fixture.coordinator({ build, trainer: replica.address });
  const run = await ended(client, 'run');
  assert.equal(run.state, RunState.SUCCEEDED, run.failure);
  assert.deepEqual(await recorded(client), [
    [0, '1.0.0', false],
    [2, '1.0.0', false],
  ]);
});

test('a trainer that is replaced in the middle adds nothing, and its run says what has changed', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const undisturbed = await CoordinatorFixture.create(t);
  const { client } = await coordinatorOf(fixture, '1.0.0');
  fixture.services.onCall = (call, moment) => {
    if (call === 'Propose step/1/propose' && moment === 'after')
      fixture.services.build = buildNamed('trainer', '2.0.0');
  };
  await client.createRun(request('run'));
  const { state, failure } = await ended(client, 'run');
  assert.equal(state, RunState.FAILED);
  assert.match(failure, /^run "run": .*engine of teacher, trainer and metareward \(1\.0\.0 /);
  assert.ok(!fixture.services.calls.includes('CreateTrainingRun run/step-1/dataset-0/repeat-0'));
  await client.resumeRun({ id: 'run', allowVersionChange: true });
  const run = await ended(client, 'run');
  assert.equal(run.state, RunState.SUCCEEDED, run.failure);
  assert.deepEqual(await recorded(client), [
    [0, '1.0.0', false],
    [1, '2.0.0', true],
  ]);
  const other = await coordinatorOf(undisturbed, '1.0.0');
  await other.client.createRun(request('run'));
  const { steps } = timeless((await ended(other.client, 'run')).report);
  assert.deepEqual(timeless(run.report)['steps'], steps);
});

test('trainers on devices of two kinds are refused before a run is created', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const on = (device: string) => {
    const build = buildNamed('trainer', '1.0.0', `on ${device}`);
    return { ...build, parts: { engine: '1.0.0', provider: 'webgpu', device } };
  };
  const other = await fixture.services.replica('127.0.0.1:0', undefined, on('card B'));
  t.after(() => other.stop());
  fixture.services.build = on('card A');
  const trainer = `${fixture.services.address},${other.address}`;
  const { client } = await fixture.coordinator({ build: buildNamed('coordinator', '1.0.0'), trainer });
  await assert.rejects(client.createRun(request('run')), {
    reason: 'BUILD_CHANGED',
    message: /trainer at \S+ computes on card A, and trainer at \S+ on card B: .* Use devices of one kind/,
  });
});

test('replicas of two builds are refused before a run is created', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const other = await fixture.services.replica('127.0.0.1:0', undefined, buildNamed('trainer', '2.0.0'));
  t.after(() => other.stop());
  fixture.services.build = buildNamed('trainer', '1.0.0');
  const trainer = `${fixture.services.address},${other.address}`;
  const { client } = await fixture.coordinator({ build: buildNamed('coordinator', '1.0.0'), trainer });
  await assert.rejects(client.createRun(request('run')), {
    reason: 'BUILD_CHANGED',
    message: /trainer at \S+ and trainer at \S+ are different builds: engine of trainer .* Wait until/,
  });
  await assert.rejects(client.getRun({ id: 'run' }), { reason: 'NOT_FOUND' });
});

test('a fork takes the builds of its copied steps along, and is refused under others', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const first = await coordinatorOf(fixture, '1.0.0');
  await first.client.createRun(request('source'));
  await ended(first.client, 'source');
  await first.stop();
  const { client } = await coordinatorOf(fixture, '2.0.0');
  const fork = { id: 'run', fork: { runId: 'source', fromStep: 1 } };
  await assert.rejects(client.forkRun(fork), { reason: 'BUILD_CHANGED' });
  await assert.rejects(client.getRun({ id: 'run' }), { reason: 'NOT_FOUND' });
  await client.forkRun({ ...fork, allowVersionChange: true });
  assert.equal((await ended(client, 'run')).state, RunState.SUCCEEDED);
  assert.deepEqual(await recorded(client), [
    [0, '1.0.0', false],
    [1, '2.0.0', true],
  ]);
  // Nothing is copied, so nothing is mixed.
  await client.forkRun({ id: 'new', fork: { runId: 'source', fromStep: 0 } });
  assert.equal((await ended(client, 'new')).state, RunState.SUCCEEDED);
});
