/** Models that are kept once in a process: against PyTorch, and the life of their files. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { UserError } from '@soar/core';
import { newAdapter } from '@soar/model';
import { ADAMW_DEFAULTS } from '@soar/optim';
import { readAdapterConfig } from './adapter-folder.js';
import { readModelConfig } from './model-folder.js';
import { ModelPool } from './model-pool.js';
import { checkAgainstPyTorch } from './pytorch.fixture.js';
import { sampling, settings } from './testing.fixture.js';

const testdata = fileURLToPath(new URL('../../model/testdata', import.meta.url));
const frozen = { smallParametersMax: 0 };
const pool = new ModelPool(settings(frozen));
const scratch = mkdtempSync(join(tmpdir(), 'soar-frozen-'));
after(async () => {
  await pool.close();
  rmSync(scratch, { recursive: true });
});

const family = (name: string) => ({ handle: name, folder: join(testdata, 'families', name) });
const folders = (): string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith(`soar-weights-${process.pid}-`));

for (const name of ['gemma3', 'phi3', 'qwen2']) {
  describe(name, () => {
    const base = family(name);
    const folder = join(testdata, 'adapters', name);
    const config = readModelConfig(base.folder);
    checkAgainstPyTorch({ ...base }, config, pool);
    checkAgainstPyTorch({ handle: `${name}/adapter`, folder, base }, readAdapterConfig(folder, config), pool);
  });
}

test('sampling and both kinds of training give what they give with weights in the worker', async () => {
  const llama = family('llama');
  const config = readModelConfig(llama.folder);
  const request = { rank: 4, alpha: 8, rslora: false, targets: [] };
  const adapter = { adapter: newAdapter(config, request, 'adapter'), seed: 1, path: 'adapter' };
  const texts = [9, 30].map((length) => ({
    tokens: Int32Array.from({ length }, (_, t) => 1 + ((t * t) % 20)),
    weights: new Float32Array(length).fill(0.1),
  }));
  const rollouts = {
    prompts: [[1, 5, 9]],
    rows: Array.from({ length: 5 }, (_, i) => ({ prompt: 0, path: `${i}` })),
    seed: 3,
    sampling,
  };
  const results = [];
  for (const own of [{}, frozen]) {
    const two = new ModelPool(settings({ workers: 2, ...own }));
    const train = (start?: typeof adapter) =>
      two.run(async (worker) => {
        await worker.load(llama);
        await worker.clone('llama', 'student', start);
        const step = { handle: 'student', texts, temperature: 1, kl: 'none' } as const;
        const how = { optimizer: ADAMW_DEFAULTS, learningRate: 1e-2 };
        const losses = [];
        for (let i = 0; i < 3; i++) losses.push((await worker.trainStep({ ...step, ...how })).loss);
        return { losses, drawn: await worker.sample('student', rollouts, config) };
      });
    results.push(await Promise.all([two.sample(llama, rollouts, config), train(), train(adapter)]));
    await two.close();
  }
  assert.deepEqual(results[1], results[0]);
});

test('the weights are in a private folder, once for all workers, and go with the pool', async () => {
  const before = folders();
  const two = new ModelPool(settings({ workers: 2, ...frozen }));
  const load = (): Promise<unknown> => two.run((worker) => worker.load(family('llama')));
  await Promise.all([load(), load(), load()]);
  const [own, ...more] = folders().filter((name) => !before.includes(name));
  assert.deepEqual(more, []);
  const root = join(tmpdir(), own!);
  assert.equal(statSync(root).mode & 0o777, 0o700);
  assert.deepEqual(readdirSync(root), ['0']);
  const files = readdirSync(join(root, '0')).sort();
  const common = ['places.0.json', 'places.1.json', 'weights.0', 'weights.1'];
  assert.deepEqual(
    files.filter((name) => !/^weights\.[01]\.\d+$/.test(name)),
    common,
  );
  await two.close();
  assert.ok(!existsSync(root));
});

test('the model that was used least recently goes, and is there again when it is needed', async () => {
  const names = ['qwen2', 'gemma', 'granite', 'olmo2']; // with llama one more than are kept
  const one = new ModelPool(settings(frozen));
  const score = (name: string): Promise<Float32Array[]> =>
    one.run(async (worker) => {
      await worker.load(family(name));
      return worker.score(name, [Int32Array.of(1, 5, 9, 3)], 1);
    });
  const first = await score('llama');
  for (const name of names) await score(name);
  assert.deepEqual(await score('llama'), first);
  await one.close();
});

test('a model that was written in vain can be asked for again', async () => {
  const folder = join(scratch, 'model');
  cpSync(family('llama').folder, folder, { recursive: true });
  const file = readdirSync(folder).find((name) => name.endsWith('.safetensors'))!;
  rmSync(join(folder, file));
  const load = (): Promise<unknown> => pool.run((worker) => worker.load({ handle: 'own', folder }));
  await assert.rejects(load(), (error) => error instanceof UserError && error.reason === 'NOT_FOUND');
  cpSync(join(family('llama').folder, file), join(folder, file));
  await load();
});

test('weights for which there is no memory are refused before they are written', async () => {
  const small = new ModelPool(settings({ ...frozen, memoryBytes: 10_000 }));
  const load = small.run((worker) => worker.load(family('llama')));
  await assert.rejects(
    load,
    /families\/llama: the weights need .* KiB of the 9\.8 KiB for models.*raise --memory/,
  );
  await small.close();
});

test('what a process that was killed has left is removed by the next', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  const left = join(tmpdir(), `soar-weights-${pid}-abcdef`);
  mkdirSync(left);
  const other = new ModelPool(settings(frozen));
  await other.run((worker) => worker.load(family('llama')));
  assert.ok(!existsSync(left));
  await other.close();
});
