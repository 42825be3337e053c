/** Folders and files for tests. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** A new folder, removed after the test. */
export async function scratch(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'soar-store-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files by name into `folder`; makes the folder. */
export async function fill(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

/** A writer for ArtifactStore.put. */
export function writing(files: Readonly<Record<string, string>>): (folder: string) => Promise<void> {
  return (folder) => fill(folder, files);
}

/** Every path below `folder`, sorted. */
export async function paths(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).sort();
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
