/**
 * One coordinator's time as the owner of its store: it claims it, works on the runs, and when the claim is lost lets them go
 * and claims it again. Runs are found in the journal by whoever comes next, so nothing has to be handed over.
 *
 * The first claim waits while another coordinator has the store, which makes a second one a stand-by: it does not listen
 * yet, and takes over when the first has ended. Not here: how a claim is made (store), what a run does (runs.ts).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, UserError } from '@soar/core';
import type { OwnOptions, RunDatabase } from '@soar/store';
import type { Runs } from './runs.js';

export interface LeaseOptions {
  readonly database: Pick<RunDatabase, 'own'>;
  readonly runs: Pick<Runs, 'begin' | 'suspend'>;
  /** Names this process to others. */
  readonly holder: string;
  /** Ends the tenure. */
  readonly signal: AbortSignal;
  /** Takes a line for the service's log. */
  readonly log: (line: string) => void;
}

const RETRY_MS = 1_000;

/** Claims the store and begins with its runs. Rejects as `RunDatabase.own` does; later losses are mended in the background. */
export async function holdLease(options: LeaseOptions): Promise<void> {
  const lost = await claim(options);
  void keep(options, lost);
}

async function claim({ database, runs, holder, signal, log }: LeaseOptions): Promise<AbortSignal> {
  const onWait: OwnOptions['onWait'] = (other) =>
    log(`stand-by: ${other} has the store; waiting for it to end`);
  const { token, lost } = await database.own({ holder, signal, onWait });
  log(`has the store, with claim ${token}`);
  await runs.begin(token);
  return lost;
}

/** Follows the claim to the end of the process; every turn of the loop waits for a loss or a second. */
async function keep(options: LeaseOptions, first: AbortSignal): Promise<void> {
  const { runs, signal, log } = options;
  let lost: AbortSignal | undefined = first;
  while (!signal.aborted) {
    try {
      if (lost !== undefined) {
        await abortOf(lost, signal);
        if (signal.aborted) return;
        log(messageOf(lost.reason));
        await runs.suspend(lost.reason as UserError);
        lost = undefined;
      }
      lost = await claim(options);
    } catch (error) {
      if (signal.aborted) return;
      log(`the store cannot be claimed again yet: ${messageOf(error)}`);
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Settles when either aborts. */
function abortOf(...signals: AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const both = AbortSignal.any(signals);
    if (both.aborted) resolve();
    else both.addEventListener('abort', () => resolve(), { once: true });
  });
}
