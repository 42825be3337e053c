/**
 * `soar runs export`: a run in an experiment tracker, finished or not: of a coordinator, or of a report.json of this
 * version or an earlier one. Once, or with --follow until the run ends.
 */
import { join } from 'node:path';
import { CoordinatorService, type RunReport, runReportToJson } from '@soar/contracts';
import { UserError } from '@soar/core';
import { type Ending, MlflowRun, type Reported, type RunRecord, WandbPipe } from '@soar/trackers';
import { type Command, Option } from 'commander';
import { interruptible } from '../interruptible.js';
import { printText, progressOn } from '../progress.js';
import { readRunReport } from '../read-run-report.js';
import {
  mlflowOf,
  type TrackerName,
  TRACKERS,
  TRACKERS_FOLDER,
  type TrackerSettings,
  wandbOf,
} from '../trackers/destinations.js';
import { datedRecords, exportFiles, requireNew } from '../trackers/export-files.js';
import { stateName } from '../watch.js';
import { watchRun } from '../watch-run.js';
import { addCoordinatorFlags, type CoordinatorFlags, withCoordinator } from './coordinator-flags.js';
import { runId } from './option-parsers.js';
import { addServerFlags, endReport, liveReport } from './report-to-flags.js';

interface ExportFlags extends CoordinatorFlags {
  readonly from?: string;
  readonly follow?: boolean;
  readonly to: TrackerName;
  readonly out?: string;
  readonly trackingUri?: string;
  readonly experiment?: string;
  readonly python?: string;
}

export function addExport(runs: Command): void {
  const command = addCoordinatorFlags(
    runs.command('export').argument('[id]', 'a run of the coordinator', runId),
  )
    .description(
      'Writes a run for an experiment tracker: its configuration, scalars by outer step and by training step of each ' +
        'arm, results, and the questions that earned promotions. A token for MLflow is in MLFLOW_TRACKING_TOKEN; W&B ' +
        'takes its settings from WANDB_MODE, WANDB_PROJECT and so on.',
    )
    .option('--from <file>', "report.json of this version or an earlier one, in place of a coordinator's run")
    .addOption(new Option('--to <tracker>', 'where to').choices([...TRACKERS]).makeOptionMandatory())
    .option('--follow', 'report the run as it goes, until it ends; completes what is there of it')
    .option('--out <dir>', `folder of tensorboard, jsonl and wandb (default: ${TRACKERS_FOLDER})`);
  addServerFlags(command).action(exportRun);
}

async function exportRun(id: string | undefined, flags: ExportFlags): Promise<void> {
  const { from, follow } = flags;
  if ((id === undefined) === (from === undefined))
    throw new UserError(
      'expected the id of a run or --from with a report.json, one of the two: soar runs export my-run --to tensorboard',
      'INVALID_ARGUMENT',
    );
  if (follow === true && from !== undefined)
    throw new UserError(
      '--follow: a report.json does not change; give the id of a run of the coordinator',
      'INVALID_ARGUMENT',
      '--follow',
    );
  requireFitting(flags);
  if (follow === true) return followRun(id!, flags);
  const send = await destination(flags);
  if (from === undefined)
    await withCoordinator(CoordinatorService, flags, async (coordinator) => {
      const { run } = await coordinator.getRun({ id: id! });
      await send(run!.report!);
    });
  else await send(readRunReport(from));
}

/** Flags of another tracker. Throws UserError. */
function requireFitting({ to, out, trackingUri, experiment, python }: ExportFlags): void {
  const refused = (flag: string, why: string): UserError =>
    new UserError(`${flag}: ${why}`, 'INVALID_ARGUMENT', flag);
  if (to === 'mlflow' && out !== undefined)
    throw refused('--out', 'not with --to mlflow, which has a --tracking-uri');
  if (to !== 'mlflow' && trackingUri !== undefined) throw refused('--tracking-uri', 'only with --to mlflow');
  if (to !== 'mlflow' && experiment !== undefined) throw refused('--experiment', 'only with --to mlflow');
  if (to !== 'wandb' && python !== undefined) throw refused('--python', 'only with --to wandb');
}

/** Until the run ends. One that failed is exported as far as it is, and can be followed again once it is resumed. */
async function followRun(id: string, flags: ExportFlags): Promise<void> {
  const { to, out = TRACKERS_FOLDER, json } = flags;
  const screen = json === true ? process.stdout : process.stderr;
  const progress = progressOn(screen, json);
  const live = await liveReport([to], { ...flags, folder: out }, progress);
  await withCoordinator(CoordinatorService, flags, async (coordinator) => {
    const last = await interruptible(
      (signal) => watchRun(coordinator, id, progress, signal, { live }),
      `run ${id} continues at ${flags.coordinator}; the same command goes on with the export`,
    );
    const lines = await endReport(live, last, progress);
    if (lines.length === 0)
      throw new UserError(`run ${id} is ${stateName(last.state)}; it was not exported`, 'UNAVAILABLE');
    if (json !== true) printText(lines.join('\n'));
  });
}

/** What sends a report where the flags say. They are checked before anything is read. Throws UserError. */
async function destination(flags: ExportFlags): Promise<(report: RunReport) => Promise<void>> {
  const { to, out = TRACKERS_FOLDER, json } = flags;
  const settings = { ...flags, folder: out };
  if (to === 'tensorboard' || to === 'jsonl')
    return async (report) => say(report, json, to, await exportFiles(to, out, report));
  const [send, ifInterrupted] = to === 'mlflow' ? toMlflow(settings) : await toWandb(settings);
  return async (report) => {
    say(report, json, to, await interruptible((signal) => send(report, signal), ifInterrupted));
  };
}

type Send = (report: RunReport, signal: AbortSignal) => Promise<Reported>;

function toMlflow(settings: TrackerSettings): [Send, ifInterrupted: string] {
  const { server, experiment } = mlflowOf(settings);
  return [
    (report, signal) => exportToMlflow({ ...server, signal }, experiment, report),
    'the run was not logged; what was begun is deleted in MLflow, if it can be reached',
  ];
}

async function toWandb(settings: TrackerSettings): Promise<[Send, ifInterrupted: string]> {
  const interpreter = await wandbOf(settings);
  const folder = join(settings.folder, 'wandb');
  const send: Send = async (report, signal) => {
    const items = datedRecords(report);
    const head = items[0]!.record as RunRecord;
    requireNew(join(folder, `${head.run}.jsonl`));
    const run = await WandbPipe.open(interpreter, folder, head, signal);
    await run.write(items);
    return run.close(endingOf(report));
  };
  return [send, 'Python sends what it was given'];
}

async function exportToMlflow(
  server: Parameters<typeof MlflowRun.openNew>[0],
  experiment: string,
  report: RunReport,
): Promise<Reported> {
  const items = datedRecords(report);
  const run = await MlflowRun.openNew(server, experiment, items[0]!.record as RunRecord);
  try {
    await run.write(items);
    const ending = endingOf(report);
    return await run.close(isComplete(report) ? ending : { ...ending, state: 'open' });
  } catch (error) {
    // Best effort: the error that the user needs is the first one.
    await run.discard().catch(() => undefined);
    throw error;
  }
}

/** As one that is over: no more is sent of it. */
function endingOf(report: RunReport): Ending {
  return { state: 'succeeded', report: `${JSON.stringify(runReportToJson(report), undefined, 2)}\n` };
}

function isComplete({ timing }: RunReport): boolean {
  return timing?.endTime !== undefined;
}

function say(report: RunReport, json: boolean | undefined, tracker: string, reported: Reported): void {
  const { place, what, data } = reported;
  if (json === true) {
    const event = { run: report.runId, complete: isComplete(report), tracker, path: place, ...data };
    process.stdout.write(`${JSON.stringify(event)}\n`);
    return;
  }
  if (!isComplete(report))
    printText(
      `run ${report.runId} is not finished: ${report.steps.length} of ${report.config?.outerSteps ?? 0} outer ` +
        'steps; exported what there is',
    );
  printText(`${place}  ${what}`);
}
