/**
 * Faults that are injected into a deployment, drawn from a seed. The same seed gives the same choices and pauses, but
 * they meet the run at other moments.
 */
import assert from 'node:assert/strict';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CoordinatorService, RunState } from '@soar/contracts';
import { Random } from '@soar/core';
import { createClient } from '@soar/grpc-kit';
import type { Deployment } from './deployment.js';
import type { Disturb } from './disturbed-run.js';

/** Counts of injected faults. */
export class Tally {
  kills = 0;
  cuts = 0;
  stops = 0;
  damaged = 0;
}

const PAUSE_MS = { min: 100, max: 1_500 };
const DOWN_MS_MAX = 600;

/** SIGKILL of random processes, one after the other; each is restarted after a moment. */
export function kills(seed: number, tally: Tally, killsMax = Infinity): Disturb {
  return each(seed, 'kill', killsMax, async (deployment, random, name) => {
    await deployment.kill(name);
    tally.kills++;
    await sleep(random.at('down').integer(0, DOWN_MS_MAX));
    await deployment.run(name);
  });
}

/** Cuts random links, one after the other; each is healed after a moment. */
export function cuts(seed: number, tally: Tally, cutsMax = Infinity): Disturb {
  return each(seed, 'cut', cutsMax, async (deployment, random, name) => {
    deployment.linkTo(name).cut();
    tally.cuts++;
    await sleep(random.at('down').integer(0, 2 * DOWN_MS_MAX));
    deployment.linkTo(name).heal();
  });
}

/** SIGSTOP of a trainer for `forMs`. The run may end before. */
export function stoppedTrainer(name: string, forMs: number, tally: Tally): Disturb {
  return async (deployment, ended) => {
    deployment.signal(name, 'SIGSTOP');
    tally.stops++;
    await sleep(forMs, undefined, { signal: ended }).catch(() => undefined);
    deployment.signal(name, 'SIGCONT');
  };
}

/**
 * After the first step of the run, flips a bit in every weight file in its folder. Coordinator and trainers are down
 * meanwhile.
 */
export function damagedWeights(runId: string, tally: Tally): Disturb {
  return async (deployment, ended) => {
    const folder = join(deployment.folder, runId);
    while (!existsSync(join(folder, 'step-0/teacher/manifest.json')) && !ended.aborted) await sleep(20);
    const down = deployment.names.filter((name) => /^(coordinator|trainer)/.test(name));
    await Promise.all(down.map((name) => deployment.kill(name)));
    for (const name of readdirSync(folder, { recursive: true }) as string[]) {
      if (!name.endsWith('/model.safetensors')) continue;
      const path = join(folder, name);
      const bytes = readFileSync(path);
      bytes[bytes.length >> 1]! ^= 4;
      rmSync(path); // files of an artifact are read only
      writeFileSync(path, bytes);
      tally.damaged++;
    }
    await Promise.all(down.map((name) => deployment.run(name)));
  };
}

/** After the first step of the run, fills the deployment's disk until the run has failed. */
export function fullDisk(runId: string): Disturb {
  return async (deployment, ended) => {
    const { folder } = deployment;
    while (!existsSync(join(folder, runId, 'step-0/teacher/manifest.json')) && !ended.aborted)
      await sleep(20);
    const ballast = join(folder, 'ballast');
    fillUp(ballast);
    const client = createClient(CoordinatorService, deployment.addressOf('coordinator'));
    try {
      for (;;) {
        ended.throwIfAborted();
        const { run } = await client.getRun({ id: runId }, { deadlineMs: 5_000 });
        if (run?.state === RunState.FAILED) {
          assert.match(run.failure, /the disk is full; make room and try again/);
          return;
        }
        await sleep(20);
      }
    } finally {
      client.close();
      rmSync(ballast);
    }
  };
}

/** Writes a file until not one more byte fits on the disk. */
function fillUp(file: string): void {
  const descriptor = openSync(file, 'w');
  try {
    for (const bytes of [65_536, 1]) {
      const piece = Buffer.alloc(bytes);
      try {
        for (;;) writeSync(descriptor, piece);
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
      }
    }
  } finally {
    closeSync(descriptor);
  }
}

function each(
  seed: number,
  what: string,
  timesMax: number,
  act: (deployment: Deployment, random: Random, name: string) => Promise<void>,
): Disturb {
  return async (deployment, ended) => {
    for (let i = 0; i < timesMax && !ended.aborted; i++) {
      const random = Random.of(seed).at(what, i);
      const pause = PAUSE_MS.min + random.at('pause').integer(0, PAUSE_MS.max - PAUSE_MS.min);
      await sleep(pause, undefined, { signal: ended }).catch(() => undefined);
      if (ended.aborted) return;
      const { names } = deployment;
      await act(deployment, random, names[random.at('which').integer(0, names.length)]!);
    }
  };
}
