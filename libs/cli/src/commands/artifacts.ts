/**
 * `soar artifacts ...`: lists the artifacts in the store with what each is kept for; removes those that nothing
 * needs.
 */
import {
  CoordinatorService,
  messageToJson,
  Retention,
  type StoredArtifact,
  StoredArtifactSchema,
} from '@soar/contracts';
import { type Command, Option } from 'commander';
import { formatBytes } from '@soar/core';
import { formatTable } from '../report-table.js';
import type { CoordinatorClient } from '../watch-run.js';
import { addCoordinatorFlags, type CoordinatorFlags, withCoordinator } from './coordinator-flags.js';
import { runId } from './option-parsers.js';

interface ArtifactsFlags extends CoordinatorFlags {
  readonly run?: string;
  readonly keep?: keyof typeof policies;
  readonly dryRun?: boolean;
}

const policies = {
  everything: Retention.EVERYTHING,
  forkable: Retention.FORKABLE,
  results: Retention.RESULTS,
} as const;

const PAGES_MAX = 10_000;
const PAGE_SIZE = 2_000;
/** Listing a large bucket takes minutes, deleting from it longer. */
const LIST_MS_MAX = 600_000;
const SWEEP_MS_MAX = 3_600_000;

export function addArtifacts(program: Command): void {
  const artifacts = program
    .command('artifacts')
    .summary('list stored artifacts, remove those that nothing needs')
    .description(
      'Lists the artifacts in the store of a running coordinator with what each is kept for; removes those that ' +
        'nothing needs. Runs also sweep by themselves, as "retention" in their configuration says. Always kept: ' +
        'base models, promoted students, the last teacher, trained arms, steps in progress, and whatever forks or ' +
        'other runs depend on.',
    )
    .addHelpText(
      'after',
      `
Policies (--keep):
  everything  students of all steps
  forkable    promoted students, the teacher of every step (the default of a run)
  results     promoted students, the last teacher

Examples:
  soar artifacts list
  soar artifacts sweep --run my-run --keep results --dry-run
  soar artifacts sweep --run my-run --keep results`,
    );
  const add = (name: string, description: string): Command =>
    addCoordinatorFlags(artifacts.command(name).description(description))
      .option('--run <id>', 'only artifacts of this run (default: the whole store)', runId)
      .addOption(
        new Option('--keep <policy>', "retention policy (default: each run's configuration)").choices(
          Object.keys(policies),
        ),
      );

  add('list', 'Lists artifacts by key, with their size and what each is kept for.').action(
    (flags: ArtifactsFlags) =>
      withCoordinator(CoordinatorService, flags, async (coordinator) => {
        printList(await listArtifacts(coordinator, flags), flags);
      }),
  );
  add('sweep', 'Removes artifacts of runs that nothing needs.')
    .option('--dry-run', 'list what would be removed, remove nothing')
    .action((flags: ArtifactsFlags) =>
      withCoordinator(CoordinatorService, flags, async (coordinator) => {
        if (flags.dryRun === true) {
          printList((await listArtifacts(coordinator, flags)).filter(isUnused), flags);
          return;
        }
        const swept = await coordinator.sweepArtifacts(scopeOf(flags), { deadlineMs: SWEEP_MS_MAX });
        if (flags.json === true) {
          process.stdout.write(`${JSON.stringify({ removed: swept.removed, bytes: Number(swept.bytes) })}\n`);
        } else process.stdout.write(`removed ${countAndSize(swept.removed, Number(swept.bytes))}\n`);
      }),
    );
}

function scopeOf({ run = '', keep }: ArtifactsFlags): { runId: string; retention: Retention } {
  return { runId: run, retention: keep === undefined ? Retention.UNSPECIFIED : policies[keep] };
}

async function listArtifacts(
  coordinator: CoordinatorClient,
  flags: ArtifactsFlags,
): Promise<StoredArtifact[]> {
  const found: StoredArtifact[] = [];
  let pageToken = '';
  for (let page = 0; page < PAGES_MAX; page++) {
    const request = { ...scopeOf(flags), pageSize: PAGE_SIZE, pageToken };
    const answer = await coordinator.listArtifacts(request, { deadlineMs: LIST_MS_MAX });
    found.push(...answer.artifacts);
    pageToken = answer.nextPageToken;
    if (pageToken === '') break;
  }
  return found;
}

function printList(artifacts: readonly StoredArtifact[], { json, dryRun }: ArtifactsFlags): void {
  if (json === true) {
    for (const artifact of artifacts)
      process.stdout.write(`${JSON.stringify(messageToJson(StoredArtifactSchema, artifact))}\n`);
    return;
  }
  const rows = artifacts.map(({ checkpoint, bytes, keptFor }) => [
    checkpoint?.key ?? '',
    formatBytes(Number(bytes)),
    keptFor.length === 0 ? 'nothing' : keptFor.join(', '),
  ]);
  const lines =
    rows.length === 0 ? [] : [formatTable([['artifact', 'size', 'kept for'], ...rows], 'left'), ''];
  const unused = artifacts.filter(isUnused);
  lines.push(
    dryRun === true
      ? `would remove ${countAndSize(unused.length, total(unused))}`
      : `${countAndSize(artifacts.length, total(artifacts))}; unused: ${countAndSize(unused.length, total(unused))}`,
  );
  process.stdout.write(`${lines.join('\n')}\n`);
}

function isUnused({ keptFor }: StoredArtifact): boolean {
  return keptFor.length === 0;
}

function total(artifacts: readonly StoredArtifact[]): number {
  return artifacts.reduce((sum, { bytes }) => sum + Number(bytes), 0);
}

function countAndSize(count: number, bytes: number): string {
  return `${count} ${count === 1 ? 'artifact' : 'artifacts'}, ${formatBytes(bytes)}`;
}
