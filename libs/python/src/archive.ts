/**
 * A ZIP archive whose bytes follow from its files alone: entries in the order given, stored without compression (what
 * a compressor writes depends on its version), dated 1980, with fixed rights. No more of the format than wheels need:
 * no ZIP64, so 4 GiB in all. Source: PKWARE's APPNOTE.TXT, version 6.3.3.
 */
import { crc32 } from 'node:zlib';

/** A file of an archive. */
export interface ArchivedFile {
  /** With '/' between segments. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
/** Version 2.0 of the format. */
const VERSION = 20;
/** Made on Unix, so that the rights below are read. */
const MADE_BY = (3 << 8) | VERSION;
/** Names are UTF-8. */
const FLAGS = 1 << 11;
/** 1980-01-01, the first day that the format knows: (year - 1980) << 9 | month << 5 | day. */
const DATE = (1 << 5) | 1;
/** A regular file, rw-r--r--. */
const RIGHTS = 0o100644 * 2 ** 16;

export function zip(files: readonly ArchivedFile[]): Uint8Array {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { path, bytes } of files) {
    const name = Buffer.from(path);
    const crc = crc32(bytes);
    // Fields that both headers have: flags, method 0 (stored), time, date, CRC, both sizes, length of the name.
    const shared = Buffer.alloc(22);
    shared.writeUInt16LE(FLAGS, 0);
    shared.writeUInt16LE(DATE, 6);
    shared.writeUInt32LE(crc, 8);
    shared.writeUInt32LE(bytes.length, 12);
    shared.writeUInt32LE(bytes.length, 16);
    shared.writeUInt16LE(name.length, 20);
    local.push(header(LOCAL, [VERSION]), shared, Buffer.alloc(2), name, Buffer.from(bytes));
    const rest = Buffer.alloc(16); // extra field, comment, disk, attributes, then rights and offset
    rest.writeUInt32LE(RIGHTS, 8);
    rest.writeUInt32LE(offset, 12);
    central.push(header(CENTRAL, [MADE_BY, VERSION]), shared, rest, name);
    offset += 30 + name.length + bytes.length;
  }
  const directory = Buffer.concat(central);
  const end = header(END, [0, 0, files.length, files.length, 0, 0, 0, 0, 0]);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, directory, end]);
}

function header(signature: number, numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 + 2 * numbers.length);
  bytes.writeUInt32LE(signature, 0);
  numbers.forEach((number, i) => bytes.writeUInt16LE(number, 4 + 2 * i));
  return bytes;
}
