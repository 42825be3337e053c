/**
 * Links inside a folder that somebody else has made. A copy of the folder copies what they point to, so a link to a
 * file elsewhere would bring that file, a password file say, to wherever the copy goes. Links within the folder are
 * fine, and so is the Hugging Face cache, where a snapshot consists of links into its repository's blobs.
 */
import { lstatSync, readdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { UserError } from '@soar/core';
import { isMissing } from './system-errors.js';

/**
 * Throws UserError INVALID_ARGUMENT that names the first link, in order of name, of `folder` whose target is neither in
 * the folder nor a blob of its cache. Links that lead nowhere are left to who reads them.
 */
export function refuseForeignLinks(folder: string): void {
  const root = realpathSync(folder);
  const places = [root, ...blobsOf(root)];
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (!lstatSync(path).isSymbolicLink()) continue;
    const target = targetOf(path);
    if (target === undefined || places.some((place) => isWithin(place, target))) continue;
    throw new UserError(
      `${path}: is a link to ${target}, outside the folder; put the file itself there, or remove the link`,
      'INVALID_ARGUMENT',
      path,
    );
  }
}

/** models--OWNER--NAME/snapshots/COMMIT links into models--OWNER--NAME/blobs. */
function blobsOf(root: string): string[] {
  const snapshots = dirname(root);
  return basename(snapshots) === 'snapshots' ? [join(dirname(snapshots), 'blobs')] : [];
}

function targetOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isWithin(place: string, target: string): boolean {
  const way = relative(place, target);
  return way !== '..' && !way.startsWith(`..${sep}`);
}
