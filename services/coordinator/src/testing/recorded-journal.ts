/** A run's journal and ledger in a file: how they are recorded, and how they get into a database again. */
import { readFileSync, writeFileSync } from 'node:fs';
import { CreateRunRequestSchema, fromBinary, RunState } from '@soar/contracts';
import { type Ledger, openRunDatabase, RUN_KIND } from '@soar/store';

/** A journal as it stands in testdata/journal-<format>.json; bytes are in base64. */
export interface RecordedJournal {
  /** Version of the software that wrote it. */
  readonly soar: string;
  readonly request: string;
  /** In the order in which they were written. */
  readonly entries: readonly (readonly [name: string, value: string])[];
  /** The run's steps in metareward's ledger. */
  readonly ledger: readonly (readonly [request: string, score: string])[];
  /** What the run's report was, without its times. */
  readonly report: unknown;
}

export const RUN = 'run';

function fileOf(format: number): URL {
  return new URL(`../../testdata/journal-${format}.json`, import.meta.url);
}

export function readRecorded(format: number): RecordedJournal {
  return JSON.parse(readFileSync(fileOf(format), 'utf8')) as RecordedJournal;
}

/** Writes the journal of the finished run `RUN` in the store at `location`, and what `ledger` has of it. */
export async function record(
  location: string,
  ledger: Ledger,
  format: number,
  soar: string,
  report: unknown,
): Promise<void> {
  const database = await openRunDatabase(location);
  try {
    const { request } = (await database.get(RUN))!;
    const journal = database.journal(RUN);
    const entries: [string, string][] = [];
    for (const name of await journal.names()) entries.push([name, base64((await journal.get(name))!)]);
    const recorded: RecordedJournal = {
      soar,
      request: base64(request),
      entries,
      ledger: await ledgerOf(ledger),
      report,
    };
    writeFileSync(fileOf(format), `${JSON.stringify(recorded, null, 1)}\n`);
  } finally {
    await database.close();
  }
}

/** The ledger's steps of `RUN`, as they stand in a file. */
async function ledgerOf(ledger: Ledger): Promise<[string, string][]> {
  const rows = await ledger.list(RUN, 0, await ledger.steps(RUN));
  return rows.map(({ request, score }) => [base64(request), base64(score)]);
}

/**
 * Puts a recorded run into the store at `location` as one that was left RUNNING, and its steps into `ledger`, as many
 * as the journal has scores of.
 */
export async function restore(
  { request, entries, ledger: steps }: RecordedJournal,
  location: string,
  ledger: Ledger,
): Promise<void> {
  const scored = entries.filter(([name]) => /^step-\d+\/score$/.test(name)).length;
  for (const [step, [scoredFrom, score]] of steps.slice(0, scored).entries())
    await ledger.append(RUN, {
      step,
      request: Buffer.from(scoredFrom, 'base64'),
      score: Buffer.from(score, 'base64'),
    });
  const bytes = Buffer.from(request, 'base64');
  fromBinary(CreateRunRequestSchema, bytes); // it is one
  const database = await openRunDatabase(location);
  try {
    await database.acquire({ holder: 'a test', signal: AbortSignal.timeout(10_000) });
    const state = { state: RunState.RUNNING, failure: '', failureReason: '', createdMs: 0 };
    await database.insert({ id: RUN, kind: RUN_KIND, request: bytes, ...state });
    for (const [name, value] of entries) await database.journal(RUN).put(name, Buffer.from(value, 'base64'));
  } finally {
    await database.close();
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
