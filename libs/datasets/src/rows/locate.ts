/**
 * The files that an argument names: a file, a pattern (`data/train-*.parquet`), a folder of files as on the Hugging
 * Face Hub, or one that `datasets` wrote with save_to_disk.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, UserError } from '@soar/core';
import { asUserError, isMissing } from '@soar/files';
import { glob } from './glob.js';
import { chooseFiles, type SplitChoice } from './splits.js';

/** Files below a folder. */
const FILES_MAX = 100_000;

/** Paths of the files, in the order in which they are read. Throws UserError. */
export async function filesAt(path: string, choice: SplitChoice): Promise<string[]> {
  if (path === '-') return [path];
  try {
    const isFolder = await folderAt(path);
    if (isFolder === undefined) {
      const matches = /[*?]/.test(path) ? await glob(path) : [];
      if (matches.length > 0)
        return choice.split === undefined ? matches : chooseFiles(matches, choice, path);
      throw new UserError(
        `${path}: not found; expected a file of problems, a folder of them or a pattern that matches some`,
        'NOT_FOUND',
        path,
      );
    }
    // Archives and JSON documents may hold splits; any other file is one.
    if (!isFolder)
      return choice.split === undefined || /\.(zip|json)$/i.test(path)
        ? [path]
        : chooseFiles([path], choice, path);
    return (await savedDataset(path, choice)) ?? (await hubFolder(path, choice));
  } catch (error) {
    throw asUserError(error, path);
  }
}

async function hubFolder(folder: string, choice: SplitChoice): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  if (entries.length > FILES_MAX)
    throw new UserError(
      `${folder}: holds ${entries.length} files; expected at most ${FILES_MAX}`,
      'INVALID_ARGUMENT',
      folder,
    );
  const names = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, '/').length).replaceAll('\\', '/'));
  return chooseFiles(names, choice, folder).map((name) => join(folder, name));
}

/** The files of a folder by save_to_disk: its state.json names them; dataset_dict.json names splits, each a folder. */
async function savedDataset(
  folder: string,
  { split, preferred }: SplitChoice,
): Promise<string[] | undefined> {
  const dict = await jsonIn<{ splits: string[] }>(join(folder, 'dataset_dict.json'));
  if (dict !== undefined) {
    const names = dict.splits;
    const chosen = split ?? (names.length === 1 ? names[0] : names.find((name) => name === preferred));
    if (chosen === undefined || !names.includes(chosen)) {
      const what = chosen === undefined ? 'choose one with --split' : `it has no ${JSON.stringify(chosen)}`;
      throw new UserError(
        `${folder}: holds the splits ${names.join(', ')}; ${what}`,
        'INVALID_ARGUMENT',
        folder,
      );
    }
    return savedDataset(join(folder, chosen), {});
  }
  const state = await jsonIn<{ _data_files: { filename: string }[] }>(join(folder, 'state.json'));
  return state?._data_files?.map(({ filename }) => join(folder, filename));
}

async function jsonIn<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new UserError(`${path}: cannot be read: ${messageOf(error)}`, 'DATA_LOSS', path, { cause: error });
  }
}

/** Whether a path is a folder; undefined if there is nothing. */
async function folderAt(path: string): Promise<boolean | undefined> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
