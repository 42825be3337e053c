/**
 * The artifact store on S3 or an S3-compatible server.
 *
 *   <prefix>/<key>/manifest.json                  the artifact: written last, once, on condition that none exists
 *   <prefix>/<key>/.data/<sha256>/<file name>     its files, each under the hash of its content
 *   <prefix>/<key>                                plain files (`writeFile`)
 *   <prefix>/.claims/<run>/<token>                fencing tokens of a run's writers (fence.ts)
 *   <prefix>/.store.json                          marks the prefix as a store, with its format
 *
 * Two writers of a key cannot harm each other: equal files have one name, different files have different names, and
 * one manifest wins. What the other one uploaded is swept. Reading the manifest back detects a server that ignores
 * conditions. Artifacts are read from a local copy (cache.ts). Calls, retries and deadlines: bucket.ts.
 */
import { join } from 'node:path';
import { UserError } from '@soar/core';
import { asUserError } from '@soar/files';
import { ArtifactCache } from './cache.js';
import {
  type Artifact,
  type ArtifactStore,
  type CheckpointRef,
  type WriterLease,
  type ListedArtifact,
  NO_LEASE,
} from '../store.js';
import type { S3Settings } from './config.js';
import { copierOf } from '../import-folder.js';
import { checkKey, compareKeys, foldersAbove } from '../keys.js';
import {
  bytesOf,
  encodeManifest,
  type Files,
  hashText,
  MANIFEST,
  parseManifest,
  surveyFolder,
} from '../manifest.js';
import { insideArtifact, missingArtifact, otherContent, placeTaken, requireReferredTo } from '../refusals.js';
import { S3Bucket } from './bucket.js';
import { S3Fence } from './fence.js';
import { abortUploads, downloadFile, uploadFile } from './files.js';
import type { S3Location } from './location.js';

const DATA = '.data';
const MARK = '.store.json';
const FORMAT = 1;
/** Uploads without a manifest after this time are abandoned. */
const ABANDONED_MS = 7 * 24 * 3600 * 1000;
/** Manifests that a listing reads concurrently. */
const READ_AT_ONCE_MAX = 32;
/** S3's own limit. */
const OBJECT_NAME_BYTES_MAX = 1024;

export class S3Store implements ArtifactStore {
  private readonly fence: S3Fence;

  private constructor(
    private readonly bucket: S3Bucket,
    private readonly url: string,
    private readonly cache: ArtifactCache,
  ) {
    this.fence = new S3Fence(bucket);
  }

  /**
   * Opens the store and marks it as one. Throws UserError if credentials, bucket or server are missing, or do not
   * allow writing.
   */
  static async open({ bucket, prefix, url }: S3Location, settings: S3Settings): Promise<S3Store> {
    const objects = new S3Bucket(bucket, prefix, `artifact store ${url}`, settings);
    const mark = Buffer.from(`${JSON.stringify({ format: FORMAT })}\n`);
    if (!(await objects.putNew(MARK, mark))) await requireFormat(objects);
    const cache = await ArtifactCache.open(settings.cacheFolder, settings.cacheBytesMax);
    return new S3Store(objects, url, cache);
  }

  async put(
    key: string,
    write: (folder: string) => Promise<void>,
    lease: WriterLease = NO_LEASE,
  ): Promise<CheckpointRef> {
    checkKey(key);
    await this.refuseNesting(key);
    await this.fence.pass(key, lease);
    return this.cache.inFolder(async (folder) => {
      await write(folder).catch((error: unknown) => {
        throw asUserError(error, `${this.url}, local folder of ${key}`);
      });
      const files = await surveyFolder(folder);
      const manifest = Buffer.from(encodeManifest(files));
      const ref = { key, sha256: hashText(manifest) };
      const found = await this.find(key);
      if (found === undefined) {
        await this.refusePlaceTaken(key);
        await this.upload(key, folder, files);
        await this.fence.pass(key, lease);
        await this.commit(ref, manifest);
      } else if (found.sha256 !== ref.sha256) throw otherContent(ref, found.sha256);
      return ref;
    });
  }

  async issue(fencingToken: number): Promise<void> {
    await this.fence.publish(fencingToken);
  }

  highestIssued(): Promise<number> {
    return this.fence.highestIssued();
  }

  async requireIssued(lease: WriterLease): Promise<void> {
    await this.fence.requireIssued(lease);
  }

  async open(ref: CheckpointRef): Promise<Artifact> {
    const manifest = await this.manifestOf(ref.key);
    if (manifest === undefined) throw await this.missing(ref.key);
    const found = { key: ref.key, sha256: hashText(manifest) };
    requireReferredTo(ref, found.sha256);
    const copy = await this.cache.copyOf(`artifact ${ref.key}`, manifest, (folder, files) =>
      this.download(ref.key, folder, files),
    );
    return { ...copy, ref: found };
  }

  async find(key: string): Promise<CheckpointRef | undefined> {
    const manifest = await this.manifestOf(key);
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
    const keys: string[] = [];
    for await (const { name } of this.bucket.list(prefix === '' ? '' : `${prefix}/`)) {
      const key = keyOfManifest(name);
      if (key !== undefined) keys.push(key);
    }
    keys.sort(compareKeys);
    for (let i = 0; i < keys.length; i += READ_AT_ONCE_MAX) {
      const some = keys.slice(i, i + READ_AT_ONCE_MAX);
      const manifests = await Promise.all(some.map((key) => this.manifestOf(key)));
      for (const [at, manifest] of manifests.entries())
        if (manifest !== undefined)
          yield { key: some[at]!, sha256: hashText(manifest), bytes: bytesOf(manifest) };
    }
  }

  async writeFile(key: string, content: string | Uint8Array, lease: WriterLease = NO_LEASE): Promise<void> {
    checkKey(key);
    await this.refuseNesting(key);
    if ((await this.manifestOf(key)) !== undefined) throw insideArtifact(key, key);
    await this.fence.pass(key, lease);
    await this.bucket.put(key, Buffer.from(content));
  }

  async remove(key: string, lease: WriterLease = NO_LEASE): Promise<boolean> {
    checkKey(key);
    await this.fence.pass(key, lease);
    if ((await this.manifestOf(key)) === undefined) return false;
    await this.bucket.delete([`${key}/${MANIFEST}`]);
    const names: string[] = [];
    for await (const { name } of this.bucket.list(`${key}/${DATA}/`)) names.push(name);
    await this.bucket.delete(names);
    return true;
  }

  async sweep(): Promise<number> {
    return this.cache.sweep();
  }

  async sweepAbandoned(): Promise<number> {
    const before = Date.now() - ABANDONED_MS;
    const old: string[] = [];
    for await (const { name, modifiedMs } of this.bucket.list(''))
      if (modifiedMs < before && name.includes(`/${DATA}/`)) old.push(name);
    const useless: string[] = [];
    let [key, needed] = ['', new Set<string>()];
    for (const name of old) {
      const owner = name.slice(0, name.indexOf(`/${DATA}/`));
      // The objects of one artifact are adjacent.
      if (owner !== key) [key, needed] = [owner, await this.objectsOf(owner)];
      if (!needed.has(name)) useless.push(name);
    }
    await this.bucket.delete(useless);
    return useless.length + (await abortUploads(this.bucket, before));
  }

  /** Names of the objects that an artifact consists of; none if it does not exist. */
  private async objectsOf(key: string): Promise<Set<string>> {
    const manifest = await this.manifestOf(key);
    const files = manifest === undefined ? undefined : parseManifest(manifest);
    return new Set([...(files ?? [])].map(([name, { sha256 }]) => dataName(key, name, sha256)));
  }

  private manifestOf(key: string): Promise<Buffer | undefined> {
    checkKey(key);
    return this.bucket.get(`${key}/${MANIFEST}`);
  }

  private async upload(key: string, folder: string, files: Files): Promise<void> {
    for (const [name, file] of files) {
      const object = dataName(key, name, file.sha256);
      if (Buffer.byteLength(object) > OBJECT_NAME_BYTES_MAX) {
        const message = `artifact ${key}: the file name ${JSON.stringify(name)} is too long for ${this.bucket.where}`;
        throw new UserError(message, 'INVALID_ARGUMENT', 'key');
      }
      await uploadFile(this.bucket, object, join(folder, name), file.bytes);
    }
  }

  private async download(key: string, folder: string, files: Files): Promise<void> {
    for (const [name, { sha256, bytes }] of files) {
      const object = dataName(key, name, sha256);
      if (await downloadFile(this.bucket, object, join(folder, name), bytes)) continue;
      const message = `artifact ${key}: ${name} is missing; restore it from a copy or make the artifact again`;
      throw new UserError(message, 'DATA_LOSS', key);
    }
  }

  /** Publishes the artifact. If the same artifact exists already, that is a success. */
  private async commit(ref: CheckpointRef, manifest: Uint8Array): Promise<void> {
    await this.bucket.putNew(`${ref.key}/${MANIFEST}`, manifest);
    const found = await this.find(ref.key);
    if (found === undefined) throw await this.missing(ref.key); // Removed meanwhile.
    if (found.sha256 !== ref.sha256) throw otherContent(ref, found.sha256);
  }

  /** Nothing may be written inside an artifact. */
  private async refuseNesting(key: string): Promise<void> {
    const above = foldersAbove(key);
    const found = await Promise.all(above.map((folder) => this.bucket.has(`${folder}/${MANIFEST}`)));
    const artifact = above.find((_, i) => found[i]);
    if (artifact !== undefined) throw insideArtifact(key, artifact);
  }

  /** An artifact cannot replace a plain file or a non-empty folder. */
  private async refusePlaceTaken(key: string): Promise<void> {
    if (await this.bucket.has(key)) throw placeTaken(key);
    for await (const { name } of this.bucket.list(`${key}/`)) {
      // Another writer of the same artifact may be uploading, or may have died.
      if (!name.startsWith(`${key}/${DATA}/`) && name !== `${key}/${MANIFEST}`) throw placeTaken(key);
    }
  }

  private async missing(key: string): Promise<UserError> {
    for await (const _ of this.bucket.list(`${key}/`, { limit: 1 }))
      return missingArtifact(key, `has no ${MANIFEST}`, this.url);
    return missingArtifact(key, 'does not exist', this.url);
  }
}

function dataName(key: string, name: string, sha256: string): string {
  return `${key}/${DATA}/${sha256}/${name}`;
}

function keyOfManifest(name: string): string | undefined {
  const end = `/${MANIFEST}`;
  return name.endsWith(end) && !name.includes(`/${DATA}/`) ? name.slice(0, -end.length) : undefined;
}

async function requireFormat(objects: S3Bucket): Promise<void> {
  const mark = (await objects.get(MARK))?.toString('utf8') ?? '';
  if (mark.includes(`"format":${FORMAT}}`)) return;
  const message =
    `${objects.where}: ${MARK} says ${JSON.stringify(mark.slice(0, 80))}, expected format ${FORMAT}; ` +
    'update the software or choose another prefix';
  throw new UserError(message, 'FAILED_PRECONDITION', 'artifacts');
}
