/**
 * Folders for artifacts that are being written: below `.incoming`, which no key can reach.
 *
 * Each folder's name says which machine and process made it, so that a sweep removes only what dead processes left.
 * They are on the store's own file system, because a rename is atomic only there.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { codeOf, isMissing } from '@soar/files';

export const INCOMING = '.incoming';
/** Leftovers of other machines are swept after this time, because their processes cannot be checked. */
const FOREIGN_AGE_MS_MAX = 7 * 24 * 3600 * 1000;

const machine = hostname().replace(/[^A-Za-z0-9-]/g, '-');

/** A new, empty folder. */
export async function newIncoming(root: string): Promise<string> {
  const folder = join(root, INCOMING, `${machine}.${process.pid}.${randomUUID()}`);
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Removes the entries of a folder whose writers are dead, by their names; returns how many. */
export async function sweepFolder(folder: string): Promise<number> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  let swept = 0;
  for (const name of names) {
    if (!(await isOrphan(join(folder, name), name))) continue;
    await rm(join(folder, name), { recursive: true, force: true });
    swept++;
  }
  return swept;
}

async function isOrphan(path: string, name: string): Promise<boolean> {
  const [host, pid] = name.split('.');
  if (host === machine && pid !== undefined && /^\d+$/.test(pid)) return !isAlive(Number(pid));
  try {
    return Date.now() - (await stat(path)).mtimeMs > FOREIGN_AGE_MS_MAX;
  } catch (error) {
    if (isMissing(error)) return false; // Its writer has finished meanwhile.
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM'; // Another user's process.
  }
}
