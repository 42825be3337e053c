/**
 * Trackers that read files: TensorBoard's event files, JSON Lines. The folder has a place for each, so that
 * `tensorboard --logdir` of one shows all runs. What is there already is never written over.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, UserError } from '@soar/core';
import { makeFolders } from '@soar/files';
import { eventFiles, jsonLines, type TrackedRun } from '@soar/trackers';
import { writeText } from './files.js';

export const FILE_TRACKERS = ['tensorboard', 'jsonl'] as const;
export type FileTracker = (typeof FILE_TRACKERS)[number];

/** Default folder, the same in every command. */
export const TRACKERS_FOLDER = 'trackers';

/** What opens it, as a hint for the user. */
const OPENED_BY: Readonly<Record<FileTracker, (folder: string) => string>> = {
  tensorboard: (folder) => `event files; open with: tensorboard --logdir ${join(folder, 'tensorboard')}`,
  jsonl: () => 'scalars, parameters, results and questions, one a line',
};

/** Writes one tracker's files, whole or not at all. Resolves with the path and what it is. Throws UserError. */
export async function writeTracker(
  tracker: FileTracker,
  folder: string,
  run: TrackedRun,
): Promise<{ readonly path: string; readonly what: string }> {
  const path = join(folder, tracker, tracker === 'jsonl' ? `${run.id}.jsonl` : run.id);
  if (existsSync(path))
    throw new UserError(
      `${path} exists, perhaps of an earlier export; remove it, or give another folder`,
      'ALREADY_EXISTS',
      path,
    );
  if (tracker === 'jsonl') await writeText(path, jsonLines(run));
  else await writeFolder(path, eventFiles(run));
  return { path, what: OPENED_BY[tracker](folder) };
}

/** Files under a new folder, which appears with all of them. */
async function writeFolder(path: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  let partial: string | undefined;
  try {
    makeFolders(dirname(path));
    // Beside it, and with a name under which TensorBoard finds no event files, should the process be killed.
    partial = await mkdtemp(`${path}.partial-`);
    for (const [name, content] of files) {
      await mkdir(dirname(join(partial, name)), { recursive: true });
      await writeFile(join(partial, name), content, { flag: 'wx' });
    }
    await rename(partial, path);
  } catch (error) {
    if (partial !== undefined) await rm(partial, { recursive: true, force: true });
    throw new UserError(`${path} cannot be written: ${messageOf(error)}`, 'FAILED_PRECONDITION', path);
  }
}
