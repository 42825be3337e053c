/**
 * The place of a run in a folder of many: under its id, or where another run has that name (made by an earlier command
 * in another --out, say), under the next number. What is there is never written over.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@soar/core';

const TRIED_MAX = 1000;

/**
 * `isOurs` says whether what stands at a path is of this run and may be continued. Throws UserError where no name is
 * left.
 */
export async function placeOf(
  folder: string,
  id: string,
  extension: string,
  isOurs: (path: string) => Promise<boolean>,
): Promise<string> {
  for (let n = 1; n <= TRIED_MAX; n++) {
    const path = join(folder, `${id}${n === 1 ? '' : `-${n}`}${extension}`);
    if (!existsSync(path) || (await isOurs(path))) return path;
  }
  throw new UserError(
    `${folder}: ${TRIED_MAX} runs of the name ${id}; give another folder`,
    'ALREADY_EXISTS',
    folder,
  );
}
