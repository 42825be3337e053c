/** Fencing of writers: what both artifact stores share. */
import { UserError } from '@soar/core';
import type { WriterLease } from './store.js';

/** Holds the fencing tokens of each run's writers. Existing stores have this name, so it stays. */
export const LEASES = '.claims';

/** The run that a key belongs to: its first segment. */
export function runOf(key: string): string {
  return key.split('/', 1)[0]!;
}

export function superseded(key: string, lease: WriterLease, highest: number): UserError {
  const message =
    `${key}: run ${runOf(key)} was taken over by another coordinator: this writer's fencing token is ` +
    `${lease.fencingToken}, the store has seen ${highest}; if the run database was deleted and made again, use ` +
    'another run id';
  return new UserError(message, 'FAILED_PRECONDITION', 'fencing_token');
}
