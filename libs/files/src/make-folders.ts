/**
 * Makes a folder and its missing parents, one by one. Node's own recursive mkdir never returns where the system
 * answers ENOENT for a folder whose parent exists, as /proc does.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Throws the system's error. Folders that were already made stay. */
export function makeFolders(folder: string): void {
  // If the path exists, mkdir reports whether it is a folder.
  if (existsSync(folder)) return void mkdirSync(folder, { recursive: true });
  const missing: string[] = [];
  for (let path = resolve(folder); !existsSync(path) && path !== dirname(path); path = dirname(path)) {
    missing.push(path);
  }
  for (const path of missing.reverse()) {
    try {
      mkdirSync(path);
    } catch (error) {
      // Another process may be making the same folders.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
