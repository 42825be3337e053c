import { Arm, create, RunState, StopRuleSchema } from '@soar/contracts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CompleteConfig } from '../runs/run-rules.js';
import { type Coordinator, CoordinatorFixture, ended, request, timeless } from '../testing/coordinator.js';

/** Gains of eight reward questions in each step: promoted in step 1, then three steps below 0 in a row from step 4. */
const GAINS = [-1, 4, -1, 0, -1, -1, -1, -1, -1];

function climbing(config: CompleteConfig): void {
  config.outerSteps = GAINS.length;
  config.promotion.tau = 0.3;
  config.comparison.arms = [Arm.BASE, Arm.PROMOTED_STUDENT];
  config.stopWhen = create(StopRuleSchema, { steps: 3 });
}

async function fixtureOf(t: Parameters<typeof CoordinatorFixture.create>[0]): Promise<CoordinatorFixture> {
  const fixture = await CoordinatorFixture.create(t);
  fixture.services.gain = (_k, _j, step) => GAINS[step]!;
  return fixture;
}

test('a run ends after so many negative steps in a row since its last promotion; its arms follow', async (t) => {
  const { client } = await (await fixtureOf(t)).coordinator();
  await client.createRun(request('run', climbing));
  const { state, failure, report, outerStepsDone } = await ended(client, 'run');
  assert.equal(state, RunState.SUCCEEDED, failure);
  assert.equal(outerStepsDone, 7);
  const { outerStep, promotedStep, rule } = report!.stopped!;
  assert.deepEqual([outerStep, promotedStep], [6, 1]);
  assert.equal(rule, 'mean reward below 0 in 3 outer steps in a row after the last promotion');
  assert.deepEqual(
    report!.arms.map(({ name }) => name),
    ['base', 'ps'],
  );
});

test('without the rule, without a promotion, or with a lower bound, a run goes to its end', async (t) => {
  const { client } = await (await fixtureOf(t)).coordinator();
  const changes: Record<string, (config: CompleteConfig) => void> = {
    'no-rule': (config) => delete config.stopWhen,
    'no-promotion': (config) => (config.promotion.tau = 0.9),
    lower: (config) => (config.stopWhen!.rewardBelow = -0.5),
  };
  for (const [id, change] of Object.entries(changes)) {
    await client.createRun(
      request(id, (config) => {
        climbing(config);
        change(config);
      }),
    );
    const { report, failure } = await ended(client, id);
    assert.equal(failure, '');
    assert.equal(report!.steps.length, GAINS.length, id);
    assert.equal(report!.stopped, undefined, id);
  }
});

test('a run that is resumed in the middle of the count stops where an undisturbed one does', async (t) => {
  const undisturbed = await (await fixtureOf(t)).coordinator();
  await undisturbed.client.createRun(request('run', climbing));
  const { report } = await ended(undisturbed.client, 'run');
  const fixture = await fixtureOf(t);
  let coordinator: Coordinator = await fixture.coordinator();
  const stopped = new Promise<void>((resolve) => {
    fixture.services.onCall = (call, moment) => {
      if (call !== 'ScoreStep run 5' || moment === 'before') return;
      fixture.services.onCall = () => undefined;
      void coordinator.stop().then(resolve);
    };
  });
  await coordinator.client.createRun(request('run', climbing));
  await stopped;
  coordinator = await fixture.coordinator();
  assert.deepEqual(timeless((await ended(coordinator.client, 'run')).report), timeless(report));
});

test('a fork keeps all steps that it copies, and goes on where its own rule does not stop it', async (t) => {
  const { client } = await (await fixtureOf(t)).coordinator();
  await client.createRun(request('source', climbing));
  await ended(client, 'source');
  const stricter = request('x', (config) => {
    climbing(config);
    config.stopWhen!.steps = 1;
  }).config!;
  await client.forkRun({ id: 'strict', fork: { runId: 'source', fromStep: 6 }, config: stricter });
  const strict = (await ended(client, 'strict')).report!;
  assert.deepEqual([strict.steps.length, strict.stopped!.outerStep], [6, 5]);
  const free = request('x', (config) => {
    climbing(config);
    delete config.stopWhen;
  }).config!;
  await client.forkRun({ id: 'free', fork: { runId: 'source', fromStep: 7 }, config: free });
  const went = (await ended(client, 'free')).report!;
  assert.deepEqual([went.steps.length, went.stopped], [GAINS.length, undefined]);
});
