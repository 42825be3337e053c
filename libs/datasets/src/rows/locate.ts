/**
 * The files that an argument names: a file, a pattern (`data/train-*.parquet`), a folder of files as on the Hugging
 * Face Hub, or one that `datasets` wrote with save_to_disk.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, UserError } from '@soar/core';
import { asUserError, isMissing } from '@soar/files';
import { glob } from './glob.js';
import { chooseFiles, splitsIn, type SplitChoice } from './splits.js';

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

/** The splits of the folder at `path`; none if it has no names for them, or is a file. Throws UserError. */
export async function splitsAt(path: string): Promise<string[]> {
  if ((await folderAt(path)) !== true) return [];
  return (await savedSplits(path)) ?? splitsIn(await namesBelow(path));
}

async function hubFolder(folder: string, choice: SplitChoice): Promise<string[]> {
  return chooseFiles(await namesBelow(folder), choice, folder).map((name) => join(folder, name));
}

/** Names of all files below a folder, with slashes. */
async function namesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  if (entries.length > FILES_MAX)
    throw new UserError(
      `${folder}: holds ${entries.length} files; expected at most ${FILES_MAX}`,
      'INVALID_ARGUMENT',
      folder,
    );
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, '/').length).replaceAll('\\', '/'));
}

/** The files of a folder by save_to_disk: its state.json names them; of several splits, each is a folder. */
async function savedDataset(
  folder: string,
  { split, preferred }: SplitChoice,
): Promise<string[] | undefined> {
  const splits = await savedSplits(folder);
  if (splits === undefined) {
    const files = await listIn(join(folder, 'state.json'), '_data_files', (file) =>
      isRecord(file) ? file['filename'] : undefined,
    );
    return files?.map((name) => join(folder, name));
  }
  const chosen = split ?? (splits.length === 1 ? splits[0] : splits.find((name) => name === preferred));
  if (chosen !== undefined && splits.includes(chosen)) return savedDataset(join(folder, chosen), {});
  const what = chosen === undefined ? 'choose one with --split' : `it has no ${JSON.stringify(chosen)}`;
  throw new UserError(
    `${folder}: holds the splits ${splits.join(', ')}; ${what}`,
    'INVALID_ARGUMENT',
    folder,
  );
}

function savedSplits(folder: string): Promise<string[] | undefined> {
  return listIn(join(folder, 'dataset_dict.json'), 'splits', (name) => name);
}

/** The texts in the list `field` of a JSON file; undefined if there is no such file. */
async function listIn(
  path: string,
  field: string,
  textOf: (item: unknown) => unknown,
): Promise<string[] | undefined> {
  let document: unknown;
  try {
    document = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new UserError(`${path}: cannot be read: ${messageOf(error)}`, 'DATA_LOSS', path, { cause: error });
  }
  const list = isRecord(document) ? document[field] : undefined;
  const texts = Array.isArray(list) ? list.map(textOf) : [undefined];
  if (texts.every((text) => typeof text === 'string')) return texts;
  throw new UserError(`${path}: has no list "${field}", as save_to_disk writes it`, 'INVALID_ARGUMENT', path);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
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
