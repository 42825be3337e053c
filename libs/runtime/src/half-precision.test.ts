/**
 * Half precision on the CPU, whose provider computes float16 by casting around its own kernels: the same roundings
 * between operations as on a device, slower than float32. What stays in float32 is the graph's business
 * (libs/training/src/half-precision.test.ts); here it is what policies and steps make of it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostMemory } from './devices/host-memory.js';
import { differences } from './devices/trial.js';
import {
  adapterOf,
  assertRescales,
  assertResumes,
  assertRounded,
  familyFolder,
  matricesOf,
  siteOf,
  tried,
} from './half-precision.fixture.js';
import { requireProvider } from './settings.js';
import { tinyFolder } from './testing.fixture.js';
import { lossScaleOf } from './worker/loss-scale.js';
import { Sessions } from './worker/sessions.js';

const sessionsIn = (halves: boolean): Sessions => new Sessions('cpu', new HostMemory('cpu', halves));

for (const [name, compute, adapted] of [
  ['phi3', { microBatchTokens: 2 ** 18, recompute: true }, false],
  ['gemma3', { microBatchTokens: 32 }, true],
] as const) {
  test(`${name}: scores, losses and norms are those of float32 up to the rounding of float16`, async () => {
    const folder = familyFolder(name);
    const adapter = adapted ? adapterOf(folder) : undefined;
    const half = await tried(siteOf(sessionsIn(true), compute), folder, { adapter });
    const whole = await tried(siteOf(sessionsIn(false), compute), folder, { adapter });
    assertRounded(differences(half, whole), ['scores', 'steps']);
  });
}

test('what is drawn in half precision is scored the same up to its rounding', async () => {
  const drawn = await tried(siteOf(sessionsIn(true)), tinyFolder);
  assertRounded(differences(drawn, drawn), ['sampler']);
});

test('matrices of a model that is not trained are in memory once, in float16', async () => {
  const site = siteOf(sessionsIn(true));
  await site.policies.load({ handle: 'base', folder: tinyFolder });
  assert.ok(matricesOf(site, 'base').every(({ type }) => type === 'float16'));
});

test('a training in half precision is saved in float32 and goes on where it was', () =>
  assertResumes(siteOf(sessionsIn(true))));

test('a step whose gradient is beyond float16 is computed again with a smaller loss scale', () =>
  assertRescales(sessionsIn(true), sessionsIn(false)));

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
