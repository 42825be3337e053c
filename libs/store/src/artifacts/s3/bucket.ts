/**
 * Objects of one bucket below one prefix, over the AWS SDK. Every call has a deadline and a bounded number of attempts,
 * every upload carries its SHA-256, which the server checks, and what fails is told as what a user can mend.
 *
 * Not here: what the objects mean (store.ts), files in parts (files.ts). API: docs.aws.amazon.com/AmazonS3/latest/API.
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
  /** Below the prefix. */
  readonly name: string;
  readonly modifiedMs: number;
}

/** A piece of an object. */
export interface Part {
  readonly from: number;
  readonly bytes: number;
}

const ATTEMPTS_MAX = 5;
const CONNECT_MS = 5_000;
/** Longest time for one call with all its attempts. */
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
      // Our own SHA-256 goes with every upload; what is read is held against the manifest.
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

  /** An object's bytes, or those of a part of it; undefined where it is not there. For what fits into memory. */
  get(name: string, part?: Part): Promise<Buffer | undefined> {
    // Nothing can be asked for of an empty object but the whole.
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
   * Writes an object unless there is one of this name; false where there is. A server that knows no conditions writes
   * it in any case: whoever must know reads it back.
   */
  async putNew(name: string, body: Uint8Array): Promise<boolean> {
    const command = new PutObjectCommand({ ...this.upload(name, body), IfNoneMatch: '*' });
    // 409: another write of this name is under way, and may still fail.
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

  /** Objects whose names begin with `start`, in order of their bytes; those after `after`, at most `limit`. */
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

  /** Deletes objects; those that are not there are no matter. */
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

  /** The SDK repeats a call that failed, but not the reading of an answer that breaks off. */
  private async read(
    client: S3Client,
    object: { Bucket: string; Key: string; Range?: string },
  ): Promise<Buffer> {
    const policy: RetryPolicy = {
      ...RETRY_POLICY,
      isTransient: (error) => error instanceof BrokenOff,
      exhausted: (error) => {
        const message = `${this.where}: ${object.Key} cannot be read to its end; check the server and try again`;
        return new UserError(message, 'UNAVAILABLE', 'artifacts', { cause: (error as BrokenOff).cause });
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
        throw new Error(`the answer ended after ${body.length} of ${ContentLength} bytes`);
      } catch (error) {
        throw new BrokenOff(`${object.Key}: the answer broke off`, { cause: error });
      }
    });
  }

  private upload(name: string, body: Uint8Array) {
    return { ...this.named(name), Body: body, ChecksumSHA256: sha256Of(body) };
  }
}

/** An answer that began and did not come to its end; its cause says why. */
class BrokenOff extends Error {}

/** SHA-256 as S3 writes it. */
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
