/**
 * Brings a user's model folder into the artifact store of a deployment, as a checkpoint that services can name. The
 * key ends in a hash of the folder's content, so the same model is stored once and another model of the same name
 * gets its own key. What can be checked without loading the model is checked before anything is copied; the trainer
 * checks the rest (GetCheckpoint).
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { messageOf, UserError } from '@soar/core';
import { checkModelFolder } from '@soar/runtime';
import { openArtifactStore, type CheckpointRef } from '@soar/store';

const HASH_DIGITS = 12;

/** Refuses anything but a usable model folder. Throws UserError that names the file. */
export function requireModelFolder(folder: string): void {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new UserError(`${folder}: there is no such model folder`, 'NOT_FOUND', folder);
  }
  checkModelFolder(folder);
}

/** Imports `folder` into the store at `artifacts`, or finds it there. If it throws UserError, nothing has changed. */
export async function importModel(artifacts: string, folder: string): Promise<CheckpointRef> {
  requireModelFolder(folder);
  const name = basename(resolve(folder))
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^\.+/, '');
  const store = await openArtifactStore(artifacts);
  const hash = await contentHash(folder).catch((error: unknown) => {
    throw new UserError(`${folder}: cannot be read: ${messageOf(error)}`, 'FAILED_PRECONDITION', folder);
  });
  return store.importFolder(folder, `models/${name}-${hash}`);
}

/** The first digits of a SHA-256 over names and contents of the folder's own files, in order of name. */
async function contentHash(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const names = readdirSync(folder).filter((name) => !name.startsWith('.') && name !== 'manifest.json');
  for (const name of names.sort()) {
    const path = join(folder, name);
    if (!statSync(path).isFile()) continue;
    hash.update(`${JSON.stringify([name, statSync(path).size])}\n`);
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  }
  return hash.digest('hex').slice(0, HASH_DIGITS);
}
