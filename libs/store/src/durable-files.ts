/**
 * Files that are on the disk when a promise settles: contents synced, then the folders that name them.
 *
 * A rename is atomic, but it survives a power cut only once the folder that holds the name is synced as well (POSIX says
 * nothing else; ext4 and XFS behave so). Errors of the operating system become what a user can mend.
 */
import { randomUUID } from 'node:crypto';
import { lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, UserError } from '@soar/core';
import { makeFolders } from './make-folders.js';

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

/** Makes a folder and those above it, each durably named in its parent. `root` exists. */
export async function makeFolder(root: string, folder: string): Promise<void> {
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
 * Writes a file so that a reader finds the old content or the new, never a part, and makes the folder that it stands in. The
 * system's error passes through; nothing stays behind then.
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

/** The operating system's name of an error, for example ENOENT. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Whether an error says that a path does not exist, or that something above it is no folder. */
export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
}

/** What a user can mend about an error of the file system at `where`; any other error as it is. */
export function asUserError(error: unknown, where: string): unknown {
  const code = codeOf(error);
  if (error instanceof UserError || code === undefined) return error;
  const options = { cause: error };
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new UserError(
      `${where}: the disk is full; make room and try again`,
      'RESOURCE_EXHAUSTED',
      'store',
      options,
    );
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    const message = `${where}: no permission (${code}); make it readable and writable for this user`;
    return new UserError(message, 'FAILED_PRECONDITION', 'store', options);
  }
  if (code === 'EEXIST' || code === 'ENOTDIR') {
    const message = `${where}: a file stands where a folder should be; move it away or name another folder`;
    return new UserError(message, 'FAILED_PRECONDITION', 'store', options);
  }
  if (/^E[A-Z0-9]+$/.test(code)) {
    return new UserError(`${where}: ${messageOf(error)}`, 'FAILED_PRECONDITION', 'store', options);
  }
  return error;
}
