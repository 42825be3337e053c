/** Runs on PostgreSQL: restarts of the server, and a standby coordinator that takes over. */
import { RunState } from '@soar/contracts';
import { UserError } from '@soar/core';
import { PostgresServer, withoutPostgres } from '@soar/store/testing';
import assert from 'node:assert/strict';
import { after, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CoordinatorFixture, ended, request, timeless } from '../testing/coordinator.js';

const skip = withoutPostgres();
const server = skip === false ? await PostgresServer.start() : undefined;
after(() => server?.remove());

const fact = (title: string, body: (t: TestContext) => Promise<void>): void =>
  void test(title, { skip }, body);

/** The report of an undisturbed run on SQLite. */
async function undisturbed(t: TestContext): Promise<unknown> {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  await client.createRun(request('run'));
  return timeless((await ended(client, 'run')).report);
}

fact('a run on PostgreSQL has the report of one on SQLite', async (t) => {
  const fixture = await CoordinatorFixture.create(t, await server!.database());
  const { client } = await fixture.coordinator();
  await client.createRun(request('run'));
  assert.deepEqual(timeless((await ended(client, 'run')).report), await undisturbed(t));
});

fact('a run survives restarts of the server, and trains nothing twice', async (t) => {
  const own = await PostgresServer.start();
  t.after(() => own.remove());
  const fixture = await CoordinatorFixture.create(t, await own.database());
  let calls = 0;
  const restarts: Promise<void>[] = [];
  fixture.services.onCall = (_, moment) => {
    if (moment === 'after' || ++calls % 8 !== 0 || restarts.length === 3) return;
    // One after the other: a server that is still starting cannot be restarted.
    const before = restarts.at(-1) ?? Promise.resolve();
    const how = restarts.length === 1 ? 'fast' : 'immediate';
    restarts.push(before.then(() => own.halt(how)).then(() => own.run()));
  };
  const { client } = await fixture.coordinator();
  await client.createRun(request('run'));
  const run = await finished(client, 'run');
  await Promise.all(restarts);
  assert.equal(restarts.length, 3);
  assert.equal(run.state, RunState.SUCCEEDED, run.failure);
  assert.deepEqual(timeless(run.report), await undisturbed(t));
  assert.deepEqual(
    [...fixture.services.worked].filter(([, times]) => times > 1),
    [],
  );
});

fact('a second coordinator stands by, and resumes the run when the first has ended', async (t) => {
  const fixture = await CoordinatorFixture.create(t, await server!.database());
  const first = await fixture.coordinator();
  let reach!: () => void;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  let hold = true;
  fixture.services.onCall = async (call, moment, signal) => {
    if (!hold || moment === 'after' || call !== 'Propose step/1/propose') return;
    reach();
    await sleep(20_000, undefined, { signal }).catch(() => undefined);
    throw new UserError('the caller is gone', 'CANCELLED');
  };
  await first.client.createRun(request('run'));
  await reached;
  let ready = false;
  const second = fixture.coordinator().finally(() => (ready = true));
  await sleep(800);
  assert.equal(ready, false, 'it does not serve while the first one holds the lease');
  hold = false;
  await first.stop();
  const { client } = await second;
  const run = await finished(client, 'run');
  assert.equal(run.state, RunState.SUCCEEDED, run.failure);
  assert.deepEqual(timeless(run.report), await undisturbed(t));
  assert.deepEqual(
    [...fixture.services.worked].filter(([, times]) => times > 1),
    [],
  );
});

fact('while the store is unavailable, changes of a run are refused and reads wait', async (t) => {
  const own = await PostgresServer.start();
  t.after(() => own.remove());
  const fixture = await CoordinatorFixture.create(t, await own.database());
  const { client } = await fixture.coordinator();
  await client.createRun(request('run'));
  await finished(client, 'run');
  await own.halt();
  await sleep(100);
  await assert.rejects(client.createRun(request('other'), { deadlineMs: 3_000 }), { reason: 'UNAVAILABLE' });
  const reading = client.getRun({ id: 'run' }, { deadlineMs: 15_000 });
  await own.run();
  assert.equal((await reading).run!.state, RunState.SUCCEEDED);
});

/** Watches a run to its end and reopens a broken stream, for at most a minute. */
async function finished(
  client: Awaited<ReturnType<CoordinatorFixture['coordinator']>>['client'],
  id: string,
) {
  for (let i = 0; i < 60; i++) {
    try {
      return await ended(client, id);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      await sleep(1_000);
    }
  }
  throw new Error(`run ${id} did not end`);
}
