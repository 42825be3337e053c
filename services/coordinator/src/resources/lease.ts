/**
 * One coordinator's lease on its store. The coordinator acquires the lease and executes its resources; when it loses
 * the lease it suspends them and acquires it again. The next holder finds everything in the journal, so nothing is
 * handed over.
 *
 * The first attempt waits while another coordinator holds the lease. That makes a second coordinator a standby: it does
 * not listen yet, and takes over when the first has ended. Not here: how a lease is acquired (store), what is executed
 * (lifecycle.ts).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, UserError } from '@soar/core';
import type { AcquireOptions, RunDatabase } from '@soar/store';
import type { Log } from '@soar/telemetry';

/** What is executed under a lease. */
export interface Leased {
  /** Resumes under this lease what the last holder left RUNNING. */
  start(fencingToken: number): Promise<void>;
  /** The lease is lost: stops everything, and refuses changes until the next `start`. */
  suspend(why: UserError): Promise<void>;
}

export interface LeaseOptions {
  readonly database: Pick<RunDatabase, 'acquire'>;
  readonly resources: Leased;
  /** The highest fencing token under which artifacts may have been written; the next is higher. */
  readonly tokenAbove: () => Promise<number>;
  /** Names this process to others. */
  readonly holder: string;
  /** Stops waiting for the lease, and watching it. */
  readonly signal: AbortSignal;
  /** Takes a line for the service's log. */
  readonly log: Log;
}

const RETRY_MS = 1_000;

/**
 * Acquires the lease and starts the resources. Rejects as `RunDatabase.acquire` does. If the lease is lost later, it is
 * acquired again in the background.
 */
export async function holdLease(options: LeaseOptions): Promise<void> {
  const lost = await acquire(options);
  void keep(options, lost);
}

async function acquire({
  database,
  resources,
  tokenAbove,
  holder,
  signal,
  log,
}: LeaseOptions): Promise<AbortSignal> {
  const onWait: AcquireOptions['onWait'] = (other) =>
    log(`standby: ${other} holds the lease on the store; waiting for it to end`);
  const { token, lost } = await database.acquire({ holder, signal, onWait, above: await tokenAbove() });
  log(`holds the lease on the store, fencing token ${token}`);
  await resources.start(token);
  return lost;
}

/** Watches the lease to the end of the process. Every turn of the loop waits: for a loss, a lease, or RETRY_MS. */
async function keep(options: LeaseOptions, first: AbortSignal): Promise<void> {
  const { resources, signal, log } = options;
  let lost: AbortSignal | undefined = first;
  while (!signal.aborted) {
    try {
      if (lost !== undefined) {
        await abortOf(lost, signal);
        if (signal.aborted) return;
        log(messageOf(lost.reason), 'error');
        await resources.suspend(lost.reason as UserError);
        lost = undefined;
      }
      lost = await acquire(options);
    } catch (error) {
      if (signal.aborted) return;
      log(`the lease on the store cannot be acquired again yet: ${messageOf(error)}`, 'error');
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
