/**
 * Objects of one bucket below one prefix, over the AWS SDK. Every call has a deadline and a bounded number of
 * attempts. Every upload carries its SHA-256, which the server checks. Errors say what the user can do.
 *
 * Not here: the layout of objects (store.ts), multipart files (files.ts). API:
 * docs.aws.amazon.com/AmazonS3/latest/API.
 */
import { createHash } from 'node:crypto';
import { addAbortSignal, type Readable } from 'node:stream';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { retry, type RetryPolicy, UserError } from '@soar/core';
import type { S3Settings } from './config.js';
import { asS3Error, isAbsent, statusOf } from './errors.js';

/** One object of a listing. */
export interface Listed {
  /** Name below the prefix. */
  readonly name: string;
  readonly modifiedMs: number;
}

/** A byte range of an object. */
export interface Part {
  readonly from: number;
  readonly bytes: number;
}

const ATTEMPTS_MAX = 5;
const CONNECT_MS = 5_000;
/** Deadline of one call with all its attempts. */
const CALL_MS = 300_000;
const RETRY_POLICY = { attemptsMax: ATTEMPTS_MAX, firstWaitMs: 200, waitMsMax: 2_000 };
/** Pages of 1,000 objects. */
const PAGES_MAX = 100_000;
const DELETED_AT_ONCE_MAX = 1_000;

export class S3Bucket {
  private readonly client: S3Client;

  /** `prefix` is empty or ends in a slash; `where` names the store in messages. */
  constructor(
    readonly bucket: string,
    readonly prefix: string,
    readonly where: string,
    { endpoint, region, answerMs }: Pick<S3Settings, 'endpoint' | 'region' | 'answerMs'>,
  ) {
    this.client = new S3Client({
      ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
      ...(region === undefined ? {} : { region }),
      maxAttempts: ATTEMPTS_MAX,
      // Every upload carries its SHA-256 already, and reads are verified against the manifest.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: {
        connectionTimeout: CONNECT_MS,
        requestTimeout: answerMs,
        throwOnRequestTimeout: true,
        socketTimeout: answerMs,
      },
    });
  }

  /** Bucket and key of an object, as the SDK names them. */
  named(name: string): { Bucket: string; Key: string } {
    return { Bucket: this.bucket, Key: this.prefix + name };
  }

  /** Makes one call, within its deadline. Throws UserError. */
  async call<T>(send: (client: S3Client, options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
    try {
      return await send(this.client, { abortSignal: AbortSignal.timeout(CALL_MS) });
    } catch (error) {
      throw asS3Error(error, this.where);
    }
  }

  async has(name: string): Promise<boolean> {
    const command = new HeadObjectCommand(this.named(name));
    return (await orAbsent(this.call((client, options) => client.send(command, options)))) !== undefined;
  }

  /** The bytes of an object or of a part of it; undefined if it does not exist. They must fit into memory. */
  get(name: string, part?: Part): Promise<Buffer | undefined> {
    // An empty object has no valid range.
    const range =
      part === undefined || part.bytes === 0
        ? {}
        : { Range: `bytes=${part.from}-${part.from + part.bytes - 1}` };
    return orAbsent(this.call((client) => this.read(client, { ...this.named(name), ...range })));
  }

  async put(name: string, body: Uint8Array): Promise<void> {
    const command = new PutObjectCommand(this.upload(name, body));
    await this.call((client, options) => client.send(command, options));
  }

  /**
   * Writes an object unless one of this name exists; false if one does. A server without conditional writes
   * overwrites it: callers that must know read it back.
   */
  async putNew(name: string, body: Uint8Array): Promise<boolean> {
    const command = new PutObjectCommand({ ...this.upload(name, body), IfNoneMatch: '*' });
    // 409: another write of this name is in progress, and may still fail.
    const policy = { ...RETRY_POLICY, isTransient: (error: unknown) => statusOf(error) === 409 };
    return retry(policy, async () => {
      try {
        await this.call((client, options) => client.send(command, options));
        return true;
      } catch (error) {
        const status = statusOf(error);
        if (status === 412) return false;
        if (status !== 501) throw error;
        await this.put(name, body);
        return true;
      }
    });
  }

  /** Objects whose names start with `start`, in byte order: those after `after`, at most `limit`. */
  async *list(start: string, { after = '', limit = Infinity } = {}): AsyncIterable<Listed> {
    let token: string | undefined;
    let count = 0;
    for (let page = 0; page < PAGES_MAX; page++) {
      const command = new ListObjectsV2Command({
        Bucket: this.bucket,
        Prefix: this.prefix + start,
        ...(after === '' ? {} : { StartAfter: this.prefix + after }),
        ...(limit < 1_000 ? { MaxKeys: limit } : {}),
        ...(token === undefined ? {} : { ContinuationToken: token }),
      });
      const answer = await this.call((client, options) => client.send(command, options));
      for (const { Key = '', LastModified } of answer.Contents ?? []) {
        yield { name: Key.slice(this.prefix.length), modifiedMs: LastModified?.getTime() ?? Infinity };
        if (++count >= limit) return;
      }
      token = answer.NextContinuationToken;
      if (answer.IsTruncated !== true || token === undefined) return;
    }
  }

  /** Deletes objects. Missing ones are ignored. */
  async delete(names: readonly string[]): Promise<void> {
    for (let i = 0; i < names.length; i += DELETED_AT_ONCE_MAX) {
      const Objects = names.slice(i, i + DELETED_AT_ONCE_MAX).map((name) => ({ Key: this.prefix + name }));
      const command = new DeleteObjectsCommand({ Bucket: this.bucket, Delete: { Objects, Quiet: true } });
      const { Errors = [] } = await this.call((client, options) => client.send(command, options));
      const [first] = Errors;
      if (first === undefined) continue;
      const message = `${this.where}: ${first.Key} cannot be deleted (${first.Code}: ${first.Message})`;
      throw new UserError(message, 'FAILED_PRECONDITION', 'artifacts');
    }
  }

  /** The SDK retries a failed call, but not the reading of a body that is cut off. */
  private async read(
    client: S3Client,
    object: { Bucket: string; Key: string; Range?: string },
  ): Promise<Buffer> {
    const policy: RetryPolicy = {
      ...RETRY_POLICY,
      isTransient: (error) => error instanceof IncompleteBody,
      exhausted: (error) => {
        const message = `${this.where}: ${object.Key} cannot be read completely; check the server and try again`;
        return new UserError(message, 'UNAVAILABLE', 'artifacts', { cause: (error as IncompleteBody).cause });
      },
    };
    return retry(policy, async () => {
      const abortSignal = AbortSignal.timeout(CALL_MS);
      const { Body, ContentLength } = await client.send(new GetObjectCommand(object), { abortSignal });
      try {
        const chunks: Buffer[] = [];
        for await (const chunk of addAbortSignal(abortSignal, Body as Readable) as AsyncIterable<Buffer>)
          chunks.push(chunk);
        const body = Buffer.concat(chunks);
        if (ContentLength === undefined || body.length === ContentLength) return body;
        throw new Error(`the body ended after ${body.length} of ${ContentLength} bytes`);
      } catch (error) {
        throw new IncompleteBody(`${object.Key}: the body was cut off`, { cause: error });
      }
    });
  }

  private upload(name: string, body: Uint8Array) {
    return { ...this.named(name), Body: body, ChecksumSHA256: sha256Of(body) };
  }
}

/** A body that was cut off; the cause says why. */
class IncompleteBody extends Error {}

/** SHA-256 in base64, as S3 expects it. */
export function sha256Of(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('base64');
}

async function orAbsent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
