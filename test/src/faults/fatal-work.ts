/**
 * Work that takes its trainer with it each time, as when the system kills it for its memory: the run must end, and
 * say so.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { CoordinatorService, RunState, TrainerService, TrainingState } from '@soar/contracts';
import { UserError } from '@soar/core';
import { createClient } from '@soar/grpc-kit';
import { startSoar } from '../soar-command.js';
import type { TemporaryFolder } from '../temporary-folder.js';
import { configuration, tinyRun } from '../tiny-run.js';
import { Deployment } from './deployment.js';

const RUN = 'fatal';
const RUN_MS_MAX = 300_000;
/** Long enough that it is seen at work: killed each time, it never ends. */
const longTrainings = configuration.replace('steps: 2\n', 'steps: 5000\n');
/** The coordinator may not have seen all of them at work. */
const KILLS_MAX = 10;

/** Waits until a training is at work. */
async function trainingAtWork(trainer: ReturnType<typeof trainerAt>, over: () => boolean): Promise<void> {
  while (!over()) {
    try {
      const { runs } = await trainer.listTrainingRuns({ idPrefix: `${RUN}/` }, { deadlineMs: 2_000 });
      if (runs.some(({ state, stepsDone }) => state === TrainingState.RUNNING && stepsDone > 0)) return;
    } catch (error) {
      if (!(error instanceof UserError)) throw error; // it was just started
    }
    await sleep(20);
  }
}

function trainerAt(address: string) {
  return createClient(TrainerService, address, { attemptsMax: 1 });
}

/** Kills the only trainer whenever a training is at work, until the run has failed; how often that was. */
export async function fatalWork(folder: TemporaryFolder): Promise<number> {
  const deployment = await Deployment.start({ folder: folder.at('fatal'), trainers: 1 });
  const address = deployment.addressOf('coordinator');
  const trainer = trainerAt(deployment.addressOf('trainer-1'));
  const coordinator = createClient(CoordinatorService, address);
  try {
    const flags = ['--coordinator', address, '--id', RUN, '--json'];
    const command = startSoar(tinyRun(folder, deployment.folder, flags, longTrainings), RUN_MS_MAX);
    let over = false;
    const ended = command.ended.finally(() => (over = true));
    await command.firstLine; // the run exists
    let kills = 0;
    for (;;) {
      await trainingAtWork(trainer, () => over);
      if (over) break;
      await deployment.kill('trainer-1');
      assert.ok(++kills <= KILLS_MAX, `${kills} kills, and the run goes on`);
      await deployment.run('trainer-1');
    }
    const { stderr } = await ended;
    assert.match(
      stderr,
      /5 times in a row the trainer .* was gone .* compute\.microBatchTokens or student\.rl/,
    );
    const { run } = await coordinator.getRun({ id: RUN });
    assert.deepEqual([run!.state, run!.failureReason], [RunState.FAILED, 'RESOURCE_EXHAUSTED'], run!.failure);
    return kills;
  } finally {
    for (const client of [trainer, coordinator]) client.close();
    await deployment.stop();
  }
}
