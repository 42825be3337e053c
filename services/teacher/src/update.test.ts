/**
 * The teacher's update over real gRPC: what reaches the trainer, and what is refused because it voids Proposition 1.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KlEstimator, KlPlacement } from '@soar/contracts';
import { UserError } from '@soar/core';
import { withTeacher, type RunningTeacher } from './testing/running-teacher.js';

const dataset = (index: number, size = 3) => ({
  index,
  proposals: Array.from({ length: size }, (_, i) => ({
    problem: { id: `${index}/${i}`, question: '1', answer: '1' },
    tokenIds: [10 + index, i, 1],
    logprobs: [-1, -1, -1],
  })),
});
const request = {
  id: 'run/step-0/teacher',
  checkpoint: { key: 'run/teacher', sha256: 'a'.repeat(64) },
  reference: { key: 'models/base' },
  datasets: [dataset(0), dataset(1), dataset(2)],
  promptTokenIds: [16],
  advantages: [0.015, -0.005, -0.01],
  temperature: 1,
  optimizer: { learningRate: 1e-5, horizonSteps: 200 },
  kl: { coefficient: 0.001, estimator: KlEstimator.K3, placement: KlPlacement.LOSS },
  scheduleStep: 7,
  fencingToken: 3,
};

test('every rollout of a dataset enters with its advantage, over one divisor', async () => {
  await withTeacher({ textOf: () => '' }, async ({ client, updates }) => {
    const response = await client.update(request);
    assert.equal(response.checkpoint?.key, 'run/step-0/teacher');
    assert.deepEqual([response.gradientNorm, response.learningRate, response.kl], [2, 0.5, 0.25]);
    const sent = updates[0]!;
    assert.deepEqual(
      sent.rollouts.map((r) => [r.promptTokenIds, r.tokenIds, r.advantage]),
      request.datasets.flatMap((d, k) => d.proposals.map((p) => [[16], p.tokenIds, request.advantages[k]])),
    );
    assert.equal(sent.divisor, 9);
    assert.deepEqual(
      [sent.id, sent.base?.key, sent.base?.sha256, sent.reference?.key, sent.temperature, sent.scheduleStep],
      [request.id, 'run/teacher', 'a'.repeat(64), 'models/base', 1, 7],
    );
    assert.equal(sent.fencingToken, 3);
    assert.equal(sent.optimizer?.learningRate, 1e-5);
    assert.equal(sent.optimizer?.beta1, undefined, 'defaults stay the trainer’s');
    assert.equal(sent.kl?.coefficient, 0.001);
  });
});

test('what was put into a rollout goes from the proposal to the update, and has no weight there', async () => {
  const inserted = { begin: 2, end: 5 };
  await withTeacher({ textOf: () => '123+456=#579', inserted }, async ({ client, updates }) => {
    const { datasets, promptTokenIds } = await client.propose({
      checkpoint: request.checkpoint,
      domain: 'arithmetic',
      datasets: 2,
      questionsPerDataset: 1,
      sampling: { temperature: 1, maxNewTokens: 20 },
      random: { seed: 1, path: 'p' },
    });
    await client.update({ ...request, datasets, promptTokenIds, advantages: [0.5, -0.5] });
    const sent = updates[0]!.rollouts.map((rollout) => [rollout.inserted!.begin, rollout.inserted!.end]);
    assert.deepEqual(sent, [
      [2, 5],
      [2, 5],
    ]);
  });
});

test('an update without any advantage is still made, so that the schedule advances', async () => {
  await withTeacher({ textOf: () => '' }, async ({ client, updates }) => {
    const { kl: _, ...plain } = request;
    await client.update({ ...plain, advantages: [0, 0, 0] });
    assert.equal(updates[0]?.kl, undefined);
    assert.equal(updates[0]?.rollouts.length, 9);
  });
});

test('what voids Proposition 1 is refused before any work', async () => {
  await withTeacher({ textOf: () => '' }, async ({ client, updates }: RunningTeacher) => {
    const cases: [object, RegExp][] = [
      [
        { kl: { ...request.kl, placement: KlPlacement.REWARD } },
        /kl\.placement: a KL penalty in the reward .*Proposition 1/,
      ],
      [{ advantages: [1, 1, 1] }, /advantages: .* sum to 0 .* got a sum of 3/],
      [{ advantages: [1, -1] }, /advantages: expected one for each of 3 datasets, got 2/],
      [{ advantages: [1, -1, Number.NaN] }, /advantages\[2\]: expected a finite number, got NaN/],
      [
        { datasets: [dataset(0), dataset(1), dataset(2, 2)] },
        /datasets\[2\]: expected 3 rollouts as in the first \(Proposition 1\), got 2/,
      ],
      [{ datasets: [dataset(0), dataset(2), dataset(1)] }, /datasets\[1\]\.index: expected .* 1 here, got 2/],
    ];
    for (const [change, message] of cases) {
      await assert.rejects(client.update({ ...request, ...change }), (error) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, message);
        assert.equal(error.reason, 'INVALID_ARGUMENT');
        return true;
      });
    }
    assert.equal(updates.length, 0);
  });
});
