/**
 * A run as a file of JSON Lines, for scripts: a line for every record, appended as it comes. A file that a killed
 * process left is continued; the half of a line that it may end with is cut off first.
 */
import { existsSync } from 'node:fs';
import { appendFile, open, readFile, stat, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolders } from '@soar/files';
import { placeOf } from '../place.js';
import type { Dated, RunRecord, TrackerRecord } from '../records/record.js';
import { Written } from '../records/written.js';
import type { Reported, Tracker } from '../tracker.js';

/** Of one line: a question or a configuration may be long, and a file of something else has no lines. */
const LINE_BYTES_MAX = 16 * 1024 * 1024;
const LF = 0x0a;

export class JsonLinesFile implements Tracker {
  private constructor(
    readonly path: string,
    private readonly written: Written,
  ) {}

  /** Opens `<id>.jsonl` in a folder. Throws UserError and errors of the system. */
  static async open(folder: string, head: RunRecord): Promise<JsonLinesFile> {
    return JsonLinesFile.at(await placeOf(folder, head.run, '.jsonl', (path) => isOf(path, head)));
  }

  /** A file at this path, new or continued. */
  static async at(path: string): Promise<JsonLinesFile> {
    const written = new Written();
    makeFolders(dirname(path));
    if (existsSync(path)) await truncate(path, await eachLine(path, (record) => written.add(record)));
    return new JsonLinesFile(path, written);
  }

  has(record: TrackerRecord): boolean {
    return this.written.has(record);
  }

  async write(items: readonly Dated[]): Promise<void> {
    const fresh = this.written.fresh(items);
    if (fresh.length === 0) return;
    await appendFile(this.path, jsonLines(fresh.map(({ record }) => record)));
    for (const { record } of fresh) this.written.add(record);
  }

  close(): Promise<Reported> {
    return Promise.resolve({
      place: this.path,
      what: 'scalars, parameters, results and questions, one a line',
    });
  }
}

export function jsonLines(records: readonly TrackerRecord[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}

/** Whether the file begins with this run, and does not end as an export of what was there of it. */
async function isOf(path: string, head: RunRecord): Promise<boolean> {
  let lines = 0;
  let isOurs = true;
  await eachLine(path, (record) => {
    if (lines++ === 0)
      isOurs = record.kind === 'run' && record.run === head.run && record.start_time === head.start_time;
    else isOurs = record.kind !== 'end' || record.complete;
    return isOurs;
  });
  if (lines > 0) return isOurs;
  // A process that was killed at once left nothing, or the beginning of the first line.
  const line = Buffer.from(jsonLines([head]));
  const { size } = await stat(path);
  return size <= line.length && line.subarray(0, size).equals(await readFile(path));
}

/** Calls `visit` for each whole line, until it returns false. Resolves with the bytes of the lines that are whole. */
async function eachLine(path: string, visit: (record: TrackerRecord) => boolean | void): Promise<number> {
  const file = await open(path, 'r');
  let rest = Buffer.alloc(0);
  let whole = 0;
  try {
    for await (const chunk of file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
      rest = Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf(LF); end >= 0; end = rest.indexOf(LF)) {
        const record = recordIn(rest.subarray(0, end));
        if (record === undefined || visit(record) === false) return whole;
        whole += end + 1;
        rest = rest.subarray(end + 1);
      }
      if (rest.length > LINE_BYTES_MAX) return whole;
    }
    return whole;
  } finally {
    await file.close();
  }
}

/** Only what decides whether a record is there already is looked at. */
function recordIn(line: Uint8Array): TrackerRecord | undefined {
  try {
    const json: unknown = JSON.parse(Buffer.from(line).toString('utf8'));
    return typeof json === 'object' && json !== null && 'kind' in json ? (json as TrackerRecord) : undefined;
  } catch {
    return undefined;
  }
}
