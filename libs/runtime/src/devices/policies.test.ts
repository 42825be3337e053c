/**
 * Policies on a device against the CPU: scores, rollouts and training steps of several families, what crosses the bus,
 * what stays there, what is given back, and what a lost device leaves behind.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { UserError } from '@soar/core';
import { newAdapter } from '@soar/model';
import { encodeModel, expand, Graph } from '@soar/onnx';
import { ADAMW_DEFAULTS } from '@soar/optim';
import { InferenceSession } from '../onnx-runtime.js';
import { readModelConfig } from '../model-folder.js';
import { ModelPool } from '../model-pool.js';
import { jobSettings, runtimeSettings, WORK_SHAPES_DEFAULT, type Compute } from '../settings.js';
import { sampling, settings, tinyConfig, tinyFolder } from '../testing.fixture.js';
import { WorkerThread } from '../worker-thread.js';
import { float32 } from '../worker/tensors.js';
import { Policies } from '../worker/policies.js';
import { Sessions } from '../worker/sessions.js';
import { score } from '../worker/packed.js';
import { trainStep } from '../worker/training.js';
import { DeviceMemory } from './device-memory.js';
import { withoutDevice } from '../testing/config.js';
import { run } from './run.js';
import { bytesOf, type Feeds } from './tensor-memory.js';
import { differences, trial, type TrialOptions, type TrialResult, type TrialSite } from './trial.js';

const skip = withoutDevice();
const families = fileURLToPath(new URL('../../../model/testdata/families', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'soar-devices-'));
after(() => rmSync(scratch, { recursive: true }));

/** Scores differ by the rounding of one pass, what was trained by that of steps of AdamW, which divides by roots. */
const TOLERANCES = { scores: 5e-6, steps: 5e-5, logprobs: 2e-4 };

const device = new DeviceMemory();
const deviceSessions = new Sessions('webgpu', device);

function siteOn(sessions: Sessions, compute: Partial<Compute> = {}): TrialSite {
  const shapes = { ...WORK_SHAPES_DEFAULT, headTokens: 8 };
  const work = { ...jobSettings(settings({ shapes }), compute), makeRoom: () => undefined };
  const policies = new Policies(sessions.memory);
  policies.memoryBytesMax = 2 ** 40;
  return { policies, sessions, settings: work };
}

async function tryOn(
  sessions: Sessions,
  folder: string,
  how: TrialOptions,
  compute?: Partial<Compute>,
): Promise<{ readonly result: TrialResult; readonly site: TrialSite }> {
  const site = siteOn(sessions, compute);
  await site.policies.load({ handle: 'base', folder });
  return { result: await trial(readModelConfig(folder), site, how), site };
}

async function checkAgainstCpu(folder: string, how: TrialOptions, compute?: Partial<Compute>): Promise<void> {
  const { result } = await tryOn(deviceSessions, folder, how, compute);
  const { result: expected } = await tryOn(new Sessions('cpu'), folder, how, compute);
  const { sameTokens, ...found } = differences(result, expected);
  for (const [what, tolerance] of Object.entries(TOLERANCES)) {
    const difference = found[what as keyof typeof TOLERANCES];
    assert.ok(difference <= tolerance, `${what} differ by ${difference}`);
  }
  assert.ok(sameTokens, 'the same tokens are drawn');
  device.sweep(new Set());
}

function stepOf({ policies, sessions, settings: work }: TrialSite, handle: string) {
  const texts = [{ tokens: Int32Array.of(1, 5, 9, 3, 7), weights: new Float32Array(5).fill(0.2) }];
  const how = { temperature: 1, kl: 'none', optimizer: ADAMW_DEFAULTS, learningRate: 1e-2 } as const;
  return trainStep(policies, { handle, texts, ...how }, sessions, work);
}

const adapterOf = (folder: string) => {
  const asked = { rank: 4, alpha: 8, rslora: false, targets: [] };
  return newAdapter(readModelConfig(folder), asked, 'test');
};

describe('on a device, against the CPU', { skip }, () => {
  for (const name of ['llama', 'gemma3', 'phi3']) {
    const folder = join(families, name);
    // The second step has the states of the first; 18 tokens begin the second block of the cache.
    test(`${name}: scores, two steps in full and a rollout are those of the CPU`, () =>
      checkAgainstCpu(folder, { steps: 2, drawn: 18, policyGradient: true }, { microBatchTokens: 32 }));
  }

  test('two steps of an adapter are those of the CPU', () =>
    checkAgainstCpu(tinyFolder, { adapter: adapterOf(tinyFolder), steps: 2, drawn: 2 }));

  test('a head in chunks and layers that are computed again give what the CPU gives', () => {
    // Micro-batches of so many tokens that even this vocabulary counts as large.
    const compute = { microBatchTokens: 2 ** 18, recompute: true };
    return checkAgainstCpu(tinyFolder, { steps: 2, drawn: 2 }, compute);
  });
});

describe('on a device', { skip }, () => {
  test('a KL term against the policy itself is 0 and has no gradient', async () => {
    const { policies, sessions, settings: work } = siteOn(deviceSessions);
    await policies.load({ handle: 'base', folder: tinyFolder });
    await policies.clone({ from: 'base', to: 'student' });
    const tokens = [Int32Array.of(1, 5, 9, 3, 7), Int32Array.of(1, 8, 8)];
    const scores = await score(
      policies.get('base'),
      { handle: 'base', texts: tokens, temperature: 1 },
      sessions,
      work,
    );
    const texts = tokens.map((own, i) => ({
      tokens: own,
      weights: new Float32Array(own.length),
      referenceLogprobs: scores[i]!,
      klWeights: new Float32Array(own.length).fill(1),
    }));
    const how = { temperature: 1, kl: 'k3', optimizer: ADAMW_DEFAULTS, learningRate: 1e-2 } as const;
    const step = await trainStep(policies, { handle: 'student', texts, ...how }, sessions, work);
    assert.deepEqual([step.kl, step.gradientNorm], [0, 0]);
  });

  test('equal work gives equal bits, and no parameter crosses the bus in it', async () => {
    const how = { steps: 2, drawn: 18 };
    const { result: first, site } = await tryOn(deviceSessions, tinyFolder, how);
    const { result: second } = await tryOn(deviceSessions, tinyFolder, how);
    assert.deepEqual(second, first);
    const tokens = 128; // in rows of padded texts, with room
    assert.ok(first.stepTraffic.toDevice < tokens * 40, `${first.stepTraffic.toDevice} bytes to the device`);
    assert.ok(first.stepTraffic.fromDevice < 4 * 40, `${first.stepTraffic.fromDevice} bytes from the device`);
    const rows = 4; // three, filled up
    assert.equal(first.rolloutTraffic.fromDevice, 18 * rows * (8 + 4), 'tokens and their log-probabilities');
    const { tensors } = site.policies.get('student').parameters;
    assert.ok(Object.values(tensors).every(({ location }) => location === 'gpu-buffer'));
  });

  test('a policy that is saved goes on where it was, and nothing is left when all policies are gone', async () => {
    const { site } = await tryOn(deviceSessions, tinyFolder, { steps: 1, drawn: 1 });
    const folder = join(scratch, 'saved');
    mkdirSync(folder);
    await site.policies.save({ handle: 'student', folder, optimizer: true, base: {} });
    await site.policies.load({ handle: 'saved', folder });
    await site.policies.clone({ from: 'saved', to: 'resumed' });
    assert.equal(await site.policies.loadOptimizer({ handle: 'resumed', folder }), 1);
    const next = async (handle: string) => (await stepOf(site, handle)).gradientNorm;
    const [resumed, undisturbed] = [await next('resumed'), await next('student')];
    assert.equal(resumed, undisturbed);
    assert.equal(await next('resumed'), await next('student'), 'after an update, too');
    for (const handle of ['saved', 'base']) site.policies.forget(handle);
    site.policies.endJob();
    device.sweep(new Set());
    assert.equal(device.bytes, 0);
  });
});

test('a round of sampling copies a block of the cache and never the whole', { skip }, async () => {
  const rounds: number[] = [];
  class Watched extends DeviceMemory {
    override ran(session: InferenceSession, feeds: Feeds, outputs: Feeds): void {
      super.ran(session, feeds, outputs);
      if (!('drawn_tokens' in outputs)) return;
      assert.ok(!('past_rows' in feeds), 'rows are picked before, once');
      const kept = Object.values(outputs).filter(({ location }) => location === 'gpu-buffer');
      rounds.push(kept.reduce((sum, tensor) => sum + bytesOf(tensor), 0));
    }
  }
  const memory = new Watched();
  await tryOn(new Sessions('webgpu', memory), tinyFolder, { steps: 1, drawn: 35 });
  const { layers, kvHeads, headDim } = tinyConfig;
  const blockBytes = 4 * 16 * layers * 2 * kvHeads * headDim * 4; // four rows of 16 tokens
  assert.equal(rounds.length, 34, 'the first token comes with the prompts');
  assert.ok(
    rounds.every((bytes) => bytes <= blockBytes),
    `${Math.max(...rounds)} bytes in a round`,
  );
  memory.sweep(new Set());
  assert.equal(memory.bytes, 0);
});

test(
  'a tensor that a device does not take in one piece fails its run with one message',
  { skip },
  async () => {
    const graph = new Graph('huge');
    graph.output('y', expand(graph.input('x', 'float32', []), [2 ** 20, 2 ** 18]));
    const model = encodeModel(graph, new Map(), 'device');
    const session = await InferenceSession.create(model, device.sessionOptions(['y']));
    device.attach(session);
    await assert.rejects(
      run(session, { x: float32(Float32Array.of(1), []) }, { y: null }),
      /^UserError: the device does not take a tensor of this job in one piece, .* or --provider cpu$/,
    );
    await session.release();
  },
);

describe('a pool on a device', { skip }, () => {
  test('a job whose device is lost fails with one message, and the next one works', async () => {
    const onDevice = settings({ provider: 'webgpu' });
    const script = new URL('./lost-device.fixture.js', import.meta.url);
    let started = 0;
    const pool = new ModelPool(
      runtimeSettings(onDevice),
      (index) => new WorkerThread(index, onDevice, started++ === 0 ? script : undefined),
    );
    const request = { prompts: [[1, 2]], rows: [{ prompt: 0, path: '' }], seed: 1, sampling };
    const draw = () => pool.sample({ handle: 'tiny', folder: tinyFolder }, request, tinyConfig);
    await assert.rejects(
      draw(),
      (error) =>
        error instanceof UserError &&
        error.reason === 'UNAVAILABLE' &&
        /^the device was lost in the middle of a job .* --provider cpu$/.test(error.message),
    );
    const [completion] = await draw();
    assert.ok(completion!.tokens.length > 0);
    assert.equal(started, 2);
    await pool.close();
  });
});
