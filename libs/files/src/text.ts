/**
 * Bytes as text: UTF-8, with or without a byte order mark, and nothing else. A byte that is no UTF-8 is named with its
 * line, and a file that is something else altogether (a Git LFS pointer, a web page, an archive) with what it is, so
 * that every reader gives the same answer to the same file.
 */
import { UserError } from '@soar/core';

/** The text of a whole file; every message starts with `source`. Throws UserError. */
export function decodeText(bytes: Uint8Array, source: string): string {
  refuseForeign(bytes, source);
  return decode(bytes, source, 1, true);
}

/** As `decodeText`, of a stream of chunks of any size: the same text in pieces. Throws UserError. */
export async function* decodeChunks(
  chunks: AsyncIterable<Uint8Array>,
  source: string,
): AsyncGenerator<string> {
  let kept: Uint8Array = new Uint8Array(0);
  let line = 1;
  let isFirst = true;
  for await (const chunk of chunks) {
    const bytes = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
    if (isFirst) refuseForeign(bytes, source);
    const end = wholeCharacters(bytes);
    kept = bytes.subarray(end);
    if (end === 0) continue;
    const text = decode(bytes.subarray(0, end), source, line, isFirst);
    isFirst = false;
    line += linesIn(text);
    yield text;
  }
  if (kept.length > 0) yield decode(kept, source, line, isFirst);
}

/** First bytes of files that are no text, what they are, and what to do. */
const FOREIGN: readonly (readonly [RegExp, string])[] = [
  [/^version https:\/\/git-lfs/, 'a Git LFS pointer, not the file itself; get it with "git lfs pull"'],
  [/^\s*<(!doctype html|html)/i, 'a web page; download the file itself'],
  [/^(\xff\xfe|\xfe\xff)/, 'UTF-16 text; save it as UTF-8'],
  [/^\x1f\x8b/, 'compressed by gzip; decompress it'],
  [/^\x28\xb5\x2f\xfd/, 'compressed by Zstandard; decompress it (zstd -d)'],
  [/^BZh\d/, 'compressed by bzip2; decompress it (bunzip2)'],
  [/^\xfd7zXZ/, 'compressed by xz; decompress it (unxz)'],
  [/^7z\xbc\xaf/, 'a 7z archive; unpack it'],
  [/^PK[\x03\x05]/, 'a zip archive; unpack it'],
  [/^PAR1/, 'a Parquet file, where text is expected'],
  [/^SQLite format 3/, 'an SQLite database; export its table as CSV'],
  [/[\x00-\x06\x0e-\x1a]/, 'no text and in no format that is known'],
];

/** Refuses a file by its first bytes. Throws UserError. */
function refuseForeign(bytes: Uint8Array, source: string): void {
  const head = Buffer.from(bytes.subarray(0, 256)).toString('latin1');
  const found = FOREIGN.find(([signature]) => signature.test(head));
  if (found !== undefined) throw new UserError(`${source}: is ${found[1]}`, 'INVALID_ARGUMENT', source);
}

/** Decodes whole characters that begin in line `line`. */
function decode(bytes: Uint8Array, source: string, line: number, isStart: boolean): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: !isStart }).decode(bytes);
  } catch (error) {
    // Decoded leniently, the first replacement character stands where the first wrong byte is.
    const before = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).split('\ufffd', 1)[0]!;
    const byte = bytes[Buffer.byteLength(before)]!;
    const shown = before.slice(-20).split('\n').at(-1)!;
    const place = shown === '' ? '' : ` after ${JSON.stringify(shown)}`;
    throw new UserError(
      `${source}:${line + linesIn(before)}: not UTF-8: byte 0x${byte.toString(16)}${place} ` +
        `(in Latin-1: "${String.fromCharCode(byte)}"); ` +
        'convert the file: iconv -f latin1 -t utf8',
      'INVALID_ARGUMENT',
      source,
      { cause: error },
    );
  }
}

/** Length of `bytes` without a character that is cut off at the end. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue; // a later byte of a character
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

function linesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
