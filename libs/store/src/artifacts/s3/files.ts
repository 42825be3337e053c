/**
 * Uploads and downloads files in parts. A part is held in memory, so that it can be retried; its size depends only on
 * the length of the file. A file of several parts is a multipart upload, which is visible only once complete.
 */
import { open, type FileHandle } from 'node:fs/promises';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { mapConcurrent } from '@soar/core';
import { type Part, type S3Bucket, sha256Of } from './bucket.js';

const PART_BYTES_MIN = 8 * 2 ** 20;
const PARTS_MAX = 10_000;
const PARTS_IN_FLIGHT_MAX = 4;

/** Uploads a file of `bytes` bytes. */
export async function uploadFile(bucket: S3Bucket, name: string, path: string, bytes: number): Promise<void> {
  const file = await open(path, 'r');
  try {
    const parts = partsOf(bytes);
    if (parts.length === 1) await bucket.put(name, await readPart(file, parts[0]!));
    else await uploadParts(bucket, name, file, parts);
  } finally {
    await file.close();
  }
}

/**
 * Downloads an object of `bytes` bytes into a new file; false if it does not exist. The caller checks its hash.
 */
export async function downloadFile(
  bucket: S3Bucket,
  name: string,
  path: string,
  bytes: number,
): Promise<boolean> {
  const file = await open(path, 'wx');
  let there = true;
  try {
    await mapConcurrent(partsOf(bytes), PARTS_IN_FLIGHT_MAX, async (part) => {
      const body = there ? await bucket.get(name, part) : undefined;
      if (body === undefined) there = false;
      else await file.write(body, 0, body.length, part.from);
    });
    return there;
  } finally {
    await file.close();
  }
}

/** Aborts multipart uploads that were started before `beforeMs` and never completed; returns how many. */
export async function abortUploads(bucket: S3Bucket, beforeMs: number): Promise<number> {
  const list = new ListMultipartUploadsCommand({ Bucket: bucket.bucket, Prefix: bucket.prefix });
  const { Uploads = [] } = await bucket.call((client, options) => client.send(list, options));
  const old = Uploads.filter(({ Initiated }) => (Initiated?.getTime() ?? Infinity) < beforeMs);
  for (const { Key, UploadId } of old) {
    const abort = new AbortMultipartUploadCommand({ Bucket: bucket.bucket, Key, UploadId });
    await bucket.call((client, options) => client.send(abort, options));
  }
  return old.length;
}

async function uploadParts(
  bucket: S3Bucket,
  name: string,
  file: FileHandle,
  parts: readonly Part[],
): Promise<void> {
  const object = bucket.named(name);
  const create = new CreateMultipartUploadCommand({ ...object, ChecksumAlgorithm: 'SHA256' });
  const { UploadId } = await bucket.call((client, options) => client.send(create, options));
  const done: { PartNumber: number; ETag: string | undefined; ChecksumSHA256: string }[] = [];
  try {
    await mapConcurrent(parts, PARTS_IN_FLIGHT_MAX, async (part, i) => {
      const Body = await readPart(file, part);
      const numbered = { PartNumber: i + 1, ChecksumSHA256: sha256Of(Body) };
      const upload = new UploadPartCommand({ ...object, ...numbered, UploadId, Body });
      const { ETag } = await bucket.call((client, options) => client.send(upload, options));
      done[i] = { ...numbered, ETag };
    });
    const MultipartUpload = { Parts: done };
    const complete = new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload });
    await bucket.call((client, options) => client.send(complete, options));
  } catch (error) {
    const abort = new AbortMultipartUploadCommand({ ...object, UploadId });
    // The first error is the one to report; what cannot be aborted now is swept later.
    await bucket.call((client, options) => client.send(abort, options)).catch(() => undefined);
    throw error;
  }
}

/** The parts of a file; at least one. */
function partsOf(bytes: number): Part[] {
  const size = Math.max(PART_BYTES_MIN, Math.ceil(bytes / PARTS_MAX));
  return Array.from({ length: Math.max(1, Math.ceil(bytes / size)) }, (_, i) => ({
    from: i * size,
    bytes: Math.min(size, bytes - i * size),
  }));
}

async function readPart(file: FileHandle, { from, bytes }: Part): Promise<Buffer> {
  const body = Buffer.alloc(bytes);
  if (bytes > 0) await file.read(body, 0, bytes, from);
  return body;
}
