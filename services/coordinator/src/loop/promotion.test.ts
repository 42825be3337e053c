/**
 * Which student is promoted, and when, in a run over several steps: metareward decides over a window of the run's own
 * steps, and the run continues from the promoted student. The values are computed by hand.
 */
import { Arm, type RunReport, RunState } from '@soar/contracts';
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { CompleteConfig } from '../runs/run-rules.js';
import { CoordinatorFixture, ended, request } from '../testing/coordinator.js';

/** The report of a run whose students gain `gain(k, j, t)` of the eight reward questions. */
async function reportOf(
  t: TestContext,
  gain: (k: number, j: number, t: number) => number,
  change: (config: CompleteConfig) => void,
): Promise<RunReport> {
  const fixture = await CoordinatorFixture.create(t);
  fixture.services.gain = gain;
  const { client } = await fixture.coordinator();
  await client.createRun(
    request('run', (config) => {
      config.comparison.arms = [Arm.BASE];
      change(config);
    }),
  );
  const { state, failure, report } = await ended(client, 'run');
  assert.equal(state, RunState.SUCCEEDED, failure);
  return report!;
}

const promotedIn = ({ steps }: RunReport): number[] =>
  steps.flatMap(({ score }, t) => (score?.promotion === undefined ? [] : [t]));
const averages = ({ steps }: RunReport): number[] => steps.map(({ score }) => score!.movingAverage);

test('the median student of the best dataset is promoted: of four, the lower middle', async (t) => {
  // Dataset 0 gains 2 in one repeat and loses elsewhere; dataset 1 gains 0, 3, 1, 2, whose lower middle is 1, repeat 2.
  const gains = [[2, -1, -1, -1], [0, 3, 1, 2]]; // prettier-ignore
  const report = await reportOf(
    t,
    (k, j) => gains[k]![j]!,
    (config) => {
      config.outerSteps = 1;
      config.student.repeats = 4;
    },
  );
  const { datasets, promotion } = report.steps[0]!.score!;
  assert.deepEqual(
    datasets.map(({ reward, advantage }) => [reward, advantage]),
    [[-1 / 32, -7 / 32], [6 / 32, 7 / 32]], // prettier-ignore
  );
  assert.deepEqual([promotion!.datasetIndex, promotion!.repeat], [1, 2]);
  assert.equal(report.steps[0]!.student!.key, 'run/step-0/dataset-1/repeat-2');
});

test('a promotion needs an average over a full window above tau, and clears the window', async (t) => {
  const gains = [2, 0, 0, 3, 3, 1, 2]; // of 8, for everybody in each step
  const run = (change: (promotion: CompleteConfig['promotion']) => void) =>
    reportOf(
      t,
      (_k, _j, step) => gains[step]!,
      (config) => {
        config.outerSteps = gains.length;
        config.promotion.tau = 1 / 8;
        config.promotion.window = 3;
        change(config.promotion);
      },
    );
  const cleared = await run(() => undefined);
  assert.deepEqual(averages(cleared), [1 / 4, 1 / 8, 1 / 12, 1 / 8, 1 / 4, 1 / 8, 3 / 16]);
  // The average of step 3 is exactly tau, that of step 0 over one step, and the last over two.
  assert.deepEqual(promotedIn(cleared), [4]);
  const kept = await run((promotion) => (promotion.keepWindow = true));
  assert.deepEqual(averages(kept), [1 / 4, 1 / 8, 1 / 12, 1 / 8, 1 / 4, 7 / 24, 1 / 4]);
  assert.deepEqual(promotedIn(kept), [4, 5, 6]);
  const fewer = await run((promotion) => (promotion.requireFullWindow = false));
  assert.deepEqual(promotedIn(fewer), [0, 4, 6]);
  // Then all eight are solved.
  assert.deepEqual(promotedIn(await run((promotion) => (promotion.window = 1))), [0, 3, 4]);
  assert.deepEqual(promotedIn(await run((promotion) => (promotion.disabled = true))), []);
});

test('a new run needs a full window unless it says otherwise; repeated requests and forks take it over', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  const { run: created } = await client.createRun(request('run'));
  assert.equal(created!.config!.promotion!.requireFullWindow, true);
  const { run: again } = await client.createRun(request('run'));
  assert.equal(again!.id, 'run');
  await ended(client, 'run');
  const { run: forked } = await client.forkRun({ id: 'fork', fork: { runId: 'run', fromStep: 1 } });
  assert.equal(forked!.config!.promotion!.requireFullWindow, true);
  const open = request('run').config!;
  await client.forkRun({ id: 'fork-of-open', fork: { runId: 'run', fromStep: 1 }, config: open });
});
