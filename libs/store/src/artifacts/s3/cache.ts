/**
 * A cache of local copies of artifacts on S3, because the runtime reads files. It is a folder store whose keys are
 * the hashes of manifests, so equal contents have one copy, which is complete and verified at every use. A damaged
 * copy is removed and fetched again. Processes of one machine share the cache.
 *
 * Beyond its bound it evicts the least recently used copies, but none that was used in the last hours: a process may
 * be about to read it.
 */
import { rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@soar/core';
import type { Artifact } from '../store.js';
import { FolderStore } from '../folder/store.js';
import { bytesOf, type Files, hashText, MANIFEST, parseManifest } from '../manifest.js';
import { verifyArtifact } from '../verify.js';

const IN_USE_MS = 6 * 3_600_000;

export type Copy = Pick<Artifact, 'folder' | 'files'>;
/** Puts the files of an artifact into a folder. */
export type Fetch = (folder: string, files: Files) => Promise<void>;

export class ArtifactCache {
  private readonly fetching = new Map<string, Promise<Copy>>();

  private constructor(
    private readonly copies: FolderStore,
    private readonly root: string,
    private readonly bytesMax: number,
  ) {}

  /** Opens the cache in `folder`, which is made if missing. Throws UserError. */
  static async open(folder: string, bytesMax: number): Promise<ArtifactCache> {
    return new ArtifactCache(await FolderStore.open(folder), folder, bytesMax);
  }

  /** Runs `work` on a new, empty local folder, which is removed afterwards. */
  async inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
    const folder = await this.copies.newFolder();
    try {
      return await work(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** The cached copy of the artifact with this hash, or undefined. */
  async find(sha256: string): Promise<Copy | undefined> {
    try {
      const copy = await this.copies.open({ key: sha256, sha256 });
      await utimes(copy.folder, new Date(), new Date()).catch(() => undefined); // Only for eviction.
      return copy;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (error.reason === 'DATA_LOSS') await this.copies.remove(sha256);
      else if (error.reason !== 'NOT_FOUND') throw error;
      return undefined;
    }
  }

  /**
   * The copy of the artifact with this manifest; fetched if not cached. `where` names the artifact in messages.
   * Throws what `fetch` throws, and DATA_LOSS if the fetched files do not match the manifest.
   */
  async copyOf(where: string, manifest: Uint8Array, fetch: Fetch): Promise<Copy> {
    const sha256 = hashText(manifest);
    const running = this.fetching.get(sha256);
    if (running !== undefined) return running;
    const fetching = this.findOrFetch(where, sha256, manifest, fetch);
    this.fetching.set(sha256, fetching);
    try {
      return await fetching;
    } finally {
      this.fetching.delete(sha256);
    }
  }

  /** Removes what dead processes of this machine left. */
  sweep(): Promise<number> {
    return this.copies.sweep();
  }

  private async findOrFetch(
    where: string,
    sha256: string,
    manifest: Uint8Array,
    fetch: Fetch,
  ): Promise<Copy> {
    const found = await this.find(sha256);
    if (found !== undefined) return found;
    const files = parseManifest(manifest);
    const damaged = `${where}: its ${MANIFEST} is damaged; restore it from a copy or make the artifact again`;
    if (files === undefined) throw new UserError(damaged, 'DATA_LOSS', where);
    await this.makeRoom(bytesOf(manifest));
    const ref = await this.copies.put(sha256, async (folder) => {
      await fetch(folder, files);
      await verifyArtifact(where, folder, manifest);
    });
    if (ref.sha256 !== sha256) throw new UserError(damaged, 'DATA_LOSS', where);
    return this.copies.open(ref);
  }

  /** Evicts least recently used copies until `bytes` more fit. */
  private async makeRoom(bytes: number): Promise<void> {
    const copies: { key: string; bytes: number; usedMs: number }[] = [];
    for await (const { key, bytes: size } of this.copies.list('')) {
      const used = await stat(join(this.root, key)).catch(() => undefined); // Another process may have removed it.
      copies.push({ key, bytes: size, usedMs: used?.mtimeMs ?? 0 });
    }
    let total = copies.reduce((sum, copy) => sum + copy.bytes, bytes);
    for (const copy of copies.sort((a, b) => a.usedMs - b.usedMs)) {
      if (total <= this.bytesMax || Date.now() - copy.usedMs < IN_USE_MS) return;
      await this.copies.remove(copy.key);
      total -= copy.bytes;
    }
  }
}
