/** Checkpoints that are damaged or removed during a run: the report is that of an undisturbed run. */
import { Retention, RunState } from '@soar/contracts';
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { CoordinatorFixture, ended, request, timeless } from '../testing/coordinator.js';

/** Three outer steps. Each promotes, so every step starts from checkpoints of the one before. */
const wanted = () =>
  request('run', (config) => {
    config.outerSteps = 3;
    config.retention = Retention.EVERYTHING;
  });

async function undisturbed(t: TestContext): Promise<unknown> {
  const fixture = await CoordinatorFixture.create(t);
  const { client } = await fixture.coordinator();
  await client.createRun(wanted());
  return timeless((await ended(client, 'run')).report);
}

const damages: Record<string, (folder: string) => Promise<void>> = {
  damaged: async (folder) => {
    await rm(join(folder, 'config.json'));
    await writeFile(join(folder, 'config.json'), '{');
  },
  removed: (folder) => rm(folder, { recursive: true }),
};

for (const [what, damage] of Object.entries(damages)) {
  test(`when teacher, baseline, an arm and what they were made from are ${what}, all are made again`, async (t) => {
    const fixture = await CoordinatorFixture.create(t);
    const harmed = {
      'Propose step/1/propose': ['step-0/teacher', 'step-0/dataset-1/repeat-0'],
      // What the next step starts from, and what that was made from.
      'Propose step/2/propose': [
        'step-1/dataset-1/repeat-0',
        'step-0/dataset-1/repeat-0',
        'step-1/teacher',
        'step-0/teacher',
      ],
      'Evaluate run/hard-only 4': ['hard-only'],
    };
    const done = new Set<string>();
    fixture.services.onCall = async (call, moment) => {
      if (moment === 'after' || done.has(call)) return;
      done.add(call);
      for (const name of harmed[call as keyof typeof harmed] ?? [])
        await damage(join(fixture.folder, 'run', name));
    };
    const { client } = await fixture.coordinator();
    await client.createRun(wanted());
    const run = await ended(client, 'run');
    assert.equal(run.state, RunState.SUCCEEDED, run.failure);
    assert.ok(Object.keys(harmed).every((call) => done.has(call)));
    assert.deepEqual(timeless(run.report), await undisturbed(t));
    for (const name of Object.values(harmed).flat())
      await fixture.store.open({ key: `run/${name}`, sha256: '' });
    const again = [...fixture.services.worked].filter(([, times]) => times > 1);
    assert.ok(
      again.every(([id, times]) => times <= 3 && Object.values(harmed).flat().includes(id.slice(4))),
      String(again),
    );
  });
}

test('a damaged base fails the run with one message, and the run resumes once the base is restored', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  const file = join(fixture.folder, 'models/base/config.json');
  const whole = await readFile(file);
  let harmed = false;
  fixture.services.onCall = async (call, moment) => {
    if (call !== 'Propose step/0/propose' || moment === 'after' || harmed) return;
    harmed = true;
    await writeFile(file, '{');
  };
  const { client } = await fixture.coordinator();
  await client.createRun(wanted());
  const run = await ended(client, 'run');
  assert.equal(run.state, RunState.FAILED);
  assert.equal(run.failureReason, 'DATA_LOSS');
  assert.match(
    run.failure,
    /artifact models\/base: config\.json has 1 bytes, expected \d+; restore it from a copy or make it again/,
  );
  await writeFile(file, whole);
  await client.resumeRun({ id: 'run' });
  const resumed = await ended(client, 'run');
  assert.equal(resumed.state, RunState.SUCCEEDED, resumed.failure);
  assert.deepEqual(timeless(resumed.report), await undisturbed(t));
});

test('a checkpoint that is made again with different bytes is refused', async (t) => {
  const fixture = await CoordinatorFixture.create(t);
  let harmed = false;
  fixture.services.onCall = async (call, moment) => {
    if (call !== 'Propose step/1/propose' || moment === 'after' || harmed) return;
    harmed = true;
    await damages['removed']!(join(fixture.folder, 'run/step-0/dataset-1/repeat-0'));
    fixture.services.gain = (k) => k + 7; // as on another machine
  };
  const { client } = await fixture.coordinator();
  await client.createRun(wanted());
  const run = await ended(client, 'run');
  assert.equal(run.state, RunState.FAILED);
  assert.match(
    run.failure,
    /run\/step-0\/dataset-1\/repeat-0: it was lost, and making it again gave different bytes/,
  );
});
