/**
 * Imports a folder from outside the store, such as a Hugging Face folder: which files are copied, what is refused.
 */
import { constants } from 'node:fs';
import { copyFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@soar/core';
import { asUserError, codeOf, refuseForeignLinks } from '@soar/files';
import {
  encodeManifest,
  hashFile,
  hashText,
  isFileName,
  MANIFEST,
  parseManifest,
  readManifest,
} from './manifest.js';
import type { ArtifactFile } from './store.js';
import { verifyArtifact } from './verify.js';

/**
 * Checks the folder and returns the writer for ArtifactStore.put that copies it. A folder with a manifest (a promoted
 * student, say) is verified against it.
 */
export async function copierOf(sourceFolder: string): Promise<(folder: string) => Promise<void>> {
  const where = `folder ${sourceFolder}`;
  const names = await plainFiles(sourceFolder, where);
  const manifest = await readManifest(sourceFolder);
  if (manifest !== undefined && parseManifest(manifest) !== undefined) {
    await verifyArtifact(where, sourceFolder, manifest);
  }
  return async (folder) => {
    try {
      for (const name of names)
        await copyFile(join(sourceFolder, name), join(folder, name), constants.COPYFILE_FICLONE);
    } catch (error) {
      throw asUserError(error, where);
    }
  };
}

/** The SHA-256 that the folder will have as an artifact, without importing it. */
export async function importedSha256(sourceFolder: string): Promise<string> {
  const where = `folder ${sourceFolder}`;
  const names = await plainFiles(sourceFolder, where);
  try {
    const files = new Map<string, ArtifactFile>();
    for (const name of names) files.set(name, await hashFile(join(sourceFolder, name)));
    return hashText(encodeManifest(files));
  } catch (error) {
    throw asUserError(error, where);
  }
}

/** Names of the plain files in the folder. Links to files within it count, and to blobs of the Hugging Face cache. */
async function plainFiles(folder: string, where: string): Promise<string[]> {
  const names: string[] = [];
  try {
    refuseForeignLinks(folder);
    for (const name of (await readdir(folder)).sort()) {
      if (name.startsWith('.') || name === MANIFEST) continue;
      if (!(await stat(join(folder, name))).isFile()) continue;
      if (!isFileName(name)) {
        const message = `${where}: the file name ${JSON.stringify(name)} cannot be in an artifact; rename or remove it`;
        throw new UserError(message, 'INVALID_ARGUMENT', folder);
      }
      names.push(name);
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      const message = `${where}: does not exist, or a link in it is broken; check the path`;
      throw new UserError(message, 'NOT_FOUND', folder, { cause: error });
    }
    if (codeOf(error) === 'ENOTDIR')
      throw new UserError(`${where}: is a file; name the folder`, 'INVALID_ARGUMENT', folder);
    throw asUserError(error, where);
  }
  if (names.length === 0) throw new UserError(`${where}: has no files in it`, 'NOT_FOUND', folder);
  return names;
}
