/** A temporary folder of files for a test file, and this package's testdata. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

export interface TestFolder {
  readonly path: string;
  /** Writes a file and returns its path. */
  readonly write: (name: string, content: string | Uint8Array) => string;
}

export function testFolder(): TestFolder {
  const path = mkdtempSync(join(tmpdir(), 'soar-datasets-'));
  after(() => rmSync(path, { recursive: true }));
  const write = (name: string, content: string | Uint8Array): string => {
    const file = join(path, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  };
  return { path, write };
}

/** A file of this package's testdata, which make.py there wrote. */
export function testdata(name: string): string {
  return fileURLToPath(new URL(`../../testdata/${name}`, import.meta.url));
}
