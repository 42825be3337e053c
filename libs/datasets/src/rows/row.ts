/** A row of a problem file, whatever the file's format. */
import { isUtf8 } from 'node:buffer';

export type Fields = Readonly<Record<string, unknown>>;

export interface Row {
  /** File and line ("pool.jsonl:3"), or file and row where a format has no lines ("pool.parquet: row 3"); from 1. */
  readonly place: string;
  /** Its fields as JSON has them; undefined if the row cannot be read. */
  readonly fields?: Fields;
  /** Why it cannot be read. */
  readonly error?: string;
}

/** Longest bytes that may be a text, if a column does not say so. */
const TEXT_BYTES_MAX = 2 ** 20;

/**
 * A value of a binary format as JSON would have it: whole numbers beyond 2^53 and dates as text, typed arrays as lists.
 * Bytes that are no text (pictures) are left out.
 */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array)
    return value.length <= TEXT_BYTES_MAX && isUtf8(value) ? Buffer.from(value).toString() : undefined;
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, plain);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return plainFields(value);
}

export function plainFields(record: object): Fields {
  const entries = Object.entries(record).map(([name, value]) => [name, plain(value)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
