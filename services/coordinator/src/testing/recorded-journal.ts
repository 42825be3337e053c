/** Writes a run's journal and ledger to a file, and restores them into a database. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { CreateRunRequestSchema, fromBinary, RunState } from '@soar/contracts';
import { type Ledger, openRunDatabase, RUN_KIND } from '@soar/store';

/** The content of testdata/journal-<version>.json; bytes are in base64. */
export interface RecordedJournal {
  /** Version of the software that wrote it. */
  readonly soar: string;
  readonly request: string;
  /** In the order in which they were written. */
  readonly entries: readonly (readonly [name: string, value: string])[];
  /** The run's steps in metareward's ledger. */
  readonly ledger: readonly (readonly [request: string, score: string])[];
  /** The run's report, without its times. */
  readonly report: unknown;
}

export const RUN = 'run';

const folder = new URL('../../testdata/', import.meta.url);

function fileOf(version: string): URL {
  return new URL(`journal-${version}.json`, folder);
}

/** The versions whose journals are recorded. */
export function recordedVersions(): string[] {
  return readdirSync(folder)
    .flatMap((name) => /^journal-(.*)\.json$/.exec(name)?.[1] ?? [])
    .sort();
}

export function readRecorded(version: string): RecordedJournal {
  return JSON.parse(readFileSync(fileOf(version), 'utf8')) as RecordedJournal;
}

/** Writes the file of the finished run `RUN`, from the store at `location` and from `ledger`. */
export async function record(location: string, ledger: Ledger, soar: string, report: unknown): Promise<void> {
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
    writeFileSync(fileOf(soar), `${JSON.stringify(recorded, null, 1)}\n`);
  } finally {
    await database.close();
  }
}

/** The ledger's steps of `RUN`, as the file holds them. */
async function ledgerOf(ledger: Ledger): Promise<[string, string][]> {
  const rows = await ledger.list(RUN, 0, await ledger.steps(RUN));
  return rows.map(({ request, score }) => [base64(request), base64(score)]);
}

/**
 * Restores a recorded run into the store at `location`, in the state RUNNING, and into `ledger` as many of its steps as
 * the journal has scores.
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
  fromBinary(CreateRunRequestSchema, bytes); // throws if it is not one
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
