/** `soar sweeps ...`: lists, watches and controls the sweeps of a running coordinator. */
import {
  messageToJson,
  settingOf,
  type Sweep,
  SweepSchema,
  SweepService,
  timestampDate,
} from '@soar/contracts';
import { settingText } from '@soar/experiments';
import type { Command } from 'commander';
import { describeUnit } from '../compare/watch-comparison.js';
import { interruptible } from '../interruptible.js';
import { progressOn } from '../progress.js';
import { formatTable } from '../report-table.js';
import { type SweepClient, watchSweep } from '../sweep/watch-sweep.js';
import { requireSuccess, stateName } from '../watch.js';
import { type CoordinatorFlags, resourceCommands } from './coordinator-flags.js';
import { ALLOW_VERSION_CHANGE_HELP } from './option-parsers.js';

const PAGES_MAX = 1000;

export function addSweeps(program: Command): void {
  const sweeps = program
    .command('sweeps')
    .summary('list, show, watch, pause, resume, cancel sweeps')
    .description(
      'Lists, watches and controls the sweeps of a running coordinator (see "soar up"). "soar sweep" creates them; ' +
        'their points are comparisons ("soar comparisons").',
    )
    .addHelpText(
      'after',
      `
Examples:
  soar sweeps list
  soar sweeps show sweep-0f3a9c1d
  soar sweeps pause sweep-0f3a9c1d && soar sweeps resume sweep-0f3a9c1d`,
    );

  const add = resourceCommands(sweeps, SweepService);

  add('list', 'Lists sweeps by id.', list);
  add('show <id>', 'Shows one sweep and its points.', async (client, id, flags) => {
    print((await client.getSweep({ id })).sweep, flags);
  });
  add('watch <id>', 'Follows a sweep until it ends; exit code 1 if it does not succeed.', follow);
  add('pause <id>', 'Pauses a sweep once the calls in flight are done.', async (client, id, flags) => {
    print((await client.pauseSweep({ id })).sweep, flags);
  });
  add('resume <id>', 'Resumes a paused or failed sweep.', async (client, id, flags) => {
    const allowVersionChange = flags.allowVersionChange === true;
    print((await client.resumeSweep({ id, allowVersionChange })).sweep, flags);
  }).option('--allow-version-change', ALLOW_VERSION_CHANGE_HELP);
  add(
    'cancel <id>',
    'Cancels a sweep and its comparisons; it cannot be resumed.',
    async (client, id, flags) => {
      print((await client.cancelSweep({ id })).sweep, flags);
    },
  );
}

async function list(client: SweepClient, _id: string, flags: CoordinatorFlags): Promise<void> {
  const found: Sweep[] = [];
  let pageToken = '';
  for (let page = 0; page < PAGES_MAX; page++) {
    const answer = await client.listSweeps({ pageSize: 100, pageToken });
    found.push(...answer.sweeps);
    pageToken = answer.nextPageToken;
    if (pageToken === '') break;
  }
  if (flags.json === true) return found.forEach((sweep) => print(sweep, flags));
  const rows = found.map((sweep) => [
    sweep.id,
    stateName(sweep.state),
    `${finished(sweep)}/${sweep.points.length}`,
    sweep.createTime === undefined ? '' : timestampDate(sweep.createTime).toISOString(),
  ]);
  const table = formatTable([['sweep', 'state', 'points', 'created'], ...rows]);
  process.stdout.write(`${found.length === 0 ? 'no sweeps' : table}\n`);
}

async function follow(client: SweepClient, id: string, flags: CoordinatorFlags): Promise<void> {
  const progress = progressOn(process.stdout, flags.json);
  const last = await interruptible(
    (signal) =>
      watchSweep(
        client,
        id,
        progress,
        {
          onSweep: (sweep) => progress.event({ event: 'sweep', sweep: messageToJson(SweepSchema, sweep) }),
          onUnit: (unit) => progress.line(`${unit.name}: ${describeUnit(unit)}`),
        },
        signal,
      ),
    `sweep ${id} continues at ${flags.coordinator}; the same command follows it again`,
  );
  print(requireSuccess('sweep', last, `use "soar sweeps resume ${id}"`), flags);
}

function finished({ points }: Sweep): number {
  return points.filter(({ unitsDone, unitsTotal }) => unitsDone === unitsTotal).length;
}

function print(sweep: Sweep | undefined, flags: CoordinatorFlags): void {
  if (sweep === undefined) return;
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify(messageToJson(SweepSchema, sweep))}\n`);
    return;
  }
  const { id, state, failure, points, arms } = sweep;
  const rows = points.map(({ point, state: own, unitsDone, unitsTotal, unitsShared }) => [
    point!.comparisonId,
    own === 0 ? 'not begun' : stateName(own),
    `${unitsDone}/${unitsTotal}`,
    String(unitsShared),
    point!.settings
      .map(settingOf)
      .map(({ field, value }) => `${field} = ${settingText(value)}`)
      .join(', ') || 'base',
  ]);
  const table = formatTable([['comparison', 'state', 'units', 'shared', 'settings'], ...rows], 'left');
  process.stdout.write(
    `${id}: ${stateName(state)}, ${finished(sweep)} of ${points.length} points of ${arms.join(', ')}\n` +
      `${failure === '' ? '' : `failure: ${failure}\n`}${table}\n`,
  );
}
