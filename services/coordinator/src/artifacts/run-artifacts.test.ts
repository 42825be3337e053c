/** Which artifacts of a run each retention keeps, and what no sweep touches. */
import { CurriculumMode, Retention, RunState } from '@soar/contracts';
import { UserError } from '@soar/core';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CoordinatorFixture, type Coordinator, ended, inState, request } from '../testing/coordinator.js';

/** Keys in the folder of a run, without it. */
async function keysOf({ store }: CoordinatorFixture, runId: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(runId)) keys.push(key.slice(runId.length + 1));
  return keys;
}

/** A run of three outer steps that promotes once, after its second step. */
function threeSteps(id: string, retention: Retention) {
  return request(id, (config) => {
    config.outerSteps = 3;
    config.retention = retention;
    config.comparison.mode = CurriculumMode.MIXED;
  });
}

/** Students improve in the second step alone. */
function promoteInStepOne(fixture: CoordinatorFixture): void {
  let step = 0;
  fixture.services.onCall = (call) => void (step = Number(/^Propose step\/(\d+)/.exec(call)?.[1] ?? step));
  fixture.services.gain = (k) => (step === 1 ? k : 0);
}

const ARMS = ['hard-only', 'pq', 'promoted-student'];
const TEACHERS = ['step-0/teacher', 'step-1/teacher', 'step-2/teacher'];
const PROMOTED = 'step-1/dataset-1/repeat-0';
const STUDENTS = [0, 1, 2].flatMap((t) =>
  [0, 1].flatMap((k) => [0, 1].map((j) => `step-${t}/dataset-${k}/repeat-${j}`)),
);

const kept: [Retention, string[]][] = [
  [Retention.UNSPECIFIED, [...TEACHERS, PROMOTED]],
  [Retention.FORKABLE, [...TEACHERS, PROMOTED]],
  [Retention.RESULTS, ['step-2/teacher', PROMOTED]],
  [Retention.EVERYTHING, [...TEACHERS, ...STUDENTS]],
];
for (const [retention, of] of kept) {
  test(`a run with retention ${Retention[retention]} keeps that and its results`, async (t) => {
    const fixture = await CoordinatorFixture.create(t);
    promoteInStepOne(fixture);
    const { client } = await fixture.coordinator();
    await client.createRun(threeSteps('run', retention));
    const { state, failure, report } = await ended(client, 'run');
    assert.equal(state, RunState.SUCCEEDED, failure);
    assert.equal(report!.promotions, 1);
    assert.deepEqual(await keysOf(fixture, 'run'), [...ARMS, ...of].sort());
    const { artifacts } = await client.listArtifacts({});
    assert.deepEqual(
      artifacts.filter(({ keptFor }) => keptFor.length === 0),
      [],
    );
    assert.deepEqual(artifacts.find(({ checkpoint }) => checkpoint!.key === `run/${PROMOTED}`)?.keptFor, [
      'promoted in step 1 of run run',
      'arm ps of run run',
    ]);
  });
}

test('students are removed as soon as their step is finished, and not before', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const seen: Record<string, string[]> = {};
  fixture.services.onCall = async (call, moment) => {
    const at = /^(Propose step\/1|ScoreStep run 1)/.exec(call)?.[0];
    if (at === undefined || moment === 'after') return;
    // The sweep runs in the background.
    for (let i = 0; i < 500; i++) {
      seen[at] = (await keysOf(fixture, 'run')).filter((key) => key.includes('dataset'));
      if (at !== 'Propose step/1' || seen[at].length < 2) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const { client } = await fixture.coordinator();
  await client.createRun(threeSteps('run', Retention.UNSPECIFIED));
  await ended(client, 'run');
  assert.deepEqual(seen['Propose step/1'], ['step-0/dataset-1/repeat-0'], 'the promoted one');
  assert.deepEqual(seen['ScoreStep run 1'], [
    'step-0/dataset-1/repeat-0',
    ...STUDENTS.filter((key) => key.startsWith('step-1')),
  ]);
});

test('a sweep keeps what a fork, a fork of that fork, or a run with its base there needs', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  await client.createRun(threeSteps('source', Retention.EVERYTHING));
  await ended(client, 'source');
  const other = request('other');
  other.base!.key = 'source/step-0/dataset-0/repeat-1';
  await client.createRun(other);
  await ended(client, 'other');
  // The fork waits in its first new step, so it has the copied steps and nothing else.
  let reach!: () => void;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  fixture.services.onCall = async (call, moment, signal) => {
    if (call !== 'Propose step/1/propose' || moment === 'after') return;
    reach();
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  };
  await client.forkRun({ id: 'fork', fork: { runId: 'source', fromStep: 1 } });
  await reached;
  await client.forkRun({ id: 'fork-of-it', fork: { runId: 'fork', fromStep: 1 } });
  const all = await keysOf(fixture, 'source');
  const { artifacts } = await client.listArtifacts({ runId: 'source', retention: Retention.RESULTS });
  const swept = await client.sweepArtifacts({ runId: 'source', retention: Retention.RESULTS });
  const left = await keysOf(fixture, 'source');
  assert.equal(swept.removed, all.length - left.length);
  assert.deepEqual(
    artifacts.filter(({ keptFor }) => keptFor.length > 0).map(({ checkpoint }) => checkpoint!.key.slice(7)),
    left,
    'the list shows what the sweep keeps',
  );
  assert.ok(left.includes('step-0/teacher'), 'the fork starts from it');
  assert.ok(left.includes('step-0/dataset-0/repeat-1'), 'a base');
  assert.ok(!left.includes('step-1/teacher'));
  assert.match(
    artifacts.find(({ checkpoint }) => checkpoint!.key === 'source/step-0/teacher')!.keptFor.join(),
    /teacher after step 0 of run fork,teacher after step 0 of run fork-of-it/,
  );
  for (const id of ['fork', 'fork-of-it']) await client.cancelRun({ id });
  await client.sweepArtifacts({ retention: Retention.RESULTS });
  // A cancelled fork still counts as a run: its last teacher is the one it started from.
  assert.ok((await keysOf(fixture, 'source')).includes('step-0/teacher'));
});

test('a fork from a step whose teacher was swept is refused with a remedy', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  await client.createRun(threeSteps('run', Retention.RESULTS));
  await ended(client, 'run');
  await assert.rejects(client.forkRun({ id: 'fork', fork: { runId: 'run', fromStep: 1 } }), (error) => {
    assert.ok(error instanceof UserError);
    assert.equal(error.reason, 'FAILED_PRECONDITION');
    assert.match(
      error.message,
      /run\/step-0\/teacher.* is no longer in the store; fork from its last step or from step 0/,
    );
    return true;
  });
  for (const fromStep of [0, 3]) {
    await client.forkRun({ id: `fork-${fromStep}`, fork: { runId: 'run', fromStep } });
    const { state, failure } = await ended(client, `fork-${fromStep}`);
    assert.equal(state, RunState.SUCCEEDED, failure);
  }
});

test('a paused run keeps its unfinished step, a cancelled one does not', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  let coordinator: Coordinator = await fixture.coordinator();
  let paused: Promise<unknown> | undefined;
  fixture.services.onCall = (call, moment) => {
    if (call === 'ScoreStep run 1' && moment === 'before')
      paused ??= coordinator.client.pauseRun({ id: 'run' });
  };
  await coordinator.client.createRun(threeSteps('run', Retention.UNSPECIFIED));
  await inState(coordinator.client, 'run', RunState.PAUSED);
  await paused;
  const inStepOne = async () =>
    (await keysOf(fixture, 'run')).filter((key) => key.startsWith('step-1/dataset'));
  await coordinator.client.sweepArtifacts({});
  assert.equal((await inStepOne()).length, 4);
  await coordinator.stop();
  coordinator = await fixture.coordinator();
  await coordinator.client.sweepArtifacts({});
  assert.equal((await inStepOne()).length, 4);
  await coordinator.client.cancelRun({ id: 'run' });
  assert.deepEqual(await inStepOne(), []);
});

test('artifacts of no known run are listed and kept; an unknown run is NOT_FOUND', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  await fixture.services.model('elsewhere/step-0/dataset-0/repeat-0', 1);
  const { client } = await fixture.coordinator();
  await client.createRun(request('run'));
  await ended(client, 'run');
  await client.sweepArtifacts({ retention: Retention.RESULTS });
  const pages = [];
  for (let pageToken = ''; ;) {
    const page = await client.listArtifacts({ pageSize: 2, pageToken });
    pages.push(...page.artifacts);
    assert.ok(page.artifacts.length <= 2);
    pageToken = page.nextPageToken;
    if (pageToken === '') break;
  }
  const whole = (await client.listArtifacts({})).artifacts;
  assert.deepEqual(pages, whole);
  const why = new Map(whole.map(({ checkpoint, keptFor }) => [checkpoint!.key, keptFor]));
  assert.deepEqual(why.get('elsewhere/step-0/dataset-0/repeat-0'), ['not made by a run of this coordinator']);
  assert.ok(why.get('models/base')!.includes('base of run run'));
  assert.deepEqual(why.get('run/promoted-student'), ['result of run run']);
  for (const call of [client.sweepArtifacts({ runId: 'none' }), client.listArtifacts({ runId: 'none' })])
    await assert.rejects(call, { reason: 'NOT_FOUND' });
});
