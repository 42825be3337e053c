/** A folder for one test file, removed when its tests are done. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

export interface TemporaryFolder {
  readonly path: string;
  /** Path of a file of this name below it. */
  at(name: string): string;
  /** Writes a file and returns its path. */
  write(name: string, text: string): string;
}

export function temporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), 'soar-test-'));
  // A process that a failed test left may still write into it; hooks after one that throws are not run.
  after(() => rmSync(path, { recursive: true, force: true, maxRetries: 10 }));
  const at = (name: string): string => join(path, name);
  return {
    path,
    at,
    write: (name, text) => {
      writeFileSync(at(name), text);
      return at(name);
    },
  };
}
