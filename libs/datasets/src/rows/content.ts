/**
 * The bytes of a file, of standard input, or of what is packed inside of them, in bounded pieces: whatever a file
 * expands to is counted while it expands.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { messageOf, UserError } from '@soar/core';
import { asUserError, isMissing } from '@soar/files';

export interface Content {
  /** For messages, and for its suffix: "pool.zip/train.jsonl". */
  readonly name: string;
  /** Its path, if it lies on disk as it is. */
  readonly path?: string;
  /** The first bytes, at most HEAD_BYTES. */
  readonly head: Uint8Array;
  /** All bytes, the first ones included; to be read once. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Number of bytes, if it is known before they are read. */
  readonly size?: number;
}

const HEAD_BYTES = 512;
/** Most bytes that are read of one file. */
const STREAMED_BYTES_MAX = 4 * 2 ** 30;
/** Text shrinks to a tenth; what expands more than a hundredfold is no text, unless it is small. */
const EXPANSION_MAX = 100;
const EXPANDED_BYTES_FREE = 64 * 2 ** 20;
/** Most bytes that a stream of unknown size may expand to. */
const EXPANDED_BYTES_MAX = 2 ** 30;
/** Most bytes of a file that has to be held whole. */
const HELD_BYTES_MAX = 2 ** 30;

/** The file at `path`; "-" is standard input. Throws UserError NOT_FOUND or FAILED_PRECONDITION. */
export async function contentOf(path: string): Promise<Content> {
  if (path === '-') return contentFrom('stdin', bounded(process.stdin, 'stdin', STREAMED_BYTES_MAX));
  try {
    const handle = await open(path);
    try {
      const stats = await handle.stat();
      if (stats.isDirectory())
        throw new UserError(`${path}: is a folder, where a file is expected`, 'INVALID_ARGUMENT', path);
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      const head = buffer.subarray(0, bytesRead);
      const chunks = bounded(createReadStream(path), path, STREAMED_BYTES_MAX);
      return { name: path, path, head, chunks, size: stats.size };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isMissing(error)) throw new UserError(`${path}: not found`, 'NOT_FOUND', path, { cause: error });
    throw asUserError(error, path);
  }
}

/** What is expanded from a packed content of `packedSize` bytes, if that is known. */
export function expandedFrom(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  packedSize: number | undefined,
): Promise<Content> {
  const bytesMax =
    packedSize === undefined
      ? EXPANDED_BYTES_MAX
      : Math.min(STREAMED_BYTES_MAX, Math.max(EXPANDED_BYTES_FREE, EXPANSION_MAX * packedSize));
  const what = 'text does not shrink that far: if it is meant, unpack it first';
  return contentFrom(name, bounded(chunks, name, bytesMax, what));
}

async function contentFrom(name: string, chunks: AsyncIterable<Uint8Array>): Promise<Content> {
  const rest = chunks[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  for (let length = 0; length < HEAD_BYTES; length += first.at(-1)!.length) {
    const { done, value } = await rest.next();
    if (done === true) break;
    first.push(value);
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    yield* first;
    yield* { [Symbol.asyncIterator]: () => rest };
  }
  return { name, head: Buffer.concat(first).subarray(0, HEAD_BYTES), chunks: all() };
}

/** The content of a gzip file. Its errors say that the file is cut off or damaged. */
export async function* gunzip({ name, chunks }: Content): AsyncGenerator<Uint8Array> {
  const unpacked = createGunzip();
  // An error of either side ends the loop below; the reader may also stop early, which is no error.
  pipeline(chunks, unpacked).catch(() => undefined);
  try {
    yield* unpacked as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (error instanceof UserError) throw error;
    const what = /unexpected end/.test(messageOf(error)) ? 'is cut off' : 'is damaged';
    throw new UserError(`${name}: ${what}: gzip: ${messageOf(error)}; get it again`, 'DATA_LOSS', name, {
      cause: error,
    });
  }
}

/** All bytes of a content, for formats that cannot be read in one pass. Throws UserError if they are too many. */
export async function wholeOf({ name, chunks }: Content): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  for await (const chunk of bounded(chunks, name, HELD_BYTES_MAX, 'this format is held whole: split it'))
    parts.push(chunk);
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The chunks, up to `bytesMax`; more than that is a UserError that says `what` to do. */
async function* bounded(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  bytesMax: number,
  what = 'split it',
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > bytesMax) {
      const message = `${name}: more than ${Math.round(bytesMax / 2 ** 20)} MiB; ${what}`;
      throw new UserError(message, 'INVALID_ARGUMENT', name);
    }
    yield chunk;
  }
}
