/**
 * Keys of the artifact store. No key can lead outside the store.
 *
 * A key is segments of letters, digits, '.', '_' and '-', none starting with a dot, joined by '/' (the same rule as
 * CheckpointRef.key in proto/soar/common). This form excludes '..', absolute paths, drive letters and the store's own
 * dot folders; `resolveInside` refuses links inside the store.
 */
import { realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { UserError } from '@soar/core';
import { isMissing } from '@soar/files';

const KEY = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;
const KEY_BYTES_MAX = 512;
/** File systems take 255 bytes; what is written beside an artifact has a longer name. */
const SEGMENT_BYTES_MAX = 200;

/** Throws UserError INVALID_ARGUMENT unless `key` has the form of a key. */
export function checkKey(key: string): void {
  const isShort =
    key.length <= KEY_BYTES_MAX && key.split('/').every(({ length }) => length <= SEGMENT_BYTES_MAX);
  if (isShort && KEY.test(key)) return;
  throw new UserError(
    `artifact key ${JSON.stringify(key.slice(0, 120))}: expected segments of letters, digits, '.', '_' and '-' ` +
      `joined by '/', none starting with a dot, at most ${SEGMENT_BYTES_MAX} bytes each and ${KEY_BYTES_MAX} in all`,
    'INVALID_ARGUMENT',
    'key',
  );
}

/** Order of keys by their segments: `a/b` comes before `a-b`. */
export function compareKeys(a: string, b: string): number {
  const [x, y] = [a.split('/').join('\0'), b.split('/').join('\0')];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** The ancestors of a key: `a` and `a/b` of `a/b/c`. */
export function foldersAbove(key: string): string[] {
  const segments = key.split('/');
  return segments.slice(1).map((_, i) => segments.slice(0, i + 1).join('/'));
}

/**
 * The path of a key below `root`, which is a real path. A link anywhere on it is refused with UserError
 * INVALID_ARGUMENT, because it could lead elsewhere.
 */
export async function resolveInside(root: string, key: string): Promise<string> {
  checkKey(key);
  const path = join(root, ...key.split('/'));
  let existing = root;
  for (const segment of key.split('/')) {
    existing = join(existing, segment);
    const real = await realpath(existing).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    if (real === undefined) break;
    if (real === existing) continue;
    throw new UserError(
      `artifact key ${key}: ${existing.slice(root.length + sep.length)} is a link or differs in case, so it resolves ` +
        'to another path; replace it with the folder itself',
      'INVALID_ARGUMENT',
      'key',
    );
  }
  return path;
}
