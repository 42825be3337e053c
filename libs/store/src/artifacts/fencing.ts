/** What the fences of both artifact stores share. */
import { UserError } from '@soar/core';
import type { WriterLease } from './store.js';

/** Where the fencing tokens of a run's writers are noted. Stores keep the name from when a lease was called a claim. */
export const LEASES = '.claims';

/** The run that a key belongs to: its first segment. */
export function runOf(key: string): string {
  return key.split('/', 1)[0]!;
}

export function superseded(key: string, lease: WriterLease, highest: number): UserError {
  const message =
    `${key}: run ${runOf(key)} was taken over by another coordinator: this writer's fencing token is ` +
    `${lease.fencingToken}, the store has seen ${highest}; where the run database was made anew, give the run ` +
    'another id';
  return new UserError(message, 'FAILED_PRECONDITION', 'fencing_token');
}
