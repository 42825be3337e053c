/**
 * What keeps a writer that was replaced from giving an artifact its name: claims to a run, of which the highest counts.
 *
 *   <root>/.claims/<run>/<token>/
 *
 * A writer brings what it has made into the folder of its claim, looks whether there is a higher one, takes the folders of
 * lower ones away, and moves its work to its place. Of two writers one makes its folder first: either it sees the other's, or
 * the other takes its folder away, with what is in it. So there is no moment between check and rename, however long a process
 * was stopped. Rank: Kleppmann, "How to do distributed locking" (fencing tokens). On S3: s3-fence.ts.
 */
import { readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '@soar/core';
import { isMissing, makeFolderDurably } from '@soar/files';
import type { Claim } from './artifacts.js';
import { newIncoming, sweepFolder } from './incoming.js';

export const CLAIMS = '.claims';

/** The run that a key belongs to: its first segment. */
export function runOf(key: string): string {
  return key.split('/', 1)[0]!;
}

/** Refuses a writer of `key` with UserError FAILED_PRECONDITION when its run has seen a higher claim. No claim is never refused. */
export async function refuseOutranked(root: string, key: string, claim: Claim): Promise<void> {
  const highest = Math.max(0, ...(await claimsTo(root, key)));
  if (claim.fencingToken > 0 && highest > claim.fencingToken) throw outranked(key, claim, highest);
}

/** Moves `from`, on the store's file system, to `to`, unless the run of `key` has seen a higher claim. `name` is unique. */
export async function renameUnderClaim(
  root: string,
  key: string,
  claim: Claim,
  name: string,
  from: string,
  to: string,
): Promise<void> {
  const { fencingToken: token } = claim;
  if (token === 0) return rename(from, to);
  const own = join(root, CLAIMS, runOf(key), String(token));
  const staged = join(own, name);
  try {
    await makeFolderDurably(root, own);
    await rename(from, staged);
    await refuseOutranked(root, key, claim);
    for (const lower of await claimsTo(root, key)) if (lower < token) await retire(root, key, lower);
    // A sweep may have taken the empty folder away since it was made.
    await makeFolderDurably(root, dirname(to));
    await rename(staged, to);
  } catch (error) {
    // A higher claim took the folder away.
    if (isMissing(error)) await refuseOutranked(root, key, claim);
    throw error;
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
}

/** Removes what writers left on their last step that are gone; returns how many. */
export async function sweepClaims(root: string): Promise<number> {
  let swept = 0;
  for (const run of await namesIn(join(root, CLAIMS))) {
    for (const token of await claimsTo(root, run))
      swept += await sweepFolder(join(root, CLAIMS, run, String(token)));
  }
  return swept;
}

export function outranked(key: string, claim: Claim, highest: number): UserError {
  const message =
    `${key}: run ${runOf(key)} was taken over by another coordinator: this writer's claim is ${claim.fencingToken}, ` +
    `the store has seen ${highest}; where the run database was made anew, give the run another id`;
  return new UserError(message, 'FAILED_PRECONDITION', 'fencing_token');
}

async function claimsTo(root: string, key: string): Promise<number[]> {
  const names = await namesIn(join(root, CLAIMS, runOf(key)));
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
}

async function retire(root: string, key: string, token: number): Promise<void> {
  const away = await newIncoming(root);
  try {
    await rename(join(root, CLAIMS, runOf(key), String(token)), join(away, 'retired'));
  } catch (error) {
    if (!isMissing(error)) throw error; // Another writer of this claim was faster.
  } finally {
    await rm(away, { recursive: true, force: true });
  }
}
