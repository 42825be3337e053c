/**
 * Durable writes: when a promise resolves, the file is on disk. Contents are synced first, then the folders that hold
 * their names.
 *
 * A rename is atomic, but it survives a power cut only once the folder that holds the name is synced too (POSIX
 * guarantees no more; ext4 and XFS behave this way). System errors pass through; system-errors.ts explains them.
 */
import { lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolders } from './make-folders.js';
import { partialOf } from './partial-files.js';
import { codeOf, isMissing } from './system-errors.js';

/** Syncs a file or a folder to the disk. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Some file systems (and Windows) cannot sync a folder. Nothing better can be done there.
    if (!['EINVAL', 'EPERM', 'EISDIR', 'EBADF'].includes(codeOf(error) ?? '')) throw error;
  } finally {
    await handle.close();
  }
}

/** Makes a folder and its missing parents, each synced into its own parent. `root` must exist. */
export async function makeFolderDurably(root: string, folder: string): Promise<void> {
  const missing: string[] = [];
  for (let path = folder; path !== root && path !== dirname(path); path = dirname(path)) {
    if (await exists(path)) break;
    missing.unshift(path);
  }
  await mkdir(folder, { recursive: true });
  for (const made of missing) await sync(dirname(made));
}

/** Writes `content` to a new file and syncs it. */
export async function writeSynced(file: string, content: string | Uint8Array): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Replaces a file atomically: a reader sees the old content or the new, never a part. Makes missing folders. System
 * errors pass through and leave nothing behind.
 */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  const temporary = partialOf(file);
  makeFolders(dirname(file));
  try {
    await writeSynced(temporary, content);
    await rename(temporary, file);
    await sync(dirname(file));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: unknown) => {
      if (isMissing(error)) return false;
      throw error;
    },
  );
}
