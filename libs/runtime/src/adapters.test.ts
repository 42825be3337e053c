/** Adapters: against peft and PyTorch (libs/model/testdata/adapters), from folder to folder, and over one base. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { UserError } from '@soar/core';
import { newAdapter, type AdapterRequest } from '@soar/model';
import { ADAMW_DEFAULTS } from '@soar/optim';
import { readAdapterBase, readAdapterConfig, writeMerged } from './adapter-folder.js';
import { readModelConfig } from './model-folder.js';
import { ModelPool } from './model-pool.js';
import type { ModelWorker } from './model-worker.js';
import type { TrainingText } from './protocol.js';
import { checkAgainstPyTorch, checkLogits, readReference } from './pytorch.fixture.js';
import { settings } from './testing.fixture.js';
import { listTensors, readTensors, weightFiles } from './weight-files.js';

const testdata = fileURLToPath(new URL('../../model/testdata', import.meta.url));
const names = readdirSync(join(testdata, 'adapters'));
const pool = new ModelPool(settings());
const scratch = mkdtempSync(join(tmpdir(), 'soar-adapters-'));
after(async () => {
  await pool.close();
  rmSync(scratch, { recursive: true });
});

for (const name of names) {
  const base = { handle: name, folder: join(testdata, 'families', name) };
  const folder = join(testdata, 'adapters', name);
  const config = readAdapterConfig(folder, readModelConfig(base.folder));
  describe(name, () => {
    checkAgainstPyTorch({ handle: `${name}/adapter`, folder, base }, config, pool);

    test('what is saved has the tensors and the layers of what was read, and names its base', async () => {
      const saved = mkdtempSync(join(scratch, 'saved-'));
      await pool.run(async (worker) => {
        await worker.load({ handle: `${name}/adapter`, folder, base });
        await worker.save(`${name}/adapter`, saved, { base: { name: 'models/base', revision: 'abc' } });
      });
      assert.deepEqual(tensorsOf(saved), tensorsOf(folder));
      assert.deepEqual(readAdapterConfig(saved, readModelConfig(base.folder)), config);
      assert.deepEqual(readAdapterBase(saved), { name: 'models/base', revision: 'abc' });
    });

    test('merged into its base it computes the same, in the types of the base', async () => {
      const merged = mkdtempSync(join(scratch, 'merged-'));
      writeMerged(folder, base.folder, merged);
      const headsOf = (of: string) =>
        weightFiles(of)
          .files.flatMap(listTensors)
          .map((entry) => [entry.name, entry.dtype, entry.shape.join()].join(' '));
      assert.deepEqual(headsOf(merged), headsOf(base.folder));
      const merges = {
        source: { handle: `${name}/merged`, folder: merged },
        config: readModelConfig(merged),
      };
      // In BF16 the sums are rounded, which changes the logits by more than the comparison allows.
      if (headsOf(merged).every((head) => head.includes(' F32 ')))
        await checkLogits({ ...merges, ...readReference(folder) });
    });
  });
}

function tensorsOf(folder: string) {
  const tensors = readTensors(join(folder, 'adapter_model.safetensors'));
  return tensors.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

const llama = { handle: 'llama', folder: join(testdata, 'families', 'llama') };
const request: AdapterRequest = { rank: 4, alpha: 8, rslora: false, targets: [] };
const adapter = newAdapter(readModelConfig(llama.folder), request, 'adapter');
const texts: TrainingText[] = [5, 9, 3, 30, 12].map((length, i) => ({
  tokens: Int32Array.from({ length }, (_, t) => (t === 0 ? 1 : ((i * 7 + t * t) % 20) + 3)),
  weights: new Float32Array(length).fill(1 / 59),
}));
const tokens = texts.map((text) => text.tokens);
const how = { temperature: 1, kl: 'none', optimizer: ADAMW_DEFAULTS, learningRate: 1e-2 } as const;

async function train(worker: ModelWorker, handle: string, steps: number): Promise<number[]> {
  const losses = [];
  for (let i = 0; i < steps; i++) losses.push((await worker.trainStep({ handle, texts, ...how })).loss);
  return losses;
}

test('a new adapter changes nothing; trained, it lowers the loss and leaves its base as it was', async () => {
  await pool.run(async (worker) => {
    await worker.load(llama);
    const before = await worker.score('llama', tokens, 1);
    for (const [handle, seed] of [
      ['a', 1],
      ['b', 2],
    ] as const) {
      await worker.clone('llama', handle, { adapter, seed, path: 'adapter' });
      assert.deepEqual(await worker.score(handle, tokens, 1), before);
    }
    const losses = await train(worker, 'a', 20);
    assert.ok(losses.at(-1)! < losses[0]! / 2, losses.join(' '));
    assert.deepEqual(await worker.score('b', tokens, 1), before);
    assert.deepEqual(await worker.score('llama', tokens, 1), before);
    const other = await train(worker, 'b', 2);
    assert.equal(other[0], losses[0]);
    assert.notEqual(other[1], losses[1], 'another seed begins with another A');
  });
});

test('a saved adapter goes on where it was, optimizer included', async () => {
  const saved = mkdtempSync(join(scratch, 'goes-on-'));
  await pool.run(async (worker) => {
    await worker.load(llama);
    await worker.clone('llama', 'a', { adapter, seed: 1, path: 'adapter' });
    await train(worker, 'a', 3);
    await worker.save('a', saved, { optimizer: true });
    assert.deepEqual(readdirSync(saved).sort(), [
      'adapter_config.json',
      'adapter_model.safetensors',
      'optimizer.safetensors',
    ]);
    await worker.load({ handle: 'saved', folder: saved, base: llama });
    await worker.clone('saved', 'b');
    assert.equal(await worker.loadOptimizer('b', saved), 3);
    assert.deepEqual(await train(worker, 'b', 3), await train(worker, 'a', 3));
  });
});

test('with no room to keep them, adapters of several bases are loaded whenever they are needed', async () => {
  const small = new ModelPool(settings({ memoryBytes: 530_000 }));
  const sources = ['qwen2', 'llama'].map((name) => ({
    handle: `${name}/adapter`,
    folder: join(testdata, 'adapters', name),
    base: { handle: name, folder: join(testdata, 'families', name) },
  }));
  for (const source of [...sources, ...sources]) {
    const score = () =>
      small.run(async (worker) => {
        await worker.load(source);
        return worker.score(source.handle, tokens, 1);
      });
    assert.deepEqual(await score(), await score());
  }
  await small.close();
});

test('what is no adapter of this model is refused, with the file and the value', () => {
  const refused = (
    change: (json: Record<string, unknown>) => void,
    message: RegExp,
    base = 'llama',
  ): void => {
    const folder = mkdtempSync(join(scratch, 'refused-'));
    cpSync(join(testdata, 'adapters', 'llama'), folder, { recursive: true });
    const path = join(folder, 'adapter_config.json');
    const json = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    change(json);
    writeFileSync(path, JSON.stringify(json));
    assert.throws(
      () => readAdapterConfig(folder, readModelConfig(join(testdata, 'families', base))),
      (error) =>
        error instanceof UserError && error.message.startsWith(folder) && message.test(error.message),
    );
  };
  refused((json) => (json['peft_type'] = 'IA3'), /peft_type: expected "LORA", got "IA3"/);
  refused((json) => (json['use_dora'] = true), /use_dora: expected nothing.*got true/);
  refused((json) => (json['rank_pattern'] = { q_proj: 2 }), /rank_pattern: .*got \{"q_proj":2\}/);
  refused((json) => (json['modules_to_save'] = ['lm_head']), /modules_to_save: .*got \["lm_head"\]/);
  refused((json) => (json['init_lora_weights'] = 'pissa'), /init_lora_weights: .*got "pissa"/);
  refused((json) => (json['r'] = 5), /lora_A\.weight: shape \[3, 16\], expected shape \[5, 16\]/);
  refused(() => undefined, /qkv_proj|not of a linear layer of the base/, 'phi3');
});
