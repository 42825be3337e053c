/** Verifies the files of a folder against its manifest. A difference is DATA_LOSS and names the file. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@soar/core';
import { type Files, hashFile, MANIFEST, parseManifest } from './manifest.js';

/**
 * Reads and hashes every file. `where` names the folder in messages. Names that start with a dot (a file manager's)
 * are ignored. Any other file that the manifest does not list is refused, because readers of the folder would see it.
 */
export async function verifyArtifact(where: string, folder: string, manifest: Uint8Array): Promise<Files> {
  const lost = (what: string): UserError =>
    new UserError(`${where}: ${what}; restore it from a copy or make it again`, 'DATA_LOSS', where);
  const files = parseManifest(manifest);
  if (files === undefined) throw lost(`${MANIFEST} is damaged`);
  const present = new Map(
    (await readdir(folder, { withFileTypes: true })).map((entry) => [entry.name, entry.isFile()]),
  );
  for (const name of present.keys()) {
    if (!files.has(name) && name !== MANIFEST && !name.startsWith('.')) {
      throw lost(`${name} is not in its ${MANIFEST}`);
    }
  }
  for (const [name, expected] of files) {
    const isFile = present.get(name);
    if (isFile === undefined) throw lost(`${name} is missing`);
    if (!isFile) throw lost(`${name} is not a plain file`);
    const found = await hashFile(join(folder, name));
    if (found.bytes !== expected.bytes)
      throw lost(`${name} has ${found.bytes} bytes, expected ${expected.bytes}`);
    if (found.sha256 !== expected.sha256) {
      throw lost(`${name} has SHA-256 ${found.sha256}, expected ${expected.sha256}`);
    }
  }
  return files;
}
