/**
 * Rows of a file in any of the formats that problems come in: JSON Lines, JSON, CSV, Parquet, Arrow, plain or in gzip
 * or zip. The format is that of the bytes; a name decides only between formats of text.
 */
import type { Readable } from 'node:stream';
import { messageOf, UserError } from '@soar/core';
import { decodeChunks } from '@soar/files';
import { contentOf, expandedFrom, gunzip, type Content } from './content.js';
import { csvRows } from './csv.js';
import { jsonLinesRows, jsonRows } from './json.js';
import { arrowRows } from './arrow.js';
import { parquetRows } from './parquet.js';
import type { Row } from './row.js';
import { chooseFiles, type SplitChoice } from './splits.js';

/** Entries of an archive. */
const ENTRIES_MAX = 100_000;

/** The rows of the file at `path` ("-": standard input), one at a time. Throws UserError. */
export async function* readRows(path: string, choice: SplitChoice = {}): AsyncGenerator<Row> {
  const content = await contentOf(path);
  if (content.path !== undefined && isZip(content.head)) yield* zipRows(content.path, choice);
  else if (isGzip(content.head)) yield* rowsOf(await unpacked(content), choice);
  else yield* rowsOf(content, choice);
}

/** Rows of a content that is not packed; what is packed twice is refused as no text. */
function rowsOf(content: Content, { split, preferred }: SplitChoice): AsyncGenerator<Row> {
  const { name, head, chunks } = content;
  if (startsWith(head, 'PAR1')) return parquetRows(content);
  if (startsWith(head, 'ARROW1') || startsWith(head, '\xff\xff\xff\xff')) return arrowRows(content);
  const text = decodeChunks(chunks, name);
  if (/\.(csv|tsv)(\.gz)?$/i.test(name)) return csvRows(text, name);
  const isList = /^(\xef\xbb\xbf)?\s*\[/.test(Buffer.from(head).toString('latin1'));
  if (isList || /\.json(\.gz)?$/i.test(name)) return jsonRows(text, name, split ?? preferred);
  return jsonLinesRows(text, name);
}

function unpacked(content: Content): Promise<Content> {
  return expandedFrom(content.name, gunzip(content), content.size);
}

/** Rows of the problem files in a zip archive, one file after the other. */
async function* zipRows(path: string, choice: SplitChoice): AsyncGenerator<Row> {
  const { openPromise } = await import('yauzl');
  const reading = async <T>(read: () => Promise<T>): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      const message = `${path}: cannot be read as a zip archive: ${messageOf(error)}; is it complete?`;
      throw new UserError(message, 'DATA_LOSS', path, { cause: error });
    }
  };
  const archive = await reading(() => openPromise(path, { autoClose: false }));
  try {
    if (archive.entryCount > ENTRIES_MAX)
      throw new UserError(`${path}: holds ${archive.entryCount} files; expected at most ${ENTRIES_MAX}`);
    const entries = await reading(async () => {
      const found = [];
      for await (const entry of archive.eachEntry()) found.push(entry);
      return new Map(found.map((entry) => [entry.fileName, entry]));
    });
    for (const name of chooseFiles([...entries.keys()], choice, path)) {
      const entry = entries.get(name)!;
      const stream = await reading(() => archive.openReadStreamPromise(entry));
      const content = await expandedFrom(`${path}/${name}`, expanding(stream, path), entry.compressedSize);
      yield* rowsOf(isGzip(content.head) ? await unpacked(content) : content, choice);
    }
  } finally {
    archive.close();
  }
}

/** An entry's bytes. One that is damaged, or longer than the archive says, ends in a UserError. */
async function* expanding(stream: Readable, path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* stream as AsyncIterable<Uint8Array>;
  } catch (error) {
    const message = `${path}: is damaged: ${messageOf(error)}; get it again`;
    throw new UserError(message, 'DATA_LOSS', path, { cause: error });
  }
}

function isGzip(head: Uint8Array): boolean {
  return startsWith(head, '\x1f\x8b');
}

function isZip(head: Uint8Array): boolean {
  return startsWith(head, 'PK\x03\x04') || startsWith(head, 'PK\x05\x06');
}

function startsWith(head: Uint8Array, signature: string): boolean {
  return Buffer.from(head.subarray(0, signature.length)).toString('latin1') === signature;
}
