/**
 * What keeps a writer that was replaced from giving an artifact its name: of the fencing tokens of a run the highest
 * counts.
 *
 *   <root>/.claims/<run>/<token>/
 *
 * A writer brings what it has made into the folder of its token, looks whether there is a higher one, takes the folders
 * of lower ones away, and moves its work to its place. Of two writers one makes its folder first: either it sees the
 * other's, or the other takes its folder away, with what is in it. So there is no moment between check and rename,
 * however long a process was stopped. Rank: Kleppmann, "How to do distributed locking" (fencing tokens). On S3:
 * s3/fence.ts.
 */
import { readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isMissing, makeFolderDurably } from '@soar/files';
import { LEASES, runOf, superseded } from '../fencing.js';
import type { WriterLease } from '../store.js';
import { newIncoming, sweepFolder } from './incoming.js';

/**
 * Refuses a writer of `key`, with UserError FAILED_PRECONDITION, when its run has seen a higher token. NO_LEASE is not
 * refused.
 */
export async function refuseSuperseded(root: string, key: string, lease: WriterLease): Promise<void> {
  const highest = Math.max(0, ...(await tokensOf(root, key)));
  if (lease.fencingToken > 0 && highest > lease.fencingToken) throw superseded(key, lease, highest);
}

/**
 * Moves `from`, on the store's file system, to `to`, unless the run of `key` has seen a higher token. `name` is unique.
 */
export async function renameUnderLease(
  root: string,
  key: string,
  lease: WriterLease,
  name: string,
  from: string,
  to: string,
): Promise<void> {
  const { fencingToken: token } = lease;
  if (token === 0) return rename(from, to);
  const own = join(root, LEASES, runOf(key), String(token));
  const staged = join(own, name);
  try {
    await makeFolderDurably(root, own);
    await rename(from, staged);
    await refuseSuperseded(root, key, lease);
    for (const lower of await tokensOf(root, key)) if (lower < token) await retire(root, key, lower);
    // A sweep may have taken the empty folder away since it was made.
    await makeFolderDurably(root, dirname(to));
    await rename(staged, to);
  } catch (error) {
    // A writer with a higher token took the folder away.
    if (isMissing(error)) await refuseSuperseded(root, key, lease);
    throw error;
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
}

/** Removes what writers left on their last step that are gone; returns how many. */
export async function sweepLeases(root: string): Promise<number> {
  let swept = 0;
  for (const run of await namesIn(join(root, LEASES))) {
    for (const token of await tokensOf(root, run))
      swept += await sweepFolder(join(root, LEASES, run, String(token)));
  }
  return swept;
}

async function tokensOf(root: string, key: string): Promise<number[]> {
  const names = await namesIn(join(root, LEASES, runOf(key)));
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
    await rename(join(root, LEASES, runOf(key), String(token)), join(away, 'retired'));
  } catch (error) {
    if (!isMissing(error)) throw error; // Another writer with this token was faster.
  } finally {
    await rm(away, { recursive: true, force: true });
  }
}
