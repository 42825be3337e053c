/** A damaged or missing result is made again when it is requested again, with the same bytes. */
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Schedule, TrainingState } from '@soar/contracts';
import { follow, specOf } from './testing/requests.js';
import { openSite, type RunningTrainer, type Site } from './testing/running-trainer.js';

let site: Site;
let trainer: RunningTrainer;
let another: RunningTrainer;
before(async () => {
  site = await openSite();
  trainer = await site.trainer();
  another = await site.trainer();
});
after(() => site.close());

/** Changes a file of an artifact; undefined: removes the whole artifact. */
async function damage(
  key: string,
  file: string,
  change: ((bytes: Buffer) => Buffer) | undefined,
): Promise<void> {
  const path = join(site.folder, 'store', key, file);
  if (change === undefined) return rm(join(site.folder, 'store', key), { recursive: true });
  const bytes = change(await readFile(path));
  await rm(path);
  await writeFile(path, bytes);
}

/** Turns one bit over. */
function flipped(bytes: Buffer): Buffer {
  bytes[Math.floor(bytes.length / 2)]! ^= 4;
  return bytes;
}

const cases: [string, (id: string) => Promise<void>][] = [
  ['a bit of the weights', (id) => damage(id, 'model.safetensors', flipped)],
  ['weights that are cut', (id) => damage(id, 'model.safetensors', (bytes) => bytes.subarray(0, -20))],
  ['a manifest that is none', (id) => damage(id, 'manifest.json', () => Buffer.from('{'))],
  ['a record that is cut', (id) => damage(`${id}.record`, 'record.json', (bytes) => bytes.subarray(0, 9))],
  ['an artifact that was removed', (id) => damage(id, '', undefined)],
];
for (const [what, damaged] of cases) {
  test(`${what}: a training is made again, by the trainer that made it and by another`, async () => {
    const spec = specOf(site.characters, 2);
    const id = `damage/${cases.findIndex(([name]) => name === what)}`;
    const first = await follow(trainer, id, spec);
    for (const asked of [trainer, another]) {
      await damaged(id);
      const { run } = await follow(asked, id, spec);
      assert.equal(run.state, TrainingState.SUCCEEDED, run.failure?.message);
      assert.deepEqual(run.result, first.run.result);
      await site.store.open(run.result!.checkpoint!);
    }
  });
}

test("a damaged update is made again, with the optimizer's state", async () => {
  const request = {
    id: 'damage/update',
    base: site.characters,
    rollouts: [{ promptTokenIds: [3], tokenIds: [4, 1], advantage: 1 }],
    divisor: 1,
    temperature: 1,
    optimizer: { learningRate: 0.02, schedule: Schedule.CONSTANT },
  };
  const first = await trainer.client.updatePolicy(request);
  await damage(request.id, 'model.safetensors', flipped);
  assert.deepEqual(await trainer.client.updatePolicy(request), first);
  await site.store.open(first.checkpoint!);
});

test('a damaged artifact is left alone by a writer that was superseded', async () => {
  const spec = specOf(site.characters, 1);
  await follow(trainer, 'ranked/a', spec, 2);
  await damage('ranked/a', 'model.safetensors', flipped);
  await assert.rejects(another.client.createTrainingRun({ id: 'ranked/a', spec, fencingToken: 1 }), {
    reason: 'FAILED_PRECONDITION',
  });
  await assert.rejects(site.store.open({ key: 'ranked/a', sha256: '' }), { reason: 'DATA_LOSS' });
});
