/**
 * The record of a result, an artifact of its own: the request and what came of it. The record of `a/b` is `a/b.record`.
 * A checkpoint then holds nothing but the model, so that equal weights have equal hashes, whatever the run is called.
 *
 * The record is written first and the checkpoint last: a checkpoint without a record was not made here, and a record
 * without a checkpoint is of work that was interrupted and is done again.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@soar/core';
import { writeJson } from '@soar/runtime';
import type { ArtifactStore, CheckpointRef, WriterLease } from '@soar/store';

const FILE = 'record.json';
const FORMAT = 1;

/** A checkpoint that was made here, and its record. */
export interface Found {
  readonly checkpoint: CheckpointRef;
  /** SHA-256 of the request. */
  readonly askedSha256: string;
  /** The result, as it was written. */
  readonly made: unknown;
}

/** What was made under this id; undefined where nothing was. Throws UserError where something else stands there. */
export async function findMade(store: ArtifactStore, id: string): Promise<Found | undefined> {
  const checkpoint = await store.find(id);
  if (checkpoint === undefined) return undefined;
  const record = await store.find(keyOf(id));
  if (record === undefined) {
    throw new UserError(
      `${id}: another artifact stands under this id; choose another id`,
      'ALREADY_EXISTS',
      'id',
    );
  }
  await store.open(checkpoint);
  const { folder } = await store.open(record);
  const json = JSON.parse(await readFile(join(folder, FILE), 'utf8')) as {
    format: number;
    askedSha256: string;
    made: unknown;
  };
  if (json.format !== FORMAT) {
    throw new UserError(
      `${id}: its record has format ${json.format}, this version reads ${FORMAT}; choose another id`,
      'FAILED_PRECONDITION',
      'id',
    );
  }
  return { checkpoint, askedSha256: json.askedSha256, made: json.made };
}

/**
 * As `findMade`, but removes a damaged result under the caller's lease, so that it is made again: equal requests make
 * equal bytes. `onDamage` is called with the reason.
 */
export async function findWhole(
  store: ArtifactStore,
  id: string,
  lease: WriterLease,
  onDamage: (line: string) => void,
): Promise<Found | undefined> {
  try {
    return await findMade(store, id);
  } catch (error) {
    if (!(error instanceof UserError && error.reason === 'DATA_LOSS')) throw error;
    onDamage(`${id} is made again: ${error.message}`);
    for (const key of [id, keyOf(id)]) await store.remove(key, lease);
    return undefined;
  }
}

/** Stores a result under the caller's lease: first the record, then the checkpoint that `save` writes. */
export async function keepMade(
  store: ArtifactStore,
  id: string,
  { askedSha256, made }: Omit<Found, 'checkpoint'>,
  save: (folder: string) => Promise<void>,
  lease: WriterLease,
): Promise<CheckpointRef> {
  const record = { format: FORMAT, askedSha256, made };
  await store.put(keyOf(id), async (folder) => writeJson(join(folder, FILE), record), lease);
  return store.put(id, save, lease);
}

function keyOf(id: string): string {
  return `${id}.record`;
}
