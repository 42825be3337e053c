/** `soar comparisons ...`: lists, watches and controls the comparisons of a running coordinator. */
import {
  type Comparison,
  ComparisonSchema,
  ComparisonService,
  ComparisonUnitSchema,
  messageToJson,
  timestampDate,
} from '@soar/contracts';
import type { Command } from 'commander';
import {
  type ComparisonClient,
  describeUnit,
  unitsOf,
  watchComparison,
} from '../compare/watch-comparison.js';
import { ComparisonCourse } from '../course/comparison-course.js';
import { interruptible } from '../interruptible.js';
import { progressOn } from '../progress.js';
import { formatTable } from '../report-table.js';
import { requireSuccess, stateName } from '../watch.js';
import { ALLOW_VERSION_CHANGE_HELP } from './option-parsers.js';
import { type CoordinatorFlags, resourceCommands } from './coordinator-flags.js';

const PAGES_MAX = 1000;

export function addComparisons(program: Command): void {
  const comparisons = program
    .command('comparisons')
    .summary('list, show, watch, pause, resume, cancel comparisons')
    .description(
      'Lists, watches and controls the comparisons of a running coordinator (see "soar up"). "soar compare" creates ' +
        'and extends them.',
    )
    .addHelpText(
      'after',
      `
Examples:
  soar comparisons list
  soar comparisons watch compare-0f3a9c1d --coordinator 127.0.0.1:7105
  soar comparisons pause compare-0f3a9c1d && soar comparisons resume compare-0f3a9c1d`,
    );

  const add = resourceCommands(comparisons, ComparisonService);

  add('list', 'Lists comparisons by id.', list);
  add('show <id>', 'Shows one comparison and its finished units.', show);
  add('watch <id>', 'Follows a comparison until it ends; exit code 1 if it does not succeed.', follow);
  add('pause <id>', 'Pauses a comparison once the calls in flight are done.', async (client, id, flags) => {
    print((await client.pauseComparison({ id })).comparison, flags);
  });
  add('resume <id>', 'Resumes a paused or failed comparison.', async (client, id, flags) => {
    const allowVersionChange = flags.allowVersionChange === true;
    print((await client.resumeComparison({ id, allowVersionChange })).comparison, flags);
  }).option('--allow-version-change', ALLOW_VERSION_CHANGE_HELP);
  add('cancel <id>', 'Cancels a comparison; it cannot be resumed.', async (client, id, flags) => {
    print((await client.cancelComparison({ id })).comparison, flags);
  });
}

async function list(client: ComparisonClient, _id: string, flags: CoordinatorFlags): Promise<void> {
  const found: Comparison[] = [];
  let pageToken = '';
  for (let page = 0; page < PAGES_MAX; page++) {
    const answer = await client.listComparisons({ pageSize: 100, pageToken });
    found.push(...answer.comparisons);
    pageToken = answer.nextPageToken;
    if (pageToken === '') break;
  }
  if (flags.json === true) return found.forEach((comparison) => print(comparison, flags));
  const rows = found.map(({ id, state, unitsDone, unitsTotal, createTime }) => [
    id,
    stateName(state),
    `${unitsDone}/${unitsTotal}`,
    createTime === undefined ? '' : timestampDate(createTime).toISOString(),
  ]);
  const table = formatTable([['comparison', 'state', 'units', 'created'], ...rows]);
  process.stdout.write(`${found.length === 0 ? 'no comparisons' : table}\n`);
}

/** In JSON: one line for the comparison and one for each unit. */
async function show(client: ComparisonClient, id: string, flags: CoordinatorFlags): Promise<void> {
  print((await client.getComparison({ id })).comparison, flags);
  for await (const unit of unitsOf(client, id)) {
    const line =
      flags.json === true
        ? JSON.stringify(messageToJson(ComparisonUnitSchema, unit))
        : `${unit.name}: ${describeUnit(unit)}`;
    process.stdout.write(`${line}\n`);
  }
}

async function follow(client: ComparisonClient, id: string, flags: CoordinatorFlags): Promise<void> {
  const progress = progressOn(process.stdout, flags.json);
  const course = new ComparisonCourse();
  for await (const { name } of unitsOf(client, id)) course.unit(name, true);
  const last = await interruptible(
    (signal) =>
      watchComparison(
        client,
        id,
        progress,
        (unit) => {
          progress.event({ event: 'unit', unit: messageToJson(ComparisonUnitSchema, unit) });
          progress.line(`${unit.name}: ${describeUnit(unit)}`);
        },
        signal,
        course,
      ),
    `comparison ${id} continues at ${flags.coordinator}; the same command follows it again`,
  );
  print(requireSuccess('comparison', last, `use "soar comparisons resume ${id}"`), flags);
}

function print(comparison: Comparison | undefined, flags: CoordinatorFlags): void {
  if (comparison === undefined) return;
  const { id, state, failure, unitsDone, unitsTotal, arms } = comparison;
  const text =
    `${id}: ${stateName(state)}, ${unitsDone} of ${unitsTotal} units of ${arms.join(', ')}` +
    (failure === '' ? '' : `\nfailure: ${failure}`);
  const json = JSON.stringify(messageToJson(ComparisonSchema, comparison));
  process.stdout.write(`${flags.json === true ? json : text}\n`);
}
