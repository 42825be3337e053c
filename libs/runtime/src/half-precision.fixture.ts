/** What the tests of half precision on the CPU and on a device have in common: models, steps, and what must hold. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newAdapter, type Adapter } from '@soar/model';
import { ADAMW_DEFAULTS } from '@soar/optim';
import { trial, TRIAL_MODEL, type Differences, type TrialResult, type TrialSite } from './devices/trial.js';
import { readModelConfig } from './model-folder.js';
import { jobSettings, WORK_SHAPES_DEFAULT, type Compute } from './settings.js';
import { settings, tinyFolder } from './testing.fixture.js';
import { Policies } from './worker/policies.js';
import type { Sessions } from './worker/sessions.js';
import { trainStep } from './worker/training.js';

/**
 * float16 has 11 bits: relative 5e-4 of logits up to 10, a few of them added up. What is drawn on a device is scored by
 * other kernels, which add up in float16.
 */
const TOLERANCE = 0.02;

export function familyFolder(name: string): string {
  return fileURLToPath(new URL(`../../model/testdata/families/${name}`, import.meta.url));
}

export function siteOf(sessions: Sessions, compute: Partial<Compute> = {}): TrialSite {
  const shapes = { ...WORK_SHAPES_DEFAULT, headTokens: 8 };
  const work = { ...jobSettings(settings({ shapes }), compute), makeRoom: () => undefined };
  const policies = new Policies(sessions.memory, sessions);
  policies.memoryBytesMax = 2 ** 40;
  return { policies, sessions, settings: work };
}

export function adapterOf(folder: string): Adapter {
  return newAdapter(readModelConfig(folder), { rank: 4, alpha: 8, rslora: false, targets: [] }, 'test');
}

/** One step, after which so many tokens are drawn. */
export async function tried(
  site: TrialSite,
  folder: string,
  { drawn = 4, adapter }: { readonly drawn?: number; readonly adapter?: Adapter | undefined } = {},
): Promise<TrialResult> {
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

/** Some difference, for two computed in different precisions, but no more than rounding makes. */
export function assertRounded<What extends 'scores' | 'steps' | 'sampler'>(
  found: Pick<Differences, What>,
  names: readonly What[],
): void {
  for (const what of names)
    assert.ok(found[what] > 0 && found[what] <= TOLERANCE, `${what} differ by ${found[what]}`);
}

/** The matrices of a model that is not trained, after checking that all of its parameters in float32 are vectors. */
export function matricesOf({ policies }: TrialSite, handle: string) {
  const { tensors, weights } = policies.get(handle).parameters;
  assert.ok(Object.values(tensors).every(({ dims }) => dims.length === 1));
  const matrices = Object.values(weights!).filter(({ dims }) => dims.length === 2);
  assert.ok(matrices.length > 4, `${matrices.length} matrices`);
  return matrices;
}

/** A training that is saved in float32 goes on where it was, to the bit. Leaves base, student, saved and resumed. */
export async function assertResumes(site: TrialSite): Promise<void> {
  const { policies } = site;
  await policies.load({ handle: 'base', folder: tinyFolder });
  await policies.clone({ from: 'base', to: 'student' });
  await stepOf(site, 'student');
  const folder = mkdtempSync(join(tmpdir(), 'soar-half-'));
  try {
    await policies.save({ handle: 'student', folder, optimizer: true, base: {} });
    await policies.load({ handle: 'saved', folder });
    await policies.clone({ from: 'saved', to: 'resumed' });
    await policies.loadOptimizer({ handle: 'resumed', folder });
    for (let i = 0; i < 2; i++) {
      assert.deepEqual(await stepOf(site, 'resumed'), await stepOf(site, 'student'));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A step whose gradient is beyond float16 is computed again with a smaller loss scale. */
export async function assertRescales(inHalf: Sessions, inWhole: Sessions): Promise<void> {
  const step = async (sessions: Sessions) => {
    const site = siteOf(sessions);
    await site.policies.initialise({ handle: 'wild', config: TRIAL_MODEL, seed: 1, path: 'wild', std: 1 });
    return stepOf(site, 'wild', 1e-4); // multiplies what the gradients of the head are made of
  };
  const [half, whole] = [await step(inHalf), await step(inWhole)];
  assert.ok(half.rescalings > 0, 'it was computed again');
  assert.equal(whole.rescalings, 0);
  const error = Math.abs(half.gradientNorm / whole.gradientNorm - 1);
  assert.ok(error < 0.05, `norms ${half.gradientNorm} and ${whole.gradientNorm}`);
}
