/**
 * What is known of compiled files, by the SHA-256 of their bytes, so that a service need not cut them into tokens when
 * it starts. `npm run build` writes it. It cannot be stale: bytes that it does not list are read then.
 */
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ReadFile } from './tokens.js';

const KNOWN_FILE = new URL('./known-files.json', import.meta.url);

export class KnownFiles {
  private readonly hashesUsed = new Set<string>();

  private constructor(private readonly byHash: Map<string, ReadFile>) {}

  /** Those of the last `npm run build`; none if there is no such file. */
  static open(file: URL = KNOWN_FILE): KnownFiles {
    try {
      const entries = JSON.parse(readFileSync(file, 'utf8')) as Record<string, ReadFile>;
      return new KnownFiles(new Map(Object.entries(entries)));
    } catch {
      return new KnownFiles(new Map());
    }
  }

  async read(path: string): Promise<ReadFile> {
    const bytes = readFileSync(path);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    this.hashesUsed.add(sha256);
    const known = this.byHash.get(sha256);
    if (known !== undefined) return known;
    const { readTokens } = await import('./tokens.js');
    const read = readTokens(bytes.toString('utf8'));
    this.byHash.set(sha256, read);
    return read;
  }

  /** Writes those that were read. */
  write(file: URL = KNOWN_FILE): void {
    const read = [...this.hashesUsed].sort().map((sha256) => [sha256, this.byHash.get(sha256)!]);
    const path = fileURLToPath(file);
    const unfinished = `${path}.${process.pid}`;
    writeFileSync(unfinished, `${JSON.stringify(Object.fromEntries(read))}\n`);
    renameSync(unfinished, path);
  }
}
