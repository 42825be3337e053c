/** A run's journal in a file: how one is recorded, and how it gets into a database again. */
import { readFileSync, writeFileSync } from 'node:fs';
import { CreateRunRequestSchema, fromBinary, RunState } from '@soar/contracts';
import { openRunDatabase, RUN_KIND } from '@soar/store';

/** A journal as it stands in testdata/journal-<format>.json; bytes are in base64. */
export interface RecordedJournal {
  /** Version of the software that wrote it. */
  readonly soar: string;
  readonly request: string;
  /** In the order in which they were written. */
  readonly entries: readonly (readonly [name: string, value: string])[];
  /** What the run's report was, without its times. */
  readonly report: unknown;
}

export const RUN = 'run';

export function fileOf(format: number): URL {
  return new URL(`../../testdata/journal-${format}.json`, import.meta.url);
}

export function readRecorded(format: number): RecordedJournal {
  return JSON.parse(readFileSync(fileOf(format), 'utf8')) as RecordedJournal;
}

/** Writes the journal of the finished run `RUN` in the store at `location`. */
export async function record(location: string, format: number, soar: string, report: unknown): Promise<void> {
  const database = await openRunDatabase(location);
  try {
    const { request } = (await database.get(RUN))!;
    const journal = database.journal(RUN);
    const entries: [string, string][] = [];
    for (const name of await journal.names())
      entries.push([name, Buffer.from((await journal.get(name))!).toString('base64')]);
    const recorded: RecordedJournal = {
      soar,
      request: Buffer.from(request).toString('base64'),
      entries,
      report,
    };
    writeFileSync(fileOf(format), `${JSON.stringify(recorded, null, 1)}\n`);
  } finally {
    await database.close();
  }
}

/** Puts a recorded run into the store at `location` as one that was left RUNNING. */
export async function restore({ request, entries }: RecordedJournal, location: string): Promise<void> {
  const bytes = Buffer.from(request, 'base64');
  fromBinary(CreateRunRequestSchema, bytes); // it is one
  const database = await openRunDatabase(location);
  try {
    await database.own({ holder: 'a test', signal: AbortSignal.timeout(10_000) });
    const state = { state: RunState.RUNNING, failure: '', failureReason: '', createdMs: 0 };
    await database.insert({ id: RUN, kind: RUN_KIND, request: bytes, ...state });
    for (const [name, value] of entries) await database.journal(RUN).put(name, Buffer.from(value, 'base64'));
  } finally {
    await database.close();
  }
}
