import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TrainingState } from '@soar/contracts';
import { follow, specOf } from './testing/requests.js';
import { openSite, type RunningTrainer, type Site } from './testing/running-trainer.js';

let site: Site;
let trainer: RunningTrainer;
before(async () => {
  site = await openSite();
  trainer = await site.trainer();
});
after(() => site.close());

/** As a newer coordinator would, with another result under the same id. */
async function takeOver(run: string, fencingToken: number): Promise<void> {
  await site.store.writeFile(`${run}/taken-over`, '', { fencingToken });
}

test('work under an older lease is refused; the newer one repeats the call and finds it or has it made', async () => {
  const [old, other] = [trainer, await site.trainer()];
  await takeOver('run-1', 2);
  const spec = specOf(site.characters, 2);
  const late = await follow(old, 'run-1/a', spec, 1);
  assert.equal(late.run.state, TrainingState.FAILED);
  assert.equal(late.run.failure!.reason, 'FAILED_PRECONDITION');
  assert.match(late.run.failure!.message, /fencing token is 1, the store has seen 2/);
  assert.equal(await site.store.find('run-1/a'), undefined);
  const elsewhere = await follow(other, 'run-1/a', spec, 2);
  assert.equal(elsewhere.run.state, TrainingState.SUCCEEDED, elsewhere.run.failure?.message);
  const found = await old.client.createTrainingRun({ id: 'run-1/a', spec, fencingToken: 2 });
  assert.deepEqual(found.run!.result, elsewhere.run.result);
  await follow(old, 'run-1/b', spec, 1);
  const { run } = await follow(old, 'run-1/b', spec, 2);
  assert.equal(run.state, TrainingState.SUCCEEDED, run.failure?.message);
});

test('work in progress continues under the newer lease', async () => {
  const spec = specOf(site.characters, 60);
  await trainer.client.createTrainingRun({ id: 'run-2/a', spec, fencingToken: 1 });
  await takeOver('run-2', 2);
  const { run } = await follow(trainer, 'run-2/a', spec, 2);
  assert.equal(run.state, TrainingState.SUCCEEDED, run.failure?.message);
  assert.ok(await site.store.find('run-2/a'));
});

test('a fencing token that no coordinator was issued is refused, and harms no work in progress', async () => {
  const spec = specOf(site.characters, 60);
  await site.store.issue(3);
  await trainer.client.createTrainingRun({ id: 'run-3/a', spec, fencingToken: 2 });
  const refused = { reason: 'FAILED_PRECONDITION', message: /4294967295 was issued by no coordinator/ };
  const made = { fencingToken: 4294967295 };
  await assert.rejects(trainer.client.createTrainingRun({ id: 'run-3/a', spec, ...made }), refused);
  await assert.rejects(trainer.client.createTrainingRun({ id: 'run-3/b', spec, ...made }), refused);
  const { run } = await follow(trainer, 'run-3/a', spec, 3);
  assert.equal(run.state, TrainingState.SUCCEEDED, run.failure?.message);
  assert.equal(await site.store.find('run-3/b'), undefined);
});
