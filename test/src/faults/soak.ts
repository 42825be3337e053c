/**
 * `npm run soak -- [--kills N] [--seed S]`: a run whose training takes its trainer with it each time, and then
 * disturbed runs one after the other, on both stores, until N processes have been killed. Prints one line per run.
 * Fails at the first run that differs from the undisturbed one, with the seed that reproduces it.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { PostgresServer, withoutPostgres } from '@soar/store/testing';
import type { TemporaryFolder } from '../temporary-folder.js';
import { cuts, kills, stoppedTrainer, Tally } from './disturbances.js';
import { type Disturb, disturbedRun } from './disturbed-run.js';
import { fatalWork } from './fatal-work.js';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
});
const [killsWanted, firstSeed] = [Number(values.kills), Number(values.seed)];
const STOP_MS = 60_000;

const path = mkdtempSync(join(tmpdir(), 'soar-soak-'));
const folder: TemporaryFolder = {
  path,
  at: (name) => join(path, name),
  write: (name, text) => {
    writeFileSync(join(path, name), text);
    return join(path, name);
  },
};
const without = withoutPostgres();
if (without !== false) process.stdout.write(`${without}\n`);
const postgres = without === false ? await PostgresServer.start() : undefined;

/** Restarts PostgreSQL every few seconds. */
const restarts: Disturb = async (_, ended) => {
  while (!ended.aborted) {
    await sleep(4_000, undefined, { signal: ended }).catch(() => undefined);
    if (ended.aborted) return;
    await postgres!.halt();
    await sleep(300);
    await postgres!.run();
  }
};
const together =
  (...all: Disturb[]): Disturb =>
  async (deployment, ended) => {
    await Promise.all(all.map((one) => one(deployment, ended)));
  };

interface Kind {
  readonly name: string;
  readonly database: boolean;
  readonly trainers: number;
  readonly disturb: (seed: number, tally: Tally) => Disturb;
}

const kinds: readonly Kind[] = [
  { name: 'kills', database: false, trainers: 2, disturb: kills },
  {
    name: 'kills and cuts',
    database: false,
    trainers: 2,
    disturb: (s, t) => together(kills(s, t), cuts(s, t)),
  },
  {
    name: 'kills, PostgreSQL restarted',
    database: true,
    trainers: 1,
    disturb: (s, t) => together(kills(s, t), restarts),
  },
  {
    name: 'a trainer stopped for a minute',
    database: false,
    trainers: 2,
    disturb: (_, t) => stoppedTrainer('trainer-1', STOP_MS, t),
  },
  { name: 'kills, PostgreSQL', database: true, trainers: 3, disturb: kills },
];

const total = new Tally();
try {
  process.stdout.write(`fatal work: the run failed after ${await fatalWork(folder)} kills of its trainer\n`);
  const undisturbed = await disturbedRun(folder, { folder: folder.at('undisturbed'), trainers: 1 });
  const usable = kinds.filter(({ database }) => !database || postgres !== undefined);
  for (let i = 0; total.kills < killsWanted; i++) {
    const { name, database, trainers, disturb } = usable[i % usable.length]!;
    const [seed, tally, from] = [firstSeed + i, new Tally(), performance.now()];
    const own = folder.at(`run-${i}`);
    const store = database ? { store: await postgres!.database() } : {};
    const outcome = await disturbedRun(
      folder,
      { folder: own, trainers, ...store },
      disturb(seed, tally),
    ).catch((error: unknown) => {
      throw new Error(
        `${name}, seed ${seed} (npm run soak -- --kills 1 --seed ${seed}): its files are in ${own}`,
        {
          cause: error,
        },
      );
    });
    assert.deepEqual(outcome, undisturbed, `${name}, seed ${seed}`);
    total.kills += tally.kills;
    total.cuts += tally.cuts;
    total.stops += tally.stops;
    const seconds = Math.round((performance.now() - from) / 1000);
    process.stdout.write(`${JSON.stringify({ kind: name, seed, ...tally, seconds })}\n`);
    rmSync(own, { recursive: true });
  }
  process.stdout.write(`all like the undisturbed run: ${JSON.stringify(total)}\n`);
  rmSync(path, { recursive: true });
} finally {
  await postgres?.remove();
}
