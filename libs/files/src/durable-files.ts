/**
 * Files that are on the disk when a promise settles: contents synced, then the folders that name them.
 *
 * A rename is atomic, but it survives a power cut only once the folder that holds the name is synced as well (POSIX
 * says nothing else; ext4 and XFS behave so). The system's errors pass through; system-errors.ts reads them.
 */
import { randomUUID } from 'node:crypto';
import { lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolders } from './make-folders.js';
import { codeOf, isMissing } from './system-errors.js';

/** Syncs a file or a folder to the disk. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Some file systems (and Windows) cannot sync a folder; there is nothing better to do on them.
    if (!['EINVAL', 'EPERM', 'EISDIR', 'EBADF'].includes(codeOf(error) ?? '')) throw error;
  } finally {
    await handle.close();
  }
}

/** Makes a folder and those above it, each synced into its parent. `root` exists. */
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
 * Writes a file so that a reader finds the old content or the new, never a part, and makes the folder that it stands
 * in. The system's error passes through; nothing stays behind then.
 */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${file}.${randomUUID()}.partial`;
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
