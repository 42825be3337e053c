/**
 * Brings a user's model folder into the artifact store of a deployment, as a checkpoint that services can name. The
 * key ends in a hash of the folder's content, so the same model is stored once and another model of the same name
 * gets its own key. What can be checked without loading the model is checked before anything is copied; the trainer
 * checks the rest (GetCheckpoint).
 *
 * A folder with an adapter becomes two artifacts: its base, and the adapter, which names the base by key and hash.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { messageOf, UserError } from '@soar/core';
import { refuseForeignLinks } from '@soar/files';
import {
  checkModelFolder,
  copyAdapter,
  isAdapterFolder,
  readAdapterBase,
  readAdapterConfig,
  readBaseConfig,
} from '@soar/runtime';
import { openArtifactStore, type ArtifactStore, type CheckpointRef } from '@soar/store';

const HASH_DIGITS = 12;
/** An adapter that lies beside its base. */
const ADAPTER_FILES = /^adapter_/;

/** A folder that was found to hold a model, or an adapter and the folder of its base, which may be the same one. */
export interface ModelFolder {
  readonly folder: string;
  readonly base?: string;
}

/**
 * The model in `folder`. The base of an adapter is the folder `base`, or lies beside it, or where the adapter says.
 * Throws UserError that names the file where there is none that can be used.
 */
export function requireModelFolder(folder: string, base?: string): ModelFolder {
  requireFolder(folder);
  if (!isAdapterFolder(folder)) {
    if (base === undefined) return checked(folder);
    throw new UserError(`${folder}: holds no adapter; --base is for adapters`, 'INVALID_ARGUMENT', 'base');
  }
  const found = base ?? baseOf(folder);
  requireFolder(found);
  if (found !== folder && isAdapterFolder(found)) {
    throw new UserError(
      `${found}: is an adapter itself, expected a base with whole weights`,
      'INVALID_ARGUMENT',
      found,
    );
  }
  checkModelFolder(found);
  readAdapterConfig(folder, readBaseConfig(found));
  return { folder, base: found };
}

function checked(folder: string): ModelFolder {
  checkModelFolder(folder);
  return { folder };
}

function requireFolder(folder: string): void {
  if (existsSync(folder) && statSync(folder).isDirectory()) return refuseForeignLinks(folder);
  throw new UserError(`${folder}: there is no such model folder`, 'NOT_FOUND', folder);
}

function baseOf(adapter: string): string {
  if (existsSync(join(adapter, 'config.json'))) return adapter;
  const { name = '' } = readAdapterBase(adapter);
  // A path, as peft writes it, or a key of the store that the adapter lies in.
  const places = [name, ...foldersAround(adapter).map((folder) => join(folder, name))];
  const found = name === '' ? undefined : places.find((place) => existsSync(join(place, 'config.json')));
  if (found !== undefined) return found;
  throw new UserError(
    `${adapter}: an adapter of ${JSON.stringify(name)}, which is no folder here; import it with its base: ` +
      '"soar models import DIR --base DIR"',
    'NOT_FOUND',
    adapter,
  );
}

function foldersAround(folder: string): string[] {
  const parent = dirname(resolve(folder));
  return parent === resolve(folder) ? [] : [parent, ...foldersAround(parent)];
}

/** Imports `folder` into the store at `artifacts`, or finds it there. If it throws UserError, nothing has changed. */
export async function importModel(artifacts: string, folder: string): Promise<CheckpointRef> {
  const source = requireModelFolder(folder);
  const store = await openArtifactStore(artifacts);
  const name = `${nameOf(folder)}-${await contentHash(folder, () => true)}`;
  return putModel(store, source, `models/${source.base === folder ? `${name}-adapter` : name}`);
}

/** Puts a model into the store under `key`, and the base of an adapter under a key of its own. */
export async function putModel(
  store: ArtifactStore,
  { folder, base }: ModelFolder,
  key: string,
): Promise<CheckpointRef> {
  if (base === undefined) return store.importFolder(folder, key);
  const isOfBase = (name: string): boolean => !ADAPTER_FILES.test(name);
  const baseKey = `models/${nameOf(base)}-${await contentHash(base, isOfBase)}`;
  const { key: name, sha256: revision } = await (base === folder
    ? store.put(baseKey, async (to) => {
        for (const file of plainFiles(base).filter(isOfBase))
          await copyFile(join(base, file), join(to, file));
      })
    : store.importFolder(base, baseKey));
  return store.put(key, async (to) => copyAdapter(folder, base, to, { name, revision }));
}

function nameOf(folder: string): string {
  return basename(resolve(folder))
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^\.+/, '');
}

/** The first digits of a SHA-256 over names and contents of the folder's own files, in order of name. */
async function contentHash(folder: string, counts: (name: string) => boolean): Promise<string> {
  try {
    const hash = createHash('sha256');
    for (const name of plainFiles(folder).filter(counts)) {
      const path = join(folder, name);
      hash.update(`${JSON.stringify([name, statSync(path).size])}\n`);
      for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    }
    return hash.digest('hex').slice(0, HASH_DIGITS);
  } catch (error) {
    throw new UserError(`${folder}: cannot be read: ${messageOf(error)}`, 'FAILED_PRECONDITION', folder);
  }
}

function plainFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter(
      (name) => !name.startsWith('.') && name !== 'manifest.json' && statSync(join(folder, name)).isFile(),
    )
    .sort();
}
