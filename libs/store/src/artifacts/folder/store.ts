/**
 * The artifact store on a local folder (or one that is mounted on every machine).
 *
 * An artifact is written into a new folder under `.incoming`. Its files are hashed and synced, the manifest is
 * written and synced last, and one rename publishes the folder under its key. Of two writers of a key, one wins the
 * rename and the other finds the result. Readers verify every hash. (ARCHITECTURE.md, "Weights travel by reference".)
 */
import { readdir, realpath, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '@soar/core';
import {
  asUserError,
  codeOf,
  exists,
  isMissing,
  makeFolderDurably,
  makeFolders,
  sync,
  writeSynced,
} from '@soar/files';
import {
  type Artifact,
  type ArtifactStore,
  type CheckpointRef,
  type WriterLease,
  type ListedArtifact,
  NO_LEASE,
} from '../store.js';
import { highestIssued, publishIssued, refuseSuperseded, renameUnderLease, sweepLeases } from './fence.js';
import { requireIssued } from '../fencing.js';
import { copierOf } from '../import-folder.js';
import { INCOMING, newIncoming, sweepFolder } from './incoming.js';
import { checkKey, foldersAbove, resolveInside } from '../keys.js';
import { bytesOf, encodeManifest, hashText, MANIFEST, readManifest, surveyFolder } from '../manifest.js';
import { insideArtifact, missingArtifact, otherContent, placeTaken, requireReferredTo } from '../refusals.js';
import { verifyArtifact } from '../verify.js';

export class FolderStore implements ArtifactStore {
  private constructor(private readonly root: string) {}

  /**
   * Opens the store at `folder`, which is made if missing. Throws UserError FAILED_PRECONDITION when it cannot be a
   * store: a file exists there, or this user may not write.
   */
  static async open(folder: string): Promise<FolderStore> {
    try {
      makeFolders(folder);
      return new FolderStore(await realpath(folder));
    } catch (error) {
      throw asUserError(error, `store ${folder}`);
    }
  }

  async put(
    key: string,
    write: (folder: string) => Promise<void>,
    lease: WriterLease = NO_LEASE,
  ): Promise<CheckpointRef> {
    const target = await resolveInside(this.root, key);
    await this.refuseNesting(key);
    await this.io(key, () => refuseSuperseded(this.root, key, lease));
    const incoming = await this.newFolder();
    try {
      // File system errors of the writer are the store's own: it writes into the store.
      return await this.io(key, async () => {
        await write(incoming);
        return this.commit(key, incoming, target, lease);
      });
    } finally {
      await rm(incoming, { recursive: true, force: true });
    }
  }

  async issue(fencingToken: number): Promise<void> {
    await this.io('fencing token', () => publishIssued(this.root, fencingToken));
  }

  async highestIssued(): Promise<number> {
    return (await this.io('fencing token', () => highestIssued(this.root))) ?? 0;
  }

  async requireIssued(lease: WriterLease): Promise<void> {
    requireIssued(lease, await this.io('fencing token', () => highestIssued(this.root)));
  }

  async open(ref: CheckpointRef): Promise<Artifact> {
    const folder = await resolveInside(this.root, ref.key);
    const manifest = await this.io(ref.key, () => readManifest(folder));
    if (manifest === undefined) throw await this.missing(ref.key, folder);
    const found = { key: ref.key, sha256: hashText(manifest) };
    requireReferredTo(ref, found.sha256);
    const files = await this.io(ref.key, () => verifyArtifact(`artifact ${ref.key}`, folder, manifest));
    return { ref: found, folder, files };
  }

  async find(key: string): Promise<CheckpointRef | undefined> {
    const folder = await resolveInside(this.root, key);
    const manifest = await this.io(key, () => readManifest(folder));
    return manifest === undefined ? undefined : { key, sha256: hashText(manifest) };
  }

  async importFolder(
    sourceFolder: string,
    key: string,
    lease: WriterLease = NO_LEASE,
  ): Promise<CheckpointRef> {
    checkKey(key);
    return this.put(key, await copierOf(sourceFolder), lease);
  }

  async *list(prefix: string): AsyncIterable<ListedArtifact> {
    if (prefix !== '') checkKey(prefix);
    yield* this.below(prefix);
  }

  async writeFile(key: string, content: string | Uint8Array, lease: WriterLease = NO_LEASE): Promise<void> {
    const file = await resolveInside(this.root, key);
    await this.refuseNesting(key);
    const incoming = await this.newFolder();
    try {
      await this.io(key, async () => {
        await makeFolderDurably(this.root, dirname(file));
        const written = join(incoming, 'file');
        await writeSynced(written, content);
        await renameUnderLease(this.root, key, lease, basename(incoming), written, file);
        await sync(dirname(file));
      });
    } finally {
      await rm(incoming, { recursive: true, force: true });
    }
  }

  async remove(key: string, lease: WriterLease = NO_LEASE): Promise<boolean> {
    const folder = await resolveInside(this.root, key);
    await this.io(key, () => refuseSuperseded(this.root, key, lease));
    if ((await this.io(key, () => readManifest(folder))) === undefined) return false;
    const away = await this.newFolder();
    try {
      await this.io(key, async () => {
        // One rename removes the key; if this process dies after it, a sweep does the rest.
        await rename(folder, join(away, 'removed'));
        await sync(dirname(folder));
        // The run's own folder stays: another writer may be about to write into it.
        await this.removeEmpty(foldersAbove(key).slice(1));
      });
    } catch (error) {
      if (error instanceof UserError && isMissing(error.cause)) return false; // Another process removed it first.
      throw error;
    } finally {
      await rm(away, { recursive: true, force: true });
    }
    return true;
  }

  async sweep(): Promise<number> {
    return this.io(
      INCOMING,
      async () => (await sweepFolder(join(this.root, INCOMING))) + (await sweepLeases(this.root)),
    );
  }

  sweepAbandoned(): Promise<number> {
    return this.sweep(); // it also removes what other machines left a week ago
  }

  /** A new, empty folder on the store's file system; the caller removes it. */
  newFolder(): Promise<string> {
    return this.io(INCOMING, () => newIncoming(this.root));
  }

  /** Hashes what was written, adds the manifest and renames the folder to its key. */
  private async commit(
    key: string,
    incoming: string,
    target: string,
    lease: WriterLease,
  ): Promise<CheckpointRef> {
    const manifest = encodeManifest(await surveyFolder(incoming));
    const ref = { key, sha256: hashText(manifest) };
    await writeSynced(join(incoming, MANIFEST), manifest);
    await sync(incoming);
    await makeFolderDurably(this.root, dirname(target));
    try {
      await renameUnderLease(this.root, key, lease, basename(incoming), incoming, target);
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST', 'EPERM', 'ENOTDIR'].includes(codeOf(error) ?? '')) throw error;
      return this.alreadyThere(ref, target, error);
    }
    await sync(dirname(target));
    return ref;
  }

  /** Removes the folders of these keys, innermost first, as long as they are empty. */
  private async removeEmpty(keys: readonly string[]): Promise<void> {
    for (const key of keys.toReversed()) {
      try {
        await rmdir(join(this.root, key));
      } catch {
        return; // Not empty, or another process removed it first.
      }
    }
  }

  /** The key was taken before the rename. If by the same artifact, that is a success. */
  private async alreadyThere(ref: CheckpointRef, target: string, error: unknown): Promise<CheckpointRef> {
    const found = await readManifest(target);
    if (found !== undefined && hashText(found) === ref.sha256) {
      await sync(dirname(target)); // The writer that won may have died before its own sync.
      return ref;
    }
    if (found === undefined && !(await exists(target))) throw error;
    throw found === undefined ? placeTaken(ref.key) : otherContent(ref, hashText(found));
  }

  /** Nothing may be written inside an artifact: its manifest would no longer match. */
  private async refuseNesting(key: string): Promise<void> {
    for (const above of foldersAbove(key)) {
      if (await exists(join(this.root, above, MANIFEST))) throw insideArtifact(key, above);
    }
  }

  private async *below(key: string): AsyncIterable<ListedArtifact> {
    const folder = key === '' ? this.root : await resolveInside(this.root, key);
    const manifest = key === '' ? undefined : await this.io(key, () => readManifest(folder));
    if (manifest !== undefined) {
      yield { key, sha256: hashText(manifest), bytes: bytesOf(manifest) };
      return;
    }
    const entries = await this.io(key, () => readdir(folder, { withFileTypes: true })).catch(
      (error: unknown) => {
        if (isMissing(error instanceof UserError ? error.cause : error)) return [];
        throw error;
      },
    );
    const names = entries
      .filter((it) => it.isDirectory() && !it.name.startsWith('.'))
      .map(({ name }) => name);
    for (const name of names.sort()) yield* this.below(key === '' ? name : `${key}/${name}`);
  }

  private async missing(key: string, folder: string): Promise<UserError> {
    const what = (await exists(folder)) ? `has no ${MANIFEST}` : 'does not exist';
    return missingArtifact(key, what, this.root);
  }

  private async io<T>(key: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw asUserError(error, `store ${this.root}, ${key === '' ? 'listing' : key}`);
    }
  }
}
