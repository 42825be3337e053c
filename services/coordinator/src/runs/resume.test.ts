/** A coordinator that ends at any moment of a run, and the next one: the report is that of an undisturbed run. */
import { RunState } from '@soar/contracts';
import { UserError } from '@soar/core';
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { CoordinatorFixture, type Coordinator, ended, request, timeless } from '../testing/coordinator.js';

async function undisturbed(t: TestContext): Promise<{ report: unknown; calls: number }> {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  await client.createRun(small());
  const { report } = await ended(client, 'run');
  return { report: timeless(report), calls: fixture.services.calls.length };
}

let first: ReturnType<typeof undisturbed> | undefined;

for (const moment of ['before', 'after'] as const) {
  test(`stopped ${moment} the effect of any call, a run resumes to the same report, training once`, async (t) => {
    const { report, calls } = await (first ??= undisturbed(t));
    assert.ok(calls > 20, `${calls} calls`);
    for (let end = 1; end < calls; end++) {
      // the first call checks the base model before there is a run
      const fixture = await CoordinatorFixture.create(t);
      let coordinator: Coordinator = await fixture.coordinator();
      const stopped = stopAt(fixture, end, moment, () => coordinator.stop());
      await coordinator.client.createRun(small());
      await stopped;
      coordinator = await fixture.coordinator();
      const run = await ended(coordinator.client, 'run');
      assert.equal(run.state, RunState.SUCCEEDED, run.failure);
      assert.deepEqual(timeless(run.report), report, `ended ${moment} call ${end}`);
      const twice = [...fixture.services.worked].filter(([, times]) => times > 1);
      assert.deepEqual(twice, [], `ended ${moment} call ${end}`);
      await coordinator.stop();
    }
  });
}

test('a finished step is not repeated after a restart', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const first = await fixture.coordinator();
  const stopped = stopAt(
    fixture,
    (call) => call === 'Propose step/1/propose',
    'before',
    () => first.stop(),
  );
  await first.client.createRun(small());
  await stopped;
  const before = fixture.services.calls.length;
  const second = await fixture.coordinator();
  await ended(second.client, 'run');
  const after = fixture.services.calls.slice(before);
  assert.equal(after[0], 'Propose step/1/propose');
  assert.ok(!after.some((call) => call.includes('step-0/dataset') && call.startsWith('Create')));
});

test('a run that another coordinator took over wrongly is resumed by its own, once that is restarted', async (t) => {
  const { report } = await undisturbed(t);
  const fixture = await CoordinatorFixture.create(t);
  const first = await fixture.coordinator();
  fixture.services.onCall = async (call, when) => {
    if (when !== 'before' || call !== 'Propose step/1/propose') return;
    // One on another database, which has issued more tokens, under the same id.
    await fixture.store.issue(900);
    await fixture.store.writeFile('run/taken', '', { fencingToken: 900 });
  };
  await first.client.createRun(small());
  const failed = await ended(first.client, 'run');
  assert.equal(failed.state, RunState.FAILED);
  assert.match(
    failed.failure,
    /taken over by another coordinator: .* restart this coordinator, .* resume the run/,
  );
  await first.stop();
  fixture.services.onCall = () => undefined;
  const second = await fixture.coordinator();
  await second.client.resumeRun({ id: 'run' });
  const run = await ended(second.client, 'run');
  assert.equal(run.state, RunState.SUCCEEDED, run.failure);
  assert.deepEqual(timeless(run.report), report);
});

test('after a restart a finished run is still finished, and its report can be read', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const first = await fixture.coordinator();
  await first.client.createRun(small());
  const { report } = await ended(first.client, 'run');
  await first.stop();
  const calls = fixture.services.calls.length;
  const second = await fixture.coordinator();
  const again = await ended(second.client, 'run');
  assert.deepEqual(timeless(again.report), timeless(report));
  assert.equal(fixture.services.calls.length, calls);
});

/** A run with everything in it, one student a dataset; its second step's average covers both. */
function small() {
  return request('run', ({ student, promotion }) => {
    student.repeats = 1;
    Object.assign(promotion, { window: 2, keepWindow: true });
  });
}

/** Calls `stop` at the n-th call, or the first that matches `n`; that call gets no answer. */
function stopAt(
  fixture: CoordinatorFixture,
  n: number | ((call: string) => boolean),
  moment: 'before' | 'after',
  stop: () => Promise<void>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let count = 0;
    let over = false;
    fixture.services.onCall = async (call, when, signal) => {
      if (when === 'before') count++;
      if (over || when !== moment || !(typeof n === 'number' ? count > n : n(call))) return;
      over = true;
      setImmediate(() => void stop().then(resolve, reject));
      await new Promise<void>((go) => {
        signal.addEventListener('abort', () => go(), { once: true });
        if (signal.aborted) go();
      });
      throw new UserError('the caller is gone', 'CANCELLED');
    };
  });
}
