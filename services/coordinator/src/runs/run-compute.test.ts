/** How the arithmetic of runs and comparisons is cut: planned by a trainer, kept, refused where it cannot fit. */
import {
  ComputeConfigSchema,
  create,
  CurriculumMode,
  KlEstimator,
  KlPlacement,
  Retention,
  RewardKind,
  Schedule,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparisonRequest } from '../testing/comparison.js';
import { CoordinatorFixture, ended, request } from '../testing/coordinator.js';

const tooLarge = () => Promise.reject(new UserError('memory: too small', 'RESOURCE_EXHAUSTED', 'memory'));
const compute = create(ComputeConfigSchema);
const refusal = { reason: 'RESOURCE_EXHAUSTED', message: /too small/ };

test('a run has what a trainer has planned, and the same request without it finds the run', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  const asked = request('run', (config) => (config.compute = { ...compute, threads: 3 }));
  const { run } = await client.createRun(asked);
  assert.deepEqual({ ...run!.config!.compute }, { ...compute, threads: 3, microBatchTokens: 640 });
  fixture.services.plan = tooLarge; // not planned again
  assert.equal((await client.createRun(request('run'))).run!.config!.compute!.threads, 3);
  const other = request('run', (config) => (config.compute = { ...compute, threads: 2 }));
  await assert.rejects(client.createRun(other), { reason: 'ALREADY_EXISTS' });
  await ended(client, 'run');
});

test('a run, a fork and a comparison that cannot fit are refused before anything is created', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { client, comparisons } = await fixture.coordinator();
  await client.createRun(request('source'));
  await ended(client, 'source');
  fixture.services.plan = tooLarge;
  await assert.rejects(client.createRun(request('run')), refusal);
  await assert.rejects(client.forkRun({ id: 'fork', fork: { runId: 'source', fromStep: 1 } }), refusal);
  await assert.rejects(comparisons.createComparison(comparisonRequest()), refusal);
  assert.deepEqual(
    (await client.listRuns({})).runs.map(({ id }) => id),
    ['source'],
  );
  assert.deepEqual((await comparisons.listComparisons({})).comparisons, []);
});

test('a fork is cut as its source where it does not say otherwise', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  await client.createRun(request('source', (config) => (config.compute = { ...compute, threads: 3 })));
  await ended(client, 'source');
  const config = { ...request('any').config!, outerSteps: 3 };
  const { run } = await client.forkRun({ id: 'fork', fork: { runId: 'source', fromStep: 1 }, config });
  assert.equal(run!.config!.compute!.threads, 3);
  await ended(client, 'fork');
});

test('a report holds the configuration with every default written out', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  await client.createRun(request('run', (config) => (config.comparison.arms = [])));
  const {
    retention,
    reward,
    teacher,
    student,
    comparison,
    compute: cut,
  } = (await ended(client, 'run')).report!.config!;
  assert.deepEqual([retention, reward], [Retention.FORKABLE, RewardKind.STUDENT_GAIN]);
  assert.deepEqual([comparison!.arms, comparison!.mode], [[1, 2, 3, 4], CurriculumMode.CURRICULUM]);
  assert.deepEqual([cut!.threads, cut!.microBatchTokens], [1, 640]);
  const { schedule, beta1, beta2, epsilon, gradientClipNorm, horizonSteps } = teacher!.optimizer!;
  assert.deepEqual([schedule, beta1, beta2, epsilon], [Schedule.COSINE, 0.9, 0.999, 1e-8]);
  assert.deepEqual([gradientClipNorm, horizonSteps], [1, 2]);
  assert.deepEqual([teacher!.kl!.estimator, teacher!.kl!.placement], [KlEstimator.K3, KlPlacement.LOSS]);
  assert.deepEqual([student!.rl!.kl!.coefficient, student!.rl!.sampling!.topP], [0, 1]);
  assert.deepEqual([teacher!.adapter!.rank, student!.rl!.adapter!.rank], [0, 0]);
});
