import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { UserError, type Reason } from '@soar/core';
import { ModelPool } from './model-pool.js';
import { WorkerThread } from './worker-thread.js';
import { sampling, settings, tinyConfig, tinyFolder } from './testing.fixture.js';

const pool = new ModelPool(settings());
after(() => pool.close());

const is = (reason: Reason, message: RegExp) => (error: unknown) =>
  error instanceof UserError && error.reason === reason && message.test(error.message);

test('a worker that dies fails its job with UNAVAILABLE, and the next job gets a new one', async () => {
  const own = new ModelPool(settings());
  const request = { prompts: [[1, 2]], rows: [{ prompt: 0, path: '' }], seed: 1, sampling };
  const before = await own.sample({ handle: 'tiny', folder: tinyFolder }, request, tinyConfig);
  const dying = own.run(async (worker) => {
    const thread = (worker as unknown as { thread: WorkerThread }).thread;
    const load = worker.load({ handle: 'tiny', folder: tinyFolder });
    void thread.kill();
    await load;
    await worker.load({ handle: 'tiny', folder: tinyFolder });
  });
  await assert.rejects(dying, is('UNAVAILABLE', /model worker 0 died/));
  assert.deepEqual(await own.sample({ handle: 'tiny', folder: tinyFolder }, request, tinyConfig), before);
  await own.close();
});

test('jobs wait in a bounded queue, short ones first, and leave it when cancelled', async () => {
  const own = new ModelPool(settings({ queueMax: 3 }));
  const order: string[] = [];
  const job = (name: string, options = {}): Promise<number> =>
    own.run(() => Promise.resolve(order.push(name)), options);
  const cancel = new AbortController();
  const running = own.run(async (worker) => {
    await worker.load({ handle: 'tiny', folder: tinyFolder });
    const waiting = [job('long'), job('cancelled', { signal: cancel.signal }), job('short', { short: true })];
    const settled = Promise.allSettled(waiting);
    await assert.rejects(job('one too many'), is('RESOURCE_EXHAUSTED', /3 jobs wait/));
    cancel.abort(new UserError('no longer wanted', 'CANCELLED'));
    return { settled }; // wrapped: the job must end before what waits for it can
  });
  const results = await (await running).settled;
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  assert.deepEqual(order, ['short', 'long']);
  await own.close();
  await assert.rejects(job('late'), is('UNAVAILABLE', /shutting down/));
});

test('a job takes as many cores as it has threads, and those behind it wait for theirs', async () => {
  const own = new ModelPool(settings({ workers: 2 }));
  const order: string[] = [];
  const job = (name: string, threads: number, work: Promise<void>): Promise<void> =>
    own.run(
      async () => {
        order.push(name);
        await work;
        order.push(`${name} over`);
      },
      { compute: { threads } },
    );
  const ends: (() => void)[] = [];
  const open = (): Promise<void> => new Promise((resolve) => ends.push(resolve));
  const jobs = [job('a', 1, open()), job('b', 1, open())];
  jobs.push(job('both cores', 2, open()), job('more than there are', 9, open()), job('c', 1, open()));
  for (const [i, expected] of [
    ['a', 'b'],
    ['a over'],
    ['b over', 'both cores'],
    ['both cores over', 'more than there are'],
    ['c', 'more than there are over'],
  ].entries()) {
    while (order.length < expected.length) await new Promise((resolve) => setTimeout(resolve, 5));
    const since = order.splice(0); // of two workers that start at once either may be the first
    ends[i]!();
    assert.deepEqual(since.sort(), expected);
  }
  await Promise.all(jobs);
  assert.deepEqual(order, ['c over']);
  await own.close();
});

test('with more threads a worker gives the same numbers up to rounding', async () => {
  const texts = [Int32Array.from({ length: 32 }, (_, i) => 1 + ((i * i) % 19))];
  const scored = (threads: number): Promise<Float32Array[]> =>
    pool.run(
      async (worker) => {
        await worker.load({ handle: 'tiny', folder: tinyFolder });
        return worker.score('tiny', texts, 1);
      },
      { compute: { threads } },
    );
  const [[one], [three], [again]] = [await scored(1), await scored(3), await scored(3)];
  one!.forEach((logprob, t) => assert.ok(Math.abs(logprob - three![t]!) < 1e-5));
  assert.deepEqual(again, three);
});

test('sampling that is cancelled ends before its rows do, and leaves nothing behind', async () => {
  const tiny = { handle: 'tiny', folder: tinyFolder };
  const rows = Array.from({ length: 256 }, (_, i) => ({ prompt: 0, path: `${i}` }));
  const request = {
    prompts: [[1, 2]],
    rows,
    seed: 1,
    sampling: { ...sampling, maxNewTokens: 60, stopIds: [] },
  };
  const before = await pool.sample(tiny, request, tinyConfig);
  const cancel = new AbortController();
  const cancelled = pool.run(
    async (worker) => {
      await worker.load(tiny);
      for await (const _ of worker.stream(
        'tiny',
        { prompt: [1, 2], path: '0', seed: 1 },
        sampling,
        tinyConfig,
      ))
        cancel.abort(new UserError('no longer wanted', 'CANCELLED'));
    },
    { signal: cancel.signal },
  );
  await assert.rejects(cancelled, is('CANCELLED', /no longer wanted/));
  const sampled = pool.sample(tiny, request, tinyConfig, { signal: cancel.signal });
  await assert.rejects(sampled, is('CANCELLED', /no longer wanted/));
  assert.deepEqual(await pool.sample(tiny, request, tinyConfig), before);
});

test("a job's clones end with it", async () => {
  await pool.run(async (worker) => {
    await worker.load({ handle: 'tiny', folder: tinyFolder });
    await worker.clone('tiny', 'mine');
  });
  await assert.rejects(
    pool.run((worker) => worker.clone('mine', 'other')),
    /no policy mine/,
  );
});

test('a folder that is not a model is refused with the reason', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'soar-folder-'));
  const load = (): Promise<unknown> => pool.run((worker) => worker.load({ handle: 'bad', folder }));
  await assert.rejects(load(), is('NOT_FOUND', /config\.json: not found/));
  cpSync(tinyFolder, folder, { recursive: true });
  const weights = join(folder, 'model.safetensors');
  const bytes = readFileSync(weights);
  truncateSync(weights, bytes.length - 4);
  await assert.rejects(load(), is('DATA_LOSS', /model\.safetensors: truncated/));
  bytes.writeFloatLE(NaN, bytes.length - 4);
  writeFileSync(weights, bytes);
  await assert.rejects(load(), is('NOT_FINITE', /tensor .* is NaN/));
  rmSync(weights);
  await assert.rejects(load(), is('NOT_FOUND', /model\.safetensors: not found/));
  writeFileSync(join(folder, 'config.json'), '{');
  await assert.rejects(load(), is('INVALID_ARGUMENT', /config\.json: malformed JSON/));
  rmSync(folder, { recursive: true });
});

test('weights in shards are read as one model', async () => {
  const { writeJson } = await import('./model-folder.js');
  const { readTensors, writeTensors } = await import('./weight-files.js');
  const folder = mkdtempSync(join(tmpdir(), 'soar-shards-'));
  cpSync(tinyFolder, folder, { recursive: true });
  const tensors = readTensors(join(folder, 'model.safetensors'));
  rmSync(join(folder, 'model.safetensors'));
  const shards = [tensors.slice(0, 7), tensors.slice(7)];
  const names = shards.map((_, i) => `model-0000${i + 1}-of-00002.safetensors`);
  shards.forEach((shard, i) => writeTensors(join(folder, names[i]!), shard));
  const map = shards.flatMap((shard, i) => shard.map(({ name }) => [name, names[i]!]));
  writeJson(join(folder, 'model.safetensors.index.json'), { weight_map: Object.fromEntries(map) });
  const tokens = Int32Array.of(1, 5, 9, 3);
  await pool.run(async (worker) => {
    await worker.load({ handle: 'tiny', folder: tinyFolder });
    await worker.load({ handle: 'shards', folder });
    assert.deepEqual(await worker.score('shards', [tokens], 1), await worker.score('tiny', [tokens], 1));
  });
  rmSync(folder, { recursive: true });
});
