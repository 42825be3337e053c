import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newAdapter, type DecoderConfig } from '@soar/model';
import { planCompute } from './compute-plan.js';
import { rowsWithin } from './memory.js';
import { tinyConfig } from './testing.fixture.js';
import { runtimeSettings, type Compute } from './settings.js';

/** SmolLM2-135M. */
const smol: DecoderConfig = {
  vocabSize: 49_152,
  hiddenSize: 576,
  intermediateSize: 1536,
  layers: 30,
  heads: 9,
  kvHeads: 3,
  headDim: 64,
  rotary: { theta: 100_000 },
  rmsNormEps: 1e-5,
  tieWordEmbeddings: true,
  maxPositionEmbeddings: 8192,
  eosTokenIds: [2],
};
const request = { rank: 16, alpha: 32, rslora: false, targets: [] };
const lora = { ...smol, adapter: newAdapter(smol, request, 'adapter') };

function plan(config: DecoderConfig, gib: number, asked: Partial<Compute> = {}, tokens = 356): Compute {
  const settings = runtimeSettings({ workers: 4, memoryBytes: gib * 2 ** 30 });
  const work = { config, trains: true, promptTokens: 100, maxNewTokens: tokens - 100 };
  return planCompute([work], settings, asked);
}

test('a model that fits once a core has one thread a worker, and the defaults', () => {
  const defaults = { threads: 1, microBatchTokens: 640, recompute: false, provider: 'cpu', precision: 'f32' };
  assert.deepEqual(plan(tinyConfig, 1), defaults);
  assert.deepEqual(plan(smol, 32), defaults);
});

test('with less memory fewer workers have more threads, then layers are computed again, then it is refused', () => {
  const plans = [32, 16, 10, 7].map((gib) => plan(smol, gib).threads);
  assert.deepEqual(plans, [1, 2, 3, 4]);
  assert.ok(plan(lora, 6).threads < plan(smol, 6).threads, 'the base is shared, and an adapter is small');
  const last = { threads: 4, microBatchTokens: 640, recompute: true, provider: 'cpu', precision: 'f32' };
  assert.deepEqual(plan(lora, 2.5, {}, 2000), last);
  assert.throws(
    () => plan(smol, 4),
    /memory: training needs about \d\.\d GiB in one worker with 4 of 4 threads, of the 4\.0 GiB .*raise --memory/,
  );
});

test('what is asked for stays, and is refused where it does not fit', () => {
  const asked = { threads: 2, microBatchTokens: 128, recompute: true };
  assert.deepEqual(plan(smol, 24, asked), { ...asked, provider: 'cpu', precision: 'f32' });
  assert.throws(() => plan(smol, 24, { provider: 'webgpu' }), /configured for webgpu, .* computes on cpu/);
  assert.throws(() => plan(smol, 8, { threads: 1 }), /1 of 4 threads.*leave --threads out/);
});

test('on a device 128 samples of 1,024 tokens fit by plan, or are refused before any work', () => {
  const on = (gib: number, config: DecoderConfig = lora) => {
    const settings = runtimeSettings({ workers: 1, provider: 'webgpu', memoryBytes: gib * 2 ** 30 });
    const compute = planCompute([{ config, trains: true, promptTokens: 128, maxNewTokens: 1024 }], settings);
    const rows = rowsWithin(config, settings.shapes.rolloutRows, long, settings.memoryBytes).at(-1)!;
    return { compute, rows };
  };
  const long = { promptTime: 128, promptChunk: 128, blockTokens: 16, rounds: 1024 };
  assert.equal(on(20).rows, 128, 'together');
  const fewer = on(12);
  assert.ok(fewer.rows < 128 && fewer.rows >= 8, `${fewer.rows} at a time`);
  assert.equal(fewer.compute.provider, 'webgpu');
  assert.throws(
    () => on(1),
    /^UserError: memory: training needs about .* raise --device-memory, lower max_new_tokens/,
  );
});

test('a matrix that no device takes in one piece is refused', () => {
  const wide = { ...lora, vocabSize: 2 ** 18, hiddenSize: 4608, heads: 72, kvHeads: 24 };
  const settings = runtimeSettings({ workers: 1, provider: 'webgpu', memoryBytes: 2 ** 40 });
  assert.throws(
    () => planCompute([{ config: wide, trains: true, promptTokens: 1, maxNewTokens: 1 }], settings),
    /the largest matrix of the model has 4\.5 GiB, and a device takes less than 4\.0 GiB .* or --provider cpu/,
  );
});
