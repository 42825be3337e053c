/** Runs that start with the first steps of another run. */
import { RunState } from '@soar/contracts';
import { UserError } from '@soar/core';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CoordinatorFixture, type Coordinator, ended, request, timeless } from '../testing/coordinator.js';

/** A report as if the run had another name and were not a fork. */
function renamed(report: Parameters<typeof timeless>[0], from: string, to: string): unknown {
  const { fork: _, ...rest } = timeless(report);
  return JSON.parse(JSON.stringify(rest).replaceAll(`"${from}`, `"${to}`)) as unknown;
}

test('a fork with the same configuration has the report of its source and repeats no copied step', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  await client.createRun(request('source'));
  const source = await ended(client, 'source');
  for (const fromStep of [0, 1, 2]) {
    const id = `fork-${fromStep}`;
    const before = fixture.services.calls.length;
    await client.forkRun({ id, fork: { runId: 'source', fromStep } });
    const { state, failure, report } = await ended(client, id);
    assert.equal(state, RunState.SUCCEEDED, failure);
    assert.deepEqual([report!.fork?.runId, report!.fork?.fromStep], ['source', fromStep]);
    const copied = renamed(report, `${id}/`, 'source/') as { runId: string };
    assert.deepEqual({ ...copied, runId: 'source' }, renamed(source.report, 'source/', 'source/'));
    const proposed = fixture.services.calls.slice(before).filter((call) => call.startsWith('Propose'));
    assert.equal(proposed.length, 2 - fromStep, `${id}: ${proposed.join(', ')}`);
  }
});

test('a fork continues with another configuration after the first steps of its source', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  await client.createRun(request('source'));
  const source = await ended(client, 'source');
  const config = request('x', (changed) => {
    changed.seed = 9;
    changed.outerSteps = 3;
    changed.student.repeats = 1;
  }).config!;
  await client.forkRun({ id: 'fork', fork: { runId: 'source', fromStep: 1 }, config });
  const { report, state, failure } = await ended(client, 'fork');
  assert.equal(state, RunState.SUCCEEDED, failure);
  assert.deepEqual(report!.fork?.fromStep, 1);
  assert.deepEqual(report!.steps[0], source.report!.steps[0]);
  assert.deepEqual(
    report!.steps.map(({ score }) => score!.datasets[0]!.repeatRewards.length),
    [2, 1, 1],
  );
});

test('a fork resumes after the coordinator ends in the middle of it', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  let coordinator: Coordinator = await fixture.coordinator();
  await coordinator.client.createRun(request('source'));
  await ended(coordinator.client, 'source');
  const stopped = new Promise<void>((resolve) => {
    fixture.services.onCall = (call, moment) => {
      if (call !== 'ScoreStep fork 1' || moment === 'before') return;
      fixture.services.onCall = () => undefined;
      setImmediate(() => void coordinator.stop().then(resolve));
      throw new UserError('the caller is gone', 'UNAVAILABLE');
    };
  });
  await coordinator.client.forkRun({ id: 'fork', fork: { runId: 'source', fromStep: 2 } });
  await stopped;
  coordinator = await fixture.coordinator();
  const { state, report } = await ended(coordinator.client, 'fork');
  assert.equal(state, RunState.SUCCEEDED);
  assert.equal(report!.steps.length, 2);
});

test('an impossible fork is refused, and no run is created', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  await client.createRun(request('source'));
  await ended(client, 'source');
  const fork = (fromStep: number, change?: Parameters<typeof request>[1], runId = 'source') =>
    client.forkRun({
      id: 'fork',
      fork: { runId, fromStep },
      ...(change && { config: request('x', change).config! }),
    });
  const refused = async (call: Promise<unknown>, reason: string, message: RegExp): Promise<void> => {
    await assert.rejects(call, (error: unknown) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.reason, reason);
      assert.match(error.message, message);
      return true;
    });
    await assert.rejects(client.getRun({ id: 'fork' }), { reason: 'NOT_FOUND' });
  };
  await refused(fork(1, undefined, 'none'), 'NOT_FOUND', /there is no run "none"/);
  await refused(fork(3), 'INVALID_ARGUMENT', /from_step: run "source" has done 2 outer steps/);
  await refused(
    fork(2, (c) => (c.outerSteps = 1)),
    'INVALID_ARGUMENT',
    /at least the 2 steps/,
  );
  await refused(
    fork(1, (c) => (c.domain = 'math')),
    'INVALID_ARGUMENT',
    /has the domain of its source/,
  );
  await refused(
    fork(1, (c) => (c.promotion.tau = 0.5)),
    'INVALID_ARGUMENT',
    /had another promotion rule/,
  );
  const other = {
    ...request('fork'),
    fork: { $typeName: 'soar.coordinator.v1.Fork' as const, runId: 'source', fromStep: 1 },
  };
  other.trainProblems[0]!.answer = '77';
  await refused(
    client.createRun(other),
    'INVALID_ARGUMENT',
    /train_problems: a fork has the problems of its source/,
  );
});
