/** Patterns of file names: `*` and `?` within one part of a path, `**` for any folders. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '@soar/files';

/** Folders that are looked into, so that a pattern from the root ends. */
const FOLDERS_MAX = 10_000;

/** Files that match, sorted; names that begin with a dot only if the pattern's do. */
export async function glob(pattern: string): Promise<string[]> {
  const parts = pattern.split('/');
  const fixed = parts.findIndex((part) => /[*?]/.test(part));
  if (fixed < 0) return [];
  const found: string[] = [];
  let folders = 0;
  const visit = async (folder: string, [part, ...rest]: readonly string[]): Promise<void> => {
    if (part === undefined || ++folders > FOLDERS_MAX) return;
    if (part === '**') await visit(folder, rest);
    const matches = part === '**' ? matcher('*') : matcher(part);
    for (const entry of await entriesOf(folder)) {
      if (!matches(entry.name)) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await visit(path, part === '**' ? [part, ...rest] : rest);
      else if (rest.length === 0 && part !== '**') found.push(path);
    }
  };
  await visit(parts.slice(0, fixed).join('/') || (pattern.startsWith('/') ? '/' : '.'), parts.slice(fixed));
  return [...new Set(found)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

function matcher(part: string): (name: string) => boolean {
  const escaped = part
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const pattern = new RegExp(`^${escaped}$`);
  return (name) => pattern.test(name) && (part.startsWith('.') || !name.startsWith('.'));
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
