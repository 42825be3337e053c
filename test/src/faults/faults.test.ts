/**
 * Faults of processes and connections during a run; `npm run soak` does the same for longer. Every run must end like
 * the undisturbed one: same report, same ledger, same artifacts.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresServer, withoutPostgres } from '@soar/store/testing';
import { smallDisk } from './small-disk.js';
import { temporaryFolder } from '../temporary-folder.js';
import { type Outcome, disturbedRun, RUN } from './disturbed-run.js';
import { cuts, damagedWeights, fullDisk, kills, stoppedTrainer, Tally } from './disturbances.js';

const folder = temporaryFolder();
const skip = withoutPostgres();
let postgres: PostgresServer | undefined;
let undisturbed: Outcome;

before(async () => {
  if (skip === false) postgres = await PostgresServer.start();
  undisturbed = await disturbedRun(folder, { folder: folder.at('undisturbed'), trainers: 1 });
});
after(() => postgres?.remove());

test('a run survives damaged checkpoints, a stopped trainer, SIGKILL of any process and cut connections', async () => {
  const tally = new Tally();
  const outcome = await disturbedRun(
    folder,
    { folder: folder.at('disturbed'), trainers: 2 },
    async (deployment, ended) => {
      await damagedWeights(RUN, tally)(deployment, ended);
      await Promise.all([
        stoppedTrainer('trainer-2', 3_000, tally)(deployment, ended),
        kills(1, tally, 5)(deployment, ended),
        cuts(2, tally, 6)(deployment, ended),
      ]);
    },
  );
  const { damaged, stops, kills: killed, cuts: cut } = tally;
  assert.ok(damaged >= 2 && stops === 1 && killed >= 2 && cut >= 2, JSON.stringify(tally));
  assert.deepEqual(outcome, undisturbed);
});

test('on a full disk the run fails with a clear message, and resumes once there is room', async (t) => {
  const path = folder.at('small');
  const disk = smallDisk(path, 48);
  t.after(() => disk.unmount());
  if (disk.missing !== undefined) return t.skip(disk.missing);
  const outcome = await disturbedRun(folder, { folder: path, trainers: 1 }, fullDisk(RUN));
  assert.deepEqual(outcome, undisturbed);
});

test('a run on PostgreSQL survives SIGKILLs and restarts of the database', { skip }, async () => {
  const tally = new Tally();
  const store = await postgres!.database();
  const killing = kills(3, tally, 5);
  const outcome = await disturbedRun(
    folder,
    { folder: folder.at('postgres'), store, trainers: 1 },
    async (deployment, ended) => {
      await Promise.all([
        killing(deployment, ended),
        (async () => {
          for (let i = 0; i < 2 && !ended.aborted; i++) {
            await sleep(1_500, undefined, { signal: ended }).catch(() => undefined);
            await postgres!.halt();
            await sleep(500);
            await postgres!.run();
          }
        })(),
      ]);
    },
  );
  assert.deepEqual(outcome, undisturbed);
});
