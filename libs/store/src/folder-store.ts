/**
 * The artefact store on a local folder (or one that is mounted on every machine).
 *
 * An artefact grows in a folder of its own under `.incoming`; its files are hashed and synced, the manifest is written and
 * synced last, and one rename puts the folder under its key. Of two writers of a key one wins the rename and the other finds
 * it done. Readers verify every hash. (ARCHITECTURE.md, "Weights travel by reference".)
 */
import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '@soar/core';
import type { Artifact, ArtifactStore, CheckpointRef } from './artifacts.js';
import {
  asUserError,
  codeOf,
  exists,
  isMissing,
  makeFolder,
  replaceFile,
  sync,
  writeSynced,
} from './durable-files.js';
import { newIncoming, sweepIncoming } from './incoming.js';
import { checkKey, resolveInside } from './keys.js';
import {
  encodeManifest,
  hashText,
  isFileName,
  MANIFEST,
  parseManifest,
  readManifest,
  surveyFolder,
} from './manifest.js';
import { verifyArtifact } from './verify-artifact.js';

/**
 * Opens the store at `folder`, which is made when it is not there. Throws UserError FAILED_PRECONDITION when it cannot be a
 * store: a file stands there, or this user may not write.
 */
export async function openFolderStore(folder: string): Promise<ArtifactStore> {
  try {
    await mkdir(folder, { recursive: true });
    return new FolderStore(await realpath(folder));
  } catch (error) {
    throw asUserError(error, `store ${folder}`);
  }
}

class FolderStore implements ArtifactStore {
  constructor(private readonly root: string) {}

  async put(key: string, write: (folder: string) => Promise<void>): Promise<CheckpointRef> {
    const target = await resolveInside(this.root, key);
    await this.refuseNesting(key);
    const incoming = await this.io(key, () => newIncoming(this.root));
    try {
      await write(incoming);
      return await this.io(key, () => this.commit(key, incoming, target));
    } finally {
      await rm(incoming, { recursive: true, force: true });
    }
  }

  async open(ref: CheckpointRef): Promise<Artifact> {
    const folder = await resolveInside(this.root, ref.key);
    const manifest = await this.io(ref.key, () => readManifest(folder));
    if (manifest === undefined) throw await this.missing(ref.key, folder);
    const found = { key: ref.key, sha256: hashText(manifest) };
    if (ref.sha256 !== '' && ref.sha256 !== found.sha256) {
      const message =
        `artefact ${ref.key}: its manifest has SHA-256 ${found.sha256}, expected ${ref.sha256}; ` +
        'it is another artefact than the one referred to, or it was changed: restore it or refer to this one';
      throw new UserError(message, 'DATA_LOSS', ref.key);
    }
    const files = await this.io(ref.key, () => verifyArtifact(`artefact ${ref.key}`, folder, manifest));
    return { ref: found, folder, files };
  }

  async find(key: string): Promise<CheckpointRef | undefined> {
    const folder = await resolveInside(this.root, key);
    const manifest = await this.io(key, () => readManifest(folder));
    return manifest === undefined ? undefined : { key, sha256: hashText(manifest) };
  }

  async importFolder(sourceFolder: string, key: string): Promise<CheckpointRef> {
    checkKey(key);
    const where = `folder ${sourceFolder}`;
    const names = await plainFiles(sourceFolder, where);
    const manifest = await readManifest(sourceFolder);
    // An artefact that comes back (a promoted student, say) is checked against its own manifest, any other folder is new.
    if (manifest !== undefined && parseManifest(manifest) !== undefined) {
      await verifyArtifact(where, sourceFolder, manifest);
    }
    return this.put(key, async (incoming) => {
      for (const name of names) {
        const [from, to] = [join(sourceFolder, name), join(incoming, name)];
        await this.io(key, () => copyFile(from, to, constants.COPYFILE_FICLONE));
      }
    });
  }

  async *list(prefix: string): AsyncIterable<CheckpointRef> {
    if (prefix !== '') checkKey(prefix);
    yield* this.below(prefix);
  }

  async writeFile(key: string, content: string | Uint8Array): Promise<void> {
    const file = await resolveInside(this.root, key);
    await this.refuseNesting(key);
    const incoming = await this.io(key, () => newIncoming(this.root));
    try {
      await this.io(key, async () => {
        await makeFolder(this.root, dirname(file));
        await replaceFile(file, content, incoming);
      });
    } finally {
      await rm(incoming, { recursive: true, force: true });
    }
  }

  async sweep(): Promise<number> {
    return this.io('.incoming', () => sweepIncoming(this.root));
  }

  /** Hashes what was written, adds the manifest and gives the folder its name. */
  private async commit(key: string, incoming: string, target: string): Promise<CheckpointRef> {
    const manifest = encodeManifest(await surveyFolder(incoming));
    const ref = { key, sha256: hashText(manifest) };
    await writeSynced(join(incoming, MANIFEST), manifest);
    await sync(incoming);
    await makeFolder(this.root, dirname(target));
    try {
      await rename(incoming, target);
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST', 'EPERM', 'ENOTDIR'].includes(codeOf(error) ?? '')) throw error;
      return this.alreadyThere(ref, target, error);
    }
    await sync(dirname(target));
    return ref;
  }

  /** The rename lost to something under the key: the same artefact is a success. */
  private async alreadyThere(ref: CheckpointRef, target: string, error: unknown): Promise<CheckpointRef> {
    const found = await readManifest(target);
    if (found !== undefined && hashText(found) === ref.sha256) {
      await sync(dirname(target)); // The writer that won may have died before it did.
      return ref;
    }
    if (found === undefined && !(await exists(target))) throw error;
    const message =
      found === undefined
        ? `artefact ${ref.key}: something else stands in its place; move it away or choose another key`
        : `artefact ${ref.key}: exists with other content (manifest ${hashText(found)}, new ${ref.sha256}); artefacts are ` +
          'written once: choose another key or run id';
    throw new UserError(message, 'ALREADY_EXISTS', ref.key);
  }

  /** Nothing may stand inside an artefact: it would change what the manifest says. */
  private async refuseNesting(key: string): Promise<void> {
    const segments = key.split('/');
    for (let length = 1; length < segments.length; length++) {
      const above = segments.slice(0, length).join('/');
      if (!(await exists(join(this.root, above, MANIFEST)))) continue;
      const message = `key ${key}: ${above} is an artefact and takes nothing more; choose a key outside it`;
      throw new UserError(message, 'FAILED_PRECONDITION', 'key');
    }
  }

  private async *below(key: string): AsyncIterable<CheckpointRef> {
    const folder = key === '' ? this.root : await resolveInside(this.root, key);
    const manifest = key === '' ? undefined : await this.io(key, () => readManifest(folder));
    if (manifest !== undefined) {
      yield { key, sha256: hashText(manifest) };
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
    const what = (await exists(folder)) ? `there is no ${MANIFEST} in it` : 'there is nothing under this key';
    return new UserError(`artefact ${key}: ${what} in the store ${this.root}`, 'NOT_FOUND', key);
  }

  private async io<T>(key: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw asUserError(error, `store ${this.root}, ${key === '' ? 'listing' : key}`);
    }
  }
}

/** Names of the plain files in a folder from outside; links to files count, as in the Hugging Face cache. */
async function plainFiles(folder: string, where: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for (const name of (await readdir(folder)).sort()) {
      if (name.startsWith('.') || name === MANIFEST) continue;
      if (!(await stat(join(folder, name))).isFile()) continue;
      if (!isFileName(name)) {
        const message = `${where}: the file name ${JSON.stringify(name)} cannot be in an artefact; rename or remove it`;
        throw new UserError(message, 'INVALID_ARGUMENT', folder);
      }
      names.push(name);
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      const message = `${where}: not there, or a link in it leads nowhere; check the path`;
      throw new UserError(message, 'NOT_FOUND', folder, { cause: error });
    }
    if (codeOf(error) === 'ENOTDIR')
      throw new UserError(`${where}: is a file; name the folder`, 'INVALID_ARGUMENT', folder);
    throw asUserError(error, where);
  }
  if (names.length === 0) throw new UserError(`${where}: has no files in it`, 'NOT_FOUND', folder);
  return names;
}
