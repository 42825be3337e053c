/**
 * Fencing in a folder: keeps a writer that lost its lease from publishing an artifact. The highest fencing token of a
 * run wins.
 *
 *   <root>/.claims/<run>/<token>/
 *
 * A writer moves its work into the folder of its token, checks for higher tokens, removes the folders of lower ones,
 * and then renames its work to the key. Of two writers, one makes its folder first: either it sees the other's
 * folder, or the other removes its folder with the work in it. So no rename can succeed after a failed check, however
 * long the process was paused in between. Source: Kleppmann, "How to do distributed locking" (fencing tokens). On S3:
 * s3/fence.ts.
 */
import { readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isMissing, makeFolderDurably } from '@soar/files';
import { LEASES, runOf, superseded } from '../fencing.js';
import type { WriterLease } from '../store.js';
import { newIncoming, sweepFolder } from './incoming.js';

/**
 * Refuses a writer of `key`, with UserError FAILED_PRECONDITION, when its run has seen a higher token. NO_LEASE
 * always passes.
 */
export async function refuseSuperseded(root: string, key: string, lease: WriterLease): Promise<void> {
  const highest = Math.max(0, ...(await tokensOf(root, key)));
  if (lease.fencingToken > 0 && highest > lease.fencingToken) throw superseded(key, lease, highest);
}

/**
 * Renames `from` to `to`, on the store's file system, unless the run of `key` has seen a higher token. `name` must be
 * unique.
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
    // A sweep may have removed the empty folder since it was made.
    await makeFolderDurably(root, dirname(to));
    await rename(staged, to);
  } catch (error) {
    // A writer with a higher token removed the folder.
    if (isMissing(error)) await refuseSuperseded(root, key, lease);
    throw error;
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
}

/** Removes work that dead writers left in the folders of their tokens; returns how many entries. */
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
    if (!isMissing(error)) throw error; // Another writer has removed it.
  } finally {
    await rm(away, { recursive: true, force: true });
  }
}
