/**
 * A tiny run on a deployment with injected faults, and its outcome, which must equal that of an undisturbed run: the
 * same report, the same ledger, the same artifacts.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CoordinatorService,
  LedgerEntrySchema,
  MetaRewardService,
  messageToJson,
  RunState,
} from '@soar/contracts';
import { messageOf, UserError } from '@soar/core';
import { createClient } from '@soar/grpc-kit';
import { startSoar } from '../soar-command.js';
import type { TemporaryFolder } from '../temporary-folder.js';
import { tinyRun } from '../tiny-run.js';
import { Deployment, type DeploymentOptions } from './deployment.js';

export const RUN = 'run';
const RUN_MS_MAX = 300_000;

/** The outcome of a run. It must not depend on the faults. */
export interface Outcome {
  readonly report: unknown;
  readonly ledger: unknown;
  /** Paths below the artifact store, sorted. */
  readonly artifacts: readonly string[];
}

/** Injects faults until `ended` aborts. */
export type Disturb = (deployment: Deployment, ended: AbortSignal) => Promise<void>;

/** Runs a tiny run while `disturb` injects faults, and reads its outcome. */
export async function disturbedRun(
  inputs: TemporaryFolder,
  options: DeploymentOptions,
  disturb: Disturb = () => Promise.resolve(),
): Promise<Outcome> {
  const deployment = await Deployment.start(options);
  const ended = new AbortController();
  let disturbing: Promise<void> = Promise.resolve();
  try {
    const address = deployment.addressOf('coordinator');
    const args = tinyRun(inputs, options.folder, ['--coordinator', address, '--id', RUN, '--json']);
    const watching = startSoar(args, RUN_MS_MAX);
    await watching.firstLine; // the run exists
    disturbing = disturb(deployment, ended.signal);
    disturbing.catch((error: unknown) => ended.abort(error));
    await finished(address, ended.signal);
    ended.abort();
    await disturbing;
    watching.child.kill('SIGTERM'); // it may be waiting for a restarting coordinator
    await watching.ended;
    await allServe(deployment);
    // Removes what a stopped or cut-off trainer made after its step was over.
    const client = createClient(CoordinatorService, address);
    await client.sweepArtifacts({}, { deadlineMs: 30_000 });
    client.close();
    return await outcomeOf(deployment, options.folder);
  } finally {
    ended.abort();
    await disturbing.catch(() => undefined);
    await deployment.stop();
  }
}

/** Waits for the end of the run, through faults of the coordinator. A run that failed on a full disk is resumed. */
async function finished(address: string, failed: AbortSignal): Promise<void> {
  const until = performance.now() + RUN_MS_MAX;
  const client = createClient(CoordinatorService, address, { attemptsMax: 1 });
  try {
    for (;;) {
      failed.throwIfAborted();
      try {
        const { run } = await client.getRun({ id: RUN }, { deadlineMs: 5_000 });
        if (run?.state === RunState.SUCCEEDED) return;
        if (run?.state === RunState.FAILED && run.failureReason === 'RESOURCE_EXHAUSTED') {
          await client.resumeRun({ id: RUN }, { deadlineMs: 5_000 });
        } else if (run?.state !== RunState.RUNNING)
          throw new assert.AssertionError({
            message: `the run is ${RunState[run?.state ?? 0]}: ${run?.failure}`,
          });
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        if (performance.now() > until)
          throw new Error(`the run did not end: ${messageOf(error)}`, { cause: error });
      }
      if (performance.now() > until) throw new Error('the run did not end');
      await sleep(100);
    }
  } finally {
    client.close();
  }
}

/** Heals every link, and starts again what does not run, and trainers: one that starts sweeps what killed ones left. */
async function allServe(deployment: Deployment): Promise<void> {
  for (const name of deployment.names) deployment.linkTo(name).heal();
  const again = deployment.names.filter((name) => name.startsWith('trainer') || !deployment.isRunning(name));
  await Promise.all(
    again.map(async (name) => {
      await deployment.kill(name);
      await deployment.run(name);
    }),
  );
}

async function outcomeOf(deployment: Deployment, folder: string): Promise<Outcome> {
  const { timing: _, ...report } = JSON.parse(
    readFileSync(join(folder, RUN, 'report.json'), 'utf8'),
  ) as Record<string, unknown>;
  const client = createClient(MetaRewardService, deployment.addressOf('metareward'));
  try {
    const { entries } = await client.listLedger({ runId: RUN }, { deadlineMs: 10_000 });
    return {
      report,
      ledger: entries.map((entry) => messageToJson(LedgerEntrySchema, entry)),
      artifacts: artifactsIn(folder),
    };
  } finally {
    client.close();
  }
}

/** Every file of the store's models and of the run, and what unfinished writers left. */
function artifactsIn(folder: string): string[] {
  return ['models', RUN, '.incoming']
    .filter((name) => existsSync(join(folder, name)))
    .flatMap((name) =>
      readdirSync(join(folder, name), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)),
    )
    .sort();
}
