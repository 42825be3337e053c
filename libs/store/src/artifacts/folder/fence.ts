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
import { ISSUED, LEASES, requireIssued, runOf, superseded } from '../fencing.js';
import type { WriterLease } from '../store.js';
import { newIncoming, sweepFolder } from './incoming.js';

/**
 * Refuses a writer of `key`, with UserError FAILED_PRECONDITION, when its token was never issued, or its run has seen a
 * higher one that was. NO_LEASE always passes.
 */
export async function refuseSuperseded(root: string, key: string, lease: WriterLease): Promise<void> {
  const issued = await highestIssued(root);
  requireIssued(lease, issued);
  const seen = (await tokensOf(root, runOf(key))).filter((token) => token <= (issued ?? token));
  const highest = Math.max(0, ...seen);
  if (lease.fencingToken > 0 && highest > lease.fencingToken) throw superseded(key, lease, highest);
}

/** Publishes that `token` was issued. Lower ones are removed: only the highest counts. */
export async function publishIssued(root: string, token: number): Promise<void> {
  await makeFolderDurably(root, join(root, LEASES, ISSUED, String(token)));
  for (const lower of await tokensOf(root, ISSUED)) if (lower < token) await retire(root, ISSUED, lower);
}

/** The highest token that a coordinator was issued; undefined if none has published one. */
export async function highestIssued(root: string): Promise<number | undefined> {
  const tokens = await tokensOf(root, ISSUED);
  return tokens.length === 0 ? undefined : Math.max(...tokens);
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
  requireIssued(lease, await highestIssued(root));
  const run = runOf(key);
  const own = join(root, LEASES, run, String(token));
  const staged = join(own, name);
  try {
    await makeFolderDurably(root, own);
    await rename(from, staged);
    await refuseSuperseded(root, key, lease);
    for (const lower of await tokensOf(root, run)) if (lower < token) await retire(root, run, lower);
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

async function tokensOf(root: string, run: string): Promise<number[]> {
  const names = await namesIn(join(root, LEASES, run));
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
}

async function retire(root: string, run: string, token: number): Promise<void> {
  const away = await newIncoming(root);
  try {
    await rename(join(root, LEASES, run, String(token)), join(away, 'retired'));
  } catch (error) {
    if (!isMissing(error)) throw error; // Another writer has removed it.
  } finally {
    await rm(away, { recursive: true, force: true });
  }
}
