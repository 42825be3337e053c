/**
 * What may happen to processes and connections in the middle of a run, in short; `npm run soak` goes on for long. Every
 * test ends as the undisturbed run does: same report, same ledger, same artifacts.
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

test('SIGKILL of any process at any moment', async () => {
  const tally = new Tally();
  const outcome = await disturbedRun(folder, { folder: folder.at('kills'), trainers: 2 }, kills(1, tally, 8));
  assert.ok(tally.kills >= 3, `${tally.kills} kills`);
  assert.deepEqual(outcome, undisturbed);
});

test('connections that are cut, between any two services', async () => {
  const tally = new Tally();
  const outcome = await disturbedRun(folder, { folder: folder.at('cuts'), trainers: 2 }, cuts(2, tally, 8));
  assert.ok(tally.cuts >= 3, `${tally.cuts} cuts`);
  assert.deepEqual(outcome, undisturbed);
});

test('a trainer that is stopped in the middle does not hold the run up', async () => {
  const tally = new Tally();
  const stopped = stoppedTrainer('trainer-2', 60_000, tally);
  const outcome = await disturbedRun(folder, { folder: folder.at('stopped'), trainers: 2 }, stopped);
  assert.deepEqual(outcome, undisturbed);
});

test('weights of every checkpoint that the run has made so far are damaged: what is needed is made again', async () => {
  const tally = new Tally();
  const options = { folder: folder.at('damaged'), trainers: 2 };
  const outcome = await disturbedRun(folder, options, damagedWeights(RUN, tally));
  assert.ok(tally.damaged >= 2, `${tally.damaged} checkpoints`);
  assert.deepEqual(outcome, undisturbed);
});

test('the disk is full: the run fails with what to do, and goes on when there is room', async (t) => {
  const path = folder.at('small');
  const disk = smallDisk(path, 48);
  t.after(() => disk.unmount());
  if (disk.missing !== undefined) return t.skip(disk.missing);
  const outcome = await disturbedRun(folder, { folder: path, trainers: 1 }, fullDisk(RUN));
  assert.deepEqual(outcome, undisturbed);
});

test('SIGKILLs and restarts of PostgreSQL, with the store in it', { skip }, async () => {
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
