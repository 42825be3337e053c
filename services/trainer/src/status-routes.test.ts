import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TrainingState, type TrainerStatus } from '@soar/contracts';
import { specOf } from './testing/requests.js';
import { openSite, type RunningTrainer, type Site } from './testing/running-trainer.js';

const BUDGET = 2n ** 30n;
const STEPS = 4_000; // more than the test lasts

let site: Site;
let trainer: RunningTrainer;
before(async () => {
  site = await openSite();
  trainer = await site.trainer({ workers: 2, memoryBytes: Number(BUDGET) });
});
after(() => site.close());

async function status(): Promise<TrainerStatus> {
  return (await trainer.status.getTrainerStatus({})).status!;
}

/** The first status for which `holds` is true. */
async function statusOnce(holds: (found: TrainerStatus) => boolean): Promise<TrainerStatus> {
  for (let i = 0; i < 400; i++) {
    const found = await status();
    if (holds(found)) return found;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return assert.fail('it never came');
}

test('an idle trainer holds none of its memory', async () => {
  const { residentBytes, $typeName: _, ...rest } = await status();
  assert.ok(residentBytes > 2n ** 24n && residentBytes < 2n ** 36n, String(residentBytes));
  assert.deepEqual(rest, {
    trainingRunsRunning: 0,
    trainingRunsQueued: 0,
    jobsRunning: 0,
    jobsQueued: 0,
    workers: 2,
    threads: 1,
    provider: 'cpu',
    memoryBudgetBytes: BUDGET,
    memoryHeldBytes: 0n,
  });
});

test('of three trainings two run and one waits; each that runs holds half of the memory', async () => {
  const ids = ['a', 'b', 'c'].map((name) => `run-1/${name}`);
  for (const id of ids) await trainer.client.createTrainingRun({ id, spec: specOf(site.characters, STEPS) });
  const full = await statusOnce(({ trainingRunsRunning }) => trainingRunsRunning === 2);
  assert.deepEqual([full.trainingRunsQueued, full.jobsRunning, full.jobsQueued], [1, 2, 1]);
  assert.equal(full.memoryHeldBytes, BUDGET);
  for (const id of ids.slice(1)) await trainer.client.cancelTrainingRun({ id });
  const half = await statusOnce(({ jobsRunning, jobsQueued }) => jobsRunning === 1 && jobsQueued === 0);
  assert.deepEqual([half.trainingRunsRunning, half.memoryHeldBytes], [1, BUDGET / 2n]);
  const { run } = await trainer.client.cancelTrainingRun({ id: ids[0]! });
  assert.equal(run?.state, TrainingState.CANCELLED);
  const idle = await statusOnce(({ jobsRunning }) => jobsRunning === 0);
  assert.equal(idle.memoryHeldBytes, 0n);
});
