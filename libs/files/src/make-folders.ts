/**
 * Makes a folder and those above it that are missing, one by one. Node's own recursive mkdir never returns where the
 * system says ENOENT to a folder whose parent exists, as /proc does.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Throws the system's error; what was made by then stays. */
export function makeFolders(folder: string): void {
  // Where something stands already, the system says whether it is a folder.
  if (existsSync(folder)) return void mkdirSync(folder, { recursive: true });
  const missing: string[] = [];
  for (let path = resolve(folder); !existsSync(path) && path !== dirname(path); path = dirname(path)) {
    missing.push(path);
  }
  for (const path of missing.reverse()) {
    try {
      mkdirSync(path);
    } catch (error) {
      // Somebody else may be making the same folders.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
