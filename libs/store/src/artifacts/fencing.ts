/**
 * Fencing of writers: what both artifact stores share.
 *
 * A fencing token is a number that comes with a call, and whoever may call can make one up. A coordinator therefore
 * publishes here each token that its database has issued to it, before it uses it, and no writer has a higher one than
 * the highest published: a made-up token of four billion is refused, and where an earlier version has let one in it
 * counts for nothing. Where no coordinator has published any, as in a store that others write, every token counts.
 */
import { UserError } from '@soar/core';
import type { WriterLease } from './store.js';

/** Holds the fencing tokens of each run's writers. Existing stores have this name, so it stays. */
export const LEASES = '.claims';
/** Beside the runs, which cannot have this name: the tokens that coordinators were issued. */
export const ISSUED = '.issued';

/** The run that a key belongs to: its first segment. */
export function runOf(key: string): string {
  return key.split('/', 1)[0]!;
}

/** Throws UserError FAILED_PRECONDITION for a token above the highest that was issued. */
export function requireIssued({ fencingToken }: WriterLease, issued: number | undefined): void {
  if (issued === undefined || fencingToken <= issued) return;
  const message =
    `the fencing token ${fencingToken} was issued by no coordinator that uses this artifact store: the highest is ` +
    `${issued}. Tokens come from the coordinator; a call without one has 0`;
  throw new UserError(message, 'FAILED_PRECONDITION', 'fencing_token');
}

export function superseded(key: string, lease: WriterLease, highest: number): UserError {
  const message =
    `${key}: run ${runOf(key)} was taken over by another coordinator: this writer's fencing token is ` +
    `${lease.fencingToken}, the store has seen ${highest}. To take it back, restart this coordinator, which then has ` +
    'a higher token, and resume the run; or use another run id';
  return new UserError(message, 'FAILED_PRECONDITION', 'fencing_token');
}
