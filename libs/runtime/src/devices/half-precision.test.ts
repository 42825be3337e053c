/**
 * Half precision on a device that has it (Mesa's lavapipe does, SwiftShader does not): scores, steps and rollouts
 * against float32 on the CPU, what is saved and resumed, a loss scale that is too large.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { messageOf } from '@soar/core';
import {
  adapterOf,
  assertRescales,
  assertResumes,
  assertRounded,
  familyFolder,
  matricesOf,
  siteOf,
  tried,
} from '../half-precision.fixture.js';
import { tinyFolder } from '../testing.fixture.js';
import { withoutDevice } from '../testing/config.js';
import { Sessions } from '../worker/sessions.js';
import { DeviceMemory } from './device-memory.js';
import { requireHalf } from './half.js';
import { differences } from './trial.js';

const device = new DeviceMemory(true);
const onDevice = new Sessions('webgpu', device);
const skip =
  withoutDevice() ||
  (await requireHalf('webgpu', device).then(
    () => false,
    (error: unknown) => `float16 was NOT tried on a device: ${messageOf(error)}`,
  ));

describe('in half precision on a device', { skip }, () => {
  // 18 drawn begin the second block of the cache.
  for (const [name, folder, adapted, drawn] of [
    ['all weights', tinyFolder, false, 18],
    ['an adapter of gemma3', familyFolder('gemma3'), true, 2],
  ] as const) {
    test(`${name}: scores, a step and what was drawn are those of float32 up to rounding`, async () => {
      const adapter = adapted ? adapterOf(folder) : undefined;
      const half = await tried(siteOf(onDevice), folder, { drawn, adapter });
      const whole = await tried(siteOf(new Sessions('cpu')), folder, { drawn: 2, adapter });
      assertRounded(differences(half, whole), ['scores', 'steps', 'sampler']);
      device.sweep(new Set());
    });
  }

  test('equal work gives equal bits, and matrices are on the device once, in float16', async () => {
    const site = siteOf(onDevice);
    const first = await tried(site, tinyFolder);
    assert.deepEqual(await tried(siteOf(onDevice), tinyFolder), first);
    const matrices = matricesOf(site, 'base');
    assert.ok(matrices.every(({ type, location }) => type === 'float16' && location === 'gpu-buffer'));
  });

  test('a training is saved in float32 and goes on where it was, to the bit', async () => {
    const site = siteOf(onDevice);
    await assertResumes(site);
    const { policies } = site;
    policies.endJob();
    for (const handle of ['resumed', 'student', 'saved', 'base']) policies.forget(handle);
    device.sweep(new Set());
    assert.equal(device.bytes, 0, 'nothing is left on the device');
  });

  test('a step whose gradient is beyond float16 is computed again with a smaller loss scale', () =>
    assertRescales(onDevice, new Sessions('cpu')));
});
