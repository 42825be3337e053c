/** What the fences of both artifact stores share. */
import { UserError } from '@soar/core';
import type { Claim } from './store.js';

export const CLAIMS = '.claims';

/** The run that a key belongs to: its first segment. */
export function runOf(key: string): string {
  return key.split('/', 1)[0]!;
}

export function outranked(key: string, claim: Claim, highest: number): UserError {
  const message =
    `${key}: run ${runOf(key)} was taken over by another coordinator: this writer's claim is ${claim.fencingToken}, ` +
    `the store has seen ${highest}; where the run database was made anew, give the run another id`;
  return new UserError(message, 'FAILED_PRECONDITION', 'fencing_token');
}
