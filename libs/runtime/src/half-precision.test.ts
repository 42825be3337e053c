/**
 * Half precision on the CPU, whose provider computes float16 by casting around its own kernels: the same roundings
 * between operations as on a device, slower than float32. What stays in float32 is the graph's business
 * (libs/training/src/half-precision.test.ts); here it is what policies and steps make of it.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { newAdapter, type Adapter } from '@soar/model';
import { ADAMW_DEFAULTS } from '@soar/optim';
import { HostMemory } from './devices/host-memory.js';
import { differences, trial, TRIAL_MODEL, type TrialResult, type TrialSite } from './devices/trial.js';
import { readModelConfig } from './model-folder.js';
import { jobSettings, requireProvider, WORK_SHAPES_DEFAULT, type Compute } from './settings.js';
import { settings, tinyFolder } from './testing.fixture.js';
import { lossScaleOf } from './worker/loss-scale.js';
import { Policies } from './worker/policies.js';
import { Sessions } from './worker/sessions.js';
import { trainStep } from './worker/training.js';

const families = fileURLToPath(new URL('../../model/testdata/families', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'soar-half-'));
after(() => rmSync(scratch, { recursive: true }));

const DRAWN = 4;
/** float16 has 11 bits: relative 5e-4 of logits up to 10, a few of them added up. */
const TOLERANCES = { scores: 0.02, steps: 0.02 };

function siteIn(halves: boolean, compute: Partial<Compute> = {}): TrialSite {
  const memory = new HostMemory('cpu', halves);
  const sessions = new Sessions('cpu', memory);
  const shapes = { ...WORK_SHAPES_DEFAULT, headTokens: 8 };
  const work = { ...jobSettings(settings({ shapes }), compute), makeRoom: () => undefined };
  const policies = new Policies(memory, sessions);
  policies.memoryBytesMax = 2 ** 40;
  return { policies, sessions, settings: work };
}

async function tried(site: TrialSite, folder: string, adapter?: Adapter): Promise<TrialResult> {
  await site.policies.load({ handle: 'base', folder });
  return trial(readModelConfig(folder), site, { steps: 1, drawn: DRAWN, ...(adapter && { adapter }) });
}

const adapterOf = (folder: string) =>
  newAdapter(readModelConfig(folder), { rank: 4, alpha: 8, rslora: false, targets: [] }, 'test');

const texts = [Int32Array.of(1, 5, 9, 3, 7), Int32Array.of(1, 8, 8)].map((tokens) => ({
  tokens,
  weights: new Float32Array(tokens.length).fill(1e-3),
}));
const how = { texts, temperature: 1, kl: 'none', optimizer: ADAMW_DEFAULTS, learningRate: 1e-2 } as const;
const stepOf = ({ policies, sessions, settings: work }: TrialSite, handle: string, temperature = 1) =>
  trainStep(policies, { handle, ...how, temperature }, sessions, work);

for (const [name, compute, adapted] of [
  ['phi3', { microBatchTokens: 2 ** 18, recompute: true }, false],
  ['gemma3', { microBatchTokens: 32 }, true],
] as const) {
  test(`${name}: scores, losses and norms are those of float32 up to the rounding of float16`, async () => {
    const folder = join(families, name);
    const adapter = adapted ? adapterOf(folder) : undefined;
    const half = await tried(siteIn(true, compute), folder, adapter);
    const found = differences(half, await tried(siteIn(false, compute), folder, adapter));
    for (const what of ['scores', 'steps'] as const) {
      assert.ok(found[what] > 0 && found[what] <= TOLERANCES[what], `${what} differ by ${found[what]}`);
    }
  });
}

test('what is drawn in half precision is scored the same up to its rounding', async () => {
  const site = siteIn(true);
  const { logprobs, rescored } = await tried(site, tinyFolder);
  logprobs.forEach((logprob, t) => {
    const difference = Math.abs(rescored[t]! - logprob);
    assert.ok(difference <= TOLERANCES.scores, `token ${t}: ${difference}`);
  });
});

test('matrices of a model that is not trained are in memory once, in float16', async () => {
  const { policies } = siteIn(true);
  await policies.load({ handle: 'base', folder: tinyFolder });
  const { tensors, weights } = policies.get('base').parameters;
  assert.ok(Object.values(tensors).every(({ dims }) => dims.length === 1));
  const matrices = Object.values(weights!).filter(({ dims }) => dims.length === 2);
  assert.ok(matrices.length > 4 && matrices.every(({ type }) => type === 'float16'));
});

test('a training in half precision is saved in float32 and goes on where it was', async () => {
  const site = siteIn(true);
  const { policies } = site;
  await policies.load({ handle: 'base', folder: tinyFolder });
  await policies.clone({ from: 'base', to: 'student' });
  await stepOf(site, 'student');
  const folder = join(scratch, 'saved');
  mkdirSync(folder);
  await policies.save({ handle: 'student', folder, optimizer: true, base: {} });
  await policies.load({ handle: 'saved', folder });
  await policies.clone({ from: 'saved', to: 'resumed' });
  await policies.loadOptimizer({ handle: 'resumed', folder });
  for (let i = 0; i < 2; i++) {
    assert.deepEqual(await stepOf(site, 'resumed'), await stepOf(site, 'student'));
  }
});

test('a step whose gradient is beyond float16 is computed again with a smaller loss scale', async () => {
  const steps = [];
  for (const halves of [true, false]) {
    const site = siteIn(halves);
    await site.policies.initialise({ handle: 'wild', config: TRIAL_MODEL, seed: 1, path: 'wild', std: 1 });
    // It multiplies what the gradients of the head are made of.
    steps.push(await stepOf(site, 'wild', 1e-4));
  }
  const [half, whole] = steps;
  assert.ok(half!.rescalings > 0, 'it was computed again');
  assert.equal(whole!.rescalings, 0);
  const error = Math.abs(half!.gradientNorm / whole!.gradientNorm - 1);
  assert.ok(error < 0.05, `norms ${half!.gradientNorm} and ${whole!.gradientNorm}`);
});

test('the loss scale is a power of two that follows from the weights of the step alone', () => {
  const scaleOf = (weight: number) =>
    lossScaleOf([{ tokens: Int32Array.of(1, 2), weights: Float32Array.of(0, weight) }]);
  assert.deepEqual([1, -1, 16, 1 / 1024, 0].map(scaleOf), [16, 16, 1, 2 ** 14, 1]);
});

test('work in another precision than the trainer has is refused by what to do', () => {
  const own = { provider: 'cpu', precision: 'f16' } as const;
  requireProvider(own, {});
  requireProvider(own, { provider: 'cpu', precision: 'f16' });
  const message = /configured for f32, and this trainer computes in f16: .* Start it with --precision f32/;
  assert.throws(() => requireProvider(own, { precision: 'f32' }), message);
  assert.throws(() => requireProvider(own, { provider: 'cpu' }), message, 'of runs that did not say it');
});
