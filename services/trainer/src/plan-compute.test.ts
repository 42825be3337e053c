/** How work on a checkpoint is cut, as clients ask for it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openSite, type Site } from './testing/running-trainer.js';

let site: Site;
before(async () => {
  site = await openSite();
});
after(() => site.close());

test('a plan has every field, keeps what is asked for, and says what is trained', async () => {
  const { client } = await site.trainer();
  const checkpoint = site.characters;
  const work = { trains: true, promptTokens: 20, maxNewTokens: 20 };
  const plain = await client.planCompute({ checkpoint, works: [work] });
  assert.deepEqual(
    { ...plain.compute },
    { ...plain.compute, threads: 1, microBatchTokens: 640, recompute: false, provider: 'cpu' },
  );
  assert.deepEqual([plain.adapters[0]!.rank, plain.adapters[0]!.targets], [0, []]);
  const asked = await client.planCompute({
    checkpoint,
    works: [
      { ...work, adapter: { rank: 2 } },
      { ...work, trains: false },
    ],
    compute: { threads: 2, microBatchTokens: 64, recompute: true },
  });
  assert.deepEqual([asked.compute!.threads, asked.compute!.microBatchTokens], [2, 64]);
  assert.equal(asked.compute!.recompute, true);
  const [{ rank, alpha, targets } = {}, nothing] = asked.adapters;
  assert.deepEqual([rank, alpha, nothing!.rank], [2, 4, 0]);
  assert.deepEqual(targets, ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj']);
});

test('work that is configured for another provider is refused, whether it is planned or computed', async () => {
  const { client } = await site.trainer();
  const elsewhere = {
    reason: 'FAILED_PRECONDITION',
    message: /configured for webgpu, and this trainer computes on cpu.* Start it with --provider webgpu/,
  };
  const compute = { provider: 'webgpu' };
  const works = [{ trains: true, promptTokens: 20, maxNewTokens: 20 }];
  await assert.rejects(client.planCompute({ checkpoint: site.characters, works, compute }), elsewhere);
  await assert.rejects(client.embed({ checkpoint: site.characters, texts: ['1'], compute }), elsewhere);
});

test('work that cannot fit is refused, with what it needs', async () => {
  const { client } = await site.trainer({ memoryBytes: 10_000 });
  const works = [{ trains: true, promptTokens: 20, maxNewTokens: 20 }];
  await assert.rejects(client.planCompute({ checkpoint: site.characters, works }), {
    reason: 'RESOURCE_EXHAUSTED',
    message: /training needs about .* raise --memory/,
  });
  await assert.rejects(client.planCompute({ checkpoint: { key: 'models/none' }, works }), {
    reason: 'NOT_FOUND',
  });
});
