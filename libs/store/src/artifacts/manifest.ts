/**
 * The manifest of an artifact: every file with its length and SHA-256, in one canonical JSON text.
 *
 *   { "files": { "config.json": { "sha256": "...", "bytes": 311 }, ... } }
 *
 * Names are sorted, so equal contents have equal manifests, and the manifest's own SHA-256 identifies the content of
 * the whole folder. It is written last: a folder without it is incomplete.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvariantError } from '@soar/core';
import { isMissing, sync } from '@soar/files';
import type { ArtifactFile } from './store.js';

export const MANIFEST = 'manifest.json';
const FILES_MAX = 10_000;
const CHUNK_BYTES = 1 << 20;

export type Files = ReadonlyMap<string, ArtifactFile>;

/** Whether a file of an artifact may have this name: a single path segment on every system, and not hidden. */
export function isFileName(name: string): boolean {
  return !name.startsWith('.') && !/[/\\:\0-\x1f]/.test(name);
}

/** Hashes and syncs every file in `folder`, for its manifest. Throws on anything that is not a plain file. */
export async function surveyFolder(folder: string): Promise<Files> {
  const files = new Map<string, ArtifactFile>();
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith('.')) {
      throw new InvariantError(
        `artifact: expected plain files that do not begin with a dot, got ${entry.name}`,
      );
    }
    if (entry.name === MANIFEST) throw new InvariantError(`artifact: ${MANIFEST} is reserved for the store`);
    const path = join(folder, entry.name);
    files.set(entry.name, await hashFile(path));
    await sync(path);
  }
  if (files.size === 0 || files.size > FILES_MAX) {
    throw new InvariantError(`artifact: expected 1 to ${FILES_MAX} files, got ${files.size}`);
  }
  return files;
}

/** Length and hash of a file, read in chunks. */
export async function hashFile(path: string): Promise<ArtifactFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** Total length of a manifest's files; 0 if the bytes are not a manifest. */
export function bytesOf(manifest: Uint8Array): number {
  return [...(parseManifest(manifest)?.values() ?? [])].reduce((sum, { bytes }) => sum + bytes, 0);
}

/** A manifest as canonical text. */
export function encodeManifest(files: Files): string {
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify({ files: Object.fromEntries(sorted) }, null, 2)}\n`;
}

export function hashText(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The manifest's bytes, or undefined if the folder has none. */
export async function readManifest(folder: string): Promise<Buffer | undefined> {
  return readFile(join(folder, MANIFEST)).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
}

/** Files by name, or undefined if the bytes are not such a manifest. */
export function parseManifest(bytes: Uint8Array): Files | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
  if (!isRecord(value) || !isRecord(value['files'])) return undefined;
  const files = new Map<string, ArtifactFile>();
  for (const [name, file] of Object.entries(value['files'])) {
    if (!isRecord(file) || !isFileName(name)) return undefined;
    const { sha256, bytes: length } = file;
    if (typeof sha256 !== 'string' || typeof length !== 'number') return undefined;
    files.set(name, { sha256, bytes: length });
  }
  return files.size === 0 ? undefined : files;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
