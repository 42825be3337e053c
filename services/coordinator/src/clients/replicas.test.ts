/** Trainers that die, start or are full during a run: the report is that of an undisturbed run. */
import { RunState } from '@soar/contracts';
import { Overloaded } from '@soar/core';
import type { RunningServer } from '@soar/grpc-kit';
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { CoordinatorFixture, ended, request, timeless } from '../testing/coordinator.js';

async function undisturbed(t: TestContext): Promise<unknown> {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  await client.createRun(request('run'));
  return timeless((await ended(client, 'run')).report);
}

/** A fixture with `count` trainers beside the stand-ins' own. */
async function withReplicas(
  t: TestContext,
  count: number,
): Promise<{ fixture: CoordinatorFixture; replicas: RunningServer[] }> {
  const fixture = await CoordinatorFixture.create(t);
  const replicas = await Promise.all(Array.from({ length: count }, () => fixture.services.replica()));
  t.after(() => Promise.all(replicas.map((replica) => replica.stop())));
  return { fixture, replicas };
}

const addressesOf = (replicas: readonly RunningServer[]): string =>
  replicas.map(({ address }) => address).join(',');

test('work of a trainer that dies is redone once by another, and a restarted trainer gets work again', async (t) => {
  const { fixture, replicas } = await withReplicas(t, 3);
  let calls = 0;
  const changes: Promise<unknown>[] = [];
  fixture.services.onCall = (_, moment) => {
    calls++;
    if (moment === 'after' && calls % 10 === 0 && changes.length < 6) {
      const index = changes.length % replicas.length;
      const { address } = replicas[index]!;
      changes.push(
        replicas[index]!.stop().then(async () => (replicas[index] = await fixture.services.replica(address))),
      );
    }
  };
  const { client } = await fixture.coordinator({ trainer: addressesOf(replicas) });
  await client.createRun(request('run'));
  const run = await ended(client, 'run');
  await Promise.all(changes);
  assert.ok(changes.length >= 4, `${changes.length} restarts`);
  assert.equal(run.state, RunState.SUCCEEDED, run.failure);
  assert.deepEqual(timeless(run.report), await undisturbed(t));
  assert.deepEqual(
    [...fixture.services.worked].filter(([, times]) => times > 1),
    [],
  );
});

test('a full trainer is retried after the delay that it names', async (t) => {
  const { fixture, replicas } = await withReplicas(t, 2);
  let refused = 0;
  fixture.services.onCall = (call, moment) => {
    if (moment === 'before' && call.startsWith('CreateTrainingRun') && refused++ < 12)
      throw new Overloaded('the queue is full', 100);
  };
  const { client } = await fixture.coordinator({ trainer: addressesOf(replicas) });
  await client.createRun(request('run'));
  const run = await ended(client, 'run');
  assert.equal(run.state, RunState.SUCCEEDED, run.failure);
  assert.deepEqual(timeless(run.report), await undisturbed(t));
});

test('a cancelled run has its trainings cancelled at every trainer', async (t) => {
  const { fixture, replicas } = await withReplicas(t, 2);
  const { client } = await fixture.coordinator({ trainer: addressesOf(replicas) });
  let reach!: () => void;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  fixture.services.onCall = async (call, moment, signal) => {
    if (moment === 'after' || call !== 'Propose step/1/propose') return;
    reach();
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  };
  await client.createRun(request('run'));
  await reached;
  await client.cancelRun({ id: 'run' });
  const id = 'run/step-0/dataset-0/repeat-0';
  assert.equal(fixture.services.cancelled.filter((cancelled) => cancelled === id).length, 2);
});
