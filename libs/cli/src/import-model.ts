/**
 * Brings a user's model folder into the artifact store of a deployment, as a checkpoint that services can name. The key ends
 * in a hash of the folder's content, so that the same model is found again and another one of the same name stands beside
 * it. Whether the folder holds a model that works is the trainer's to say (GetCheckpoint).
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { messageOf, UserError } from '@soar/core';
import { openArtifactStore, type CheckpointRef } from '@soar/store';

/** What every model folder has, each by one of these names; one that holds only an adapter is refused here. */
const requiredFiles = [
  ['config.json'],
  ['model.safetensors', 'model.safetensors.index.json'],
  ['tokenizer.json'],
];
const HASH_DIGITS = 12;

/** Refuses what is no model folder, by what it lacks. Throws UserError NOT_FOUND. */
export function requireModelFolder(folder: string): void {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new UserError(`${folder}: there is no such model folder`, 'NOT_FOUND', folder);
  }
  const missing = requiredFiles.filter((names) => !names.some((name) => existsSync(join(folder, name))));
  if (missing.length === 0) return;
  const [lacks, expected] = [missing, requiredFiles].map((files) => files.map((names) => names.join(' or ')));
  throw new UserError(
    `${folder}: has no ${lacks!.join(', no ')}; expected a Hugging Face folder with ${expected!.join(', ')}`,
    'NOT_FOUND',
    folder,
  );
}

/** Imports `folder` into the store at `artifacts`, or finds it there. Throws UserError; changes nothing then. */
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
