/**
 * One coordinator's lease on its store: it acquires the lease, works on its resources, and when the lease
 * is lost lets them go and acquires it again. The next holder finds everything in the journal, so nothing has to be
 * handed over.
 *
 * The first attempt waits while another coordinator holds the lease, which makes a second one a stand-by: it does not
 * listen yet, and takes over when the first has ended. Not here: how a lease is acquired (store), what the work is
 * (lifecycle.ts).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, UserError } from '@soar/core';
import type { AcquireOptions, RunDatabase } from '@soar/store';

/** What works under a lease. */
export interface Leased {
  /** Resumes, under this lease, what the last holder left. */
  begin(fencingToken: number): Promise<void>;
  /** The lease is lost: lets go of everything, and refuses changes until the next `begin`. */
  suspend(why: UserError): Promise<void>;
}

export interface LeaseOptions {
  readonly database: Pick<RunDatabase, 'acquire'>;
  readonly resources: Leased;
  /** Names this process to others. */
  readonly holder: string;
  /** Ends the work and the waiting. */
  readonly signal: AbortSignal;
  /** Takes a line for the service's log. */
  readonly log: (line: string) => void;
}

const RETRY_MS = 1_000;

/**
 * Acquires the lease and begins. Rejects as `RunDatabase.acquire` does; after a later loss it is acquired again in the
 * background.
 */
export async function holdLease(options: LeaseOptions): Promise<void> {
  const lost = await acquire(options);
  void keep(options, lost);
}

async function acquire({ database, resources, holder, signal, log }: LeaseOptions): Promise<AbortSignal> {
  const onWait: AcquireOptions['onWait'] = (other) =>
    log(`stand-by: ${other} holds the lease on the store; waiting for it to end`);
  const { token, lost } = await database.acquire({ holder, signal, onWait });
  log(`holds the lease on the store, fencing token ${token}`);
  await resources.begin(token);
  return lost;
}

/** Follows the lease to the end of the process; every turn of the loop waits for a loss or a second. */
async function keep(options: LeaseOptions, first: AbortSignal): Promise<void> {
  const { resources, signal, log } = options;
  let lost: AbortSignal | undefined = first;
  while (!signal.aborted) {
    try {
      if (lost !== undefined) {
        await abortOf(lost, signal);
        if (signal.aborted) return;
        log(messageOf(lost.reason));
        await resources.suspend(lost.reason as UserError);
        lost = undefined;
      }
      lost = await acquire(options);
    } catch (error) {
      if (signal.aborted) return;
      log(`the lease on the store cannot be acquired again yet: ${messageOf(error)}`);
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
