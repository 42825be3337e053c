/**
 * `soar runs export`: a run in an experiment tracker, finished or not: of a coordinator, or of a report.json of this
 * version or an earlier one.
 */
import { CoordinatorService, type RunReport, runReportToJson } from '@soar/contracts';
import { UserError } from '@soar/core';
import { logToMlflow, mlflowUrl, trackedRun, type TrackedRun } from '@soar/trackers';
import { type Command, Option } from 'commander';
import { defaultTrackingUri, mlflowToken } from '../config.js';
import { interruptible } from '../interruptible.js';
import { readRunReport } from '../read-run-report.js';
import { FILE_TRACKERS, type FileTracker, TRACKERS_FOLDER, writeTracker } from '../tracker-files.js';
import { addCoordinatorFlags, type CoordinatorFlags, withCoordinator } from './coordinator-flags.js';
import { runId } from './option-parsers.js';

interface ExportFlags extends CoordinatorFlags {
  readonly from?: string;
  readonly to: FileTracker | 'mlflow';
  readonly out?: string;
  readonly trackingUri?: string;
  readonly experiment?: string;
}

const EXPERIMENT = 'soar';

export function addExport(runs: Command): void {
  addCoordinatorFlags(runs.command('export').argument('[id]', 'a run of the coordinator', runId))
    .description(
      'Writes a run for an experiment tracker: its configuration, scalars by outer step and by training step of each ' +
        'arm, results, and the questions that earned promotions. A token for MLflow is in MLFLOW_TRACKING_TOKEN.',
    )
    .option('--from <file>', "report.json of this version or an earlier one, in place of a coordinator's run")
    .addOption(
      new Option('--to <tracker>', 'where to').choices([...FILE_TRACKERS, 'mlflow']).makeOptionMandatory(),
    )
    .option('--out <dir>', `folder of tensorboard and jsonl (default: ${TRACKERS_FOLDER})`)
    .option('--tracking-uri <url>', 'MLflow server (default: MLFLOW_TRACKING_URI)')
    .option('--experiment <name>', `experiment of MLflow, made if missing (default: ${EXPERIMENT})`)
    .action(exportRun);
}

async function exportRun(id: string | undefined, flags: ExportFlags): Promise<void> {
  const { from } = flags;
  if ((id === undefined) === (from === undefined))
    throw new UserError(
      'expected the id of a run or --from with a report.json, one of the two: soar runs export my-run --to tensorboard',
      'INVALID_ARGUMENT',
    );
  const send = destination(flags);
  if (from === undefined)
    await withCoordinator(CoordinatorService, flags, async (coordinator) => {
      const { run } = await coordinator.getRun({ id: id! });
      await send(run!.report!);
    });
  else await send(readRunReport(from));
}

/** What sends a report where the flags say. They are checked before anything is read. Throws UserError. */
function destination(flags: ExportFlags): (report: RunReport) => Promise<void> {
  const { to, out, trackingUri, experiment, json } = flags;
  if (to !== 'mlflow') {
    for (const [flag, value] of [
      ['--tracking-uri', trackingUri],
      ['--experiment', experiment],
    ])
      if (value !== undefined)
        throw new UserError(`${flag}: only with --to mlflow`, 'INVALID_ARGUMENT', flag);
    return async (report) => {
      const run = trackedRun(report);
      const { path, what } = await writeTracker(to, out ?? TRACKERS_FOLDER, run);
      say(run, json, { tracker: to, path }, `${path}  ${what}`);
    };
  }
  if (out !== undefined)
    throw new UserError(
      '--out: not with --to mlflow, which has a --tracking-uri',
      'INVALID_ARGUMENT',
      '--out',
    );
  const uri = trackingUri ?? defaultTrackingUri();
  if (uri === undefined)
    throw new UserError(
      '--tracking-uri: expected the address of an MLflow server, such as http://127.0.0.1:5000',
      'INVALID_ARGUMENT',
      '--tracking-uri',
    );
  const token = mlflowToken();
  const url = mlflowUrl(uri, token);
  const name = experiment ?? EXPERIMENT;
  return async (report) => {
    const run = trackedRun(report);
    const text = `${JSON.stringify(runReportToJson(report), undefined, 2)}\n`;
    const logged = await interruptible(
      (signal) => logToMlflow({ url, token, signal }, name, run, text),
      'the run was not logged; what was begun is deleted in MLflow, if it can be reached',
    );
    const { experimentId, runId: mlflowRun, artifacts, artifactsElsewhere } = logged;
    const page = `${url.href.replace(/\/+$/, '')}/#/experiments/${experimentId}/runs/${mlflowRun}`;
    const files =
      artifactsElsewhere === undefined
        ? `artifacts: ${artifacts.join(', ')}`
        : `no artifacts: the server keeps them at ${JSON.stringify(artifactsElsewhere)} and takes none over HTTP`;
    say(run, json, { tracker: to, page, mlflowRun, artifacts }, `${page}\n${files}`);
  };
}

function say(run: TrackedRun, json: boolean | undefined, event: object, text: string): void {
  const { id, isComplete, outerStepsDone, outerSteps } = run;
  if (json === true) {
    process.stdout.write(`${JSON.stringify({ run: id, complete: isComplete, ...event })}\n`);
    return;
  }
  if (!isComplete)
    process.stdout.write(
      `run ${id} is not finished: ${outerStepsDone} of ${outerSteps} outer steps; exported what there is\n`,
    );
  process.stdout.write(`${text}\n`);
}
