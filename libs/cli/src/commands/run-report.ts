/**
 * `soar runs report`: the page of a run that a coordinator has, finished or not, or of a report.json of this version or
 * an earlier one. The coordinator writes the same page beside report.json when a run ends.
 */
import { dirname, join } from 'node:path';
import { CoordinatorService, type RunReport } from '@soar/contracts';
import { UserError } from '@soar/core';
import type { Command } from 'commander';
import { requireWritable, writeText } from '../files.js';
import { readRunReport } from '../read-run-report.js';
import { addCoordinatorFlags, type CoordinatorFlags, withCoordinator } from './coordinator-flags.js';
import { runId } from './option-parsers.js';

interface ReportFlags extends CoordinatorFlags {
  readonly from?: string;
  readonly out?: string;
}

export function addReport(runs: Command): void {
  addCoordinatorFlags(runs.command('report').argument('[id]', 'a run of the coordinator', runId))
    .description(
      'Writes the report of a run as one HTML file with figures: of a run of the coordinator, finished or not, or ' +
        'of a report.json.',
    )
    .option('--from <file>', "report.json of this version or an earlier one, in place of a coordinator's run")
    .option('--out <file>', 'file to write (default: <id>.html, or report.html beside the file of --from)')
    .action(report);
}

async function report(id: string | undefined, flags: ReportFlags): Promise<void> {
  const { from } = flags;
  if ((id === undefined) === (from === undefined))
    throw new UserError(
      'expected the id of a run or --from with a report.json, one of the two: soar runs report my-run',
      'INVALID_ARGUMENT',
    );
  const out = flags.out ?? (from === undefined ? `${id}.html` : join(dirname(from), 'report.html'));
  requireWritable(out);
  if (from === undefined)
    await withCoordinator(CoordinatorService, flags, async (coordinator) => {
      const { run } = await coordinator.getRun({ id: id! });
      await write(run!.report!, out, flags);
    });
  else await write(readRunReport(from), out, flags);
}

async function write(of: RunReport, out: string, { json }: CoordinatorFlags): Promise<void> {
  // Loaded here: the other commands about runs draw nothing.
  const { runPage } = await import('@soar/report-page');
  await writeText(out, runPage(of));
  process.stdout.write(
    json === true
      ? `${JSON.stringify({ run: of.runId, page: out })}\n`
      : `${out}  the report, with figures\n`,
  );
}
