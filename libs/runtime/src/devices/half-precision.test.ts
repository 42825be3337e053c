/**
 * Half precision on a device that has it (Mesa's lavapipe does, SwiftShader does not): scores, steps and rollouts
 * against float32 on the CPU, what is saved and resumed, a loss scale that is too large.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { messageOf } from '@soar/core';
import { newAdapter, type Adapter } from '@soar/model';
import { ADAMW_DEFAULTS } from '@soar/optim';
import { readModelConfig } from '../model-folder.js';
import { jobSettings, WORK_SHAPES_DEFAULT } from '../settings.js';
import { settings, tinyFolder } from '../testing.fixture.js';
import { withoutDevice } from '../testing/config.js';
import { Policies } from '../worker/policies.js';
import { Sessions } from '../worker/sessions.js';
import { trainStep } from '../worker/training.js';
import { DeviceMemory } from './device-memory.js';
import { requireHalf } from './half.js';
import { differences, trial, TRIAL_MODEL, type TrialSite } from './trial.js';

const device = new DeviceMemory(true);
const onDevice = new Sessions('webgpu', device);
const skip =
  withoutDevice() ||
  (await requireHalf('webgpu', device).then(
    () => false,
    (error: unknown) => `float16 was NOT tried on a device: ${messageOf(error)}`,
  ));
const families = fileURLToPath(new URL('../../../model/testdata/families', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'soar-half-device-'));
after(() => rmSync(scratch, { recursive: true }));

/** Those of half precision on the CPU; what is drawn is scored by other kernels, which add up in float16. */
const TOLERANCES = { scores: 0.02, steps: 0.02, sampler: 0.02 };

function siteOn(sessions: Sessions): TrialSite {
  const shapes = { ...WORK_SHAPES_DEFAULT, headTokens: 8 };
  const work = { ...jobSettings(settings({ shapes })), makeRoom: () => undefined };
  const policies = new Policies(sessions.memory, sessions);
  policies.memoryBytesMax = 2 ** 40;
  return { policies, sessions, settings: work };
}

async function tried(site: TrialSite, folder: string, drawn: number, adapter?: Adapter) {
  await site.policies.load({ handle: 'base', folder });
  return trial(readModelConfig(folder), site, { steps: 1, drawn, ...(adapter && { adapter }) });
}

const texts = [Int32Array.of(1, 5, 9, 3, 7), Int32Array.of(1, 8, 8)].map((tokens) => ({
  tokens,
  weights: new Float32Array(tokens.length).fill(1e-3),
}));

function stepOf({ policies, sessions, settings: work }: TrialSite, handle: string, temperature = 1) {
  const how = { kl: 'none', optimizer: ADAMW_DEFAULTS, learningRate: 1e-2 } as const;
  return trainStep(policies, { handle, texts, temperature, ...how }, sessions, work);
}

describe('in half precision on a device', { skip }, () => {
  // 18 drawn begin the second block of the cache.
  for (const [name, folder, adapted, drawn] of [
    ['all weights', tinyFolder, false, 18],
    ['an adapter of gemma3', join(families, 'gemma3'), true, 2],
  ] as const) {
    test(`${name}: scores, a step and what was drawn are those of float32 up to rounding`, async () => {
      const asked = { rank: 4, alpha: 8, rslora: false, targets: [] };
      const adapter = adapted ? newAdapter(readModelConfig(folder), asked, 'test') : undefined;
      const half = await tried(siteOn(onDevice), folder, drawn, adapter);
      const whole = await tried(siteOn(new Sessions('cpu')), folder, 2, adapter);
      const found = differences(half, whole);
      for (const what of ['scores', 'steps', 'sampler'] as const) {
        assert.ok(found[what] > 0 && found[what] <= TOLERANCES[what], `${what} differ by ${found[what]}`);
      }
      device.sweep(new Set());
    });
  }

  test('equal work gives equal bits, and matrices are on the device once, in float16', async () => {
    const site = siteOn(onDevice);
    const first = await tried(site, tinyFolder, 4);
    assert.deepEqual(await tried(siteOn(onDevice), tinyFolder, 4), first);
    const { tensors, weights } = site.policies.get('base').parameters;
    assert.ok(Object.values(tensors).every(({ dims }) => dims.length === 1));
    const matrices = Object.values(weights!).filter(({ dims }) => dims.length === 2);
    assert.ok(matrices.length > 4, `${matrices.length} matrices`);
    assert.ok(matrices.every(({ type, location }) => type === 'float16' && location === 'gpu-buffer'));
  });

  test('a training is saved in float32 and goes on where it was, to the bit', async () => {
    const site = siteOn(onDevice);
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
    policies.endJob();
    for (const handle of ['resumed', 'student', 'saved', 'base']) policies.forget(handle);
    device.sweep(new Set());
    assert.equal(device.bytes, 0, 'nothing is left on the device');
  });

  test('a step whose gradient is beyond float16 is computed again with a smaller loss scale', async () => {
    const step = async (sessions: Sessions) => {
      const site = siteOn(sessions);
      await site.policies.initialise({ handle: 'wild', config: TRIAL_MODEL, seed: 1, path: 'wild', std: 1 });
      return stepOf(site, 'wild', 1e-4); // multiplies what the gradients of the head are made of
    };
    const [half, whole] = [await step(onDevice), await step(new Sessions('cpu'))];
    assert.ok(half.rescalings > 0, 'it was computed again');
    assert.equal(whole.rescalings, 0);
    const error = Math.abs(half.gradientNorm / whole.gradientNorm - 1);
    assert.ok(error < 0.05, `norms ${half.gradientNorm} and ${whole.gradientNorm}`);
  });
});
