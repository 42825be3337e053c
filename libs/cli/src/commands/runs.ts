/** `soar runs ...`: lists, watches and controls the runs of a running coordinator. */
import {
  CoordinatorService,
  messageToJson,
  type Run,
  RunSchema,
  timestampDate,
  type Versions,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import { describeJudgement } from '@soar/judge';
import type { Command } from 'commander';
import { forkRun } from '../fork-run.js';
import { interruptible } from '../interruptible.js';
import { configuredJudge } from '../judge/configured-judge.js';
import { judgeRun } from '../judge/judge-run.js';
import { printText, progressOn } from '../progress.js';
import { formatReport, formatTable } from '../report-table.js';
import { describeStep } from '../step-line.js';
import { requireSuccess, stateName } from '../watch.js';
import { watchRun, type CoordinatorClient } from '../watch-run.js';
import {
  addCoordinatorFlags,
  type CoordinatorFlags,
  type ResumeFlags,
  resourceCommands,
  withCoordinator,
} from './coordinator-flags.js';
import { ALLOW_VERSION_CHANGE_HELP, runId, wholeNumber } from './option-parsers.js';
import { addExport } from './run-export.js';
import { addReport } from './run-report.js';
import { addReportToFlags, endReport, openReport, type ReportToFlags } from './report-to-flags.js';

const PAGES_MAX = 1000;

interface WatchFlags extends CoordinatorFlags, ReportToFlags {}

export function addRuns(program: Command): void {
  const runs = program
    .command('runs')
    .summary('list, show, watch, report, export, pause, resume, fork, cancel, judge runs')
    .description('Lists, watches and controls the runs of a running coordinator (see "soar up").')
    .addHelpText(
      'after',
      `
Examples:
  soar runs list
  soar runs watch my-run --coordinator 127.0.0.1:7105
  soar runs list --coordinator soar.example:7105 --tls-ca ca.pem --token-file token
  soar runs report my-run --out report.html
  soar runs export my-run --to tensorboard
  soar runs pause my-run && soar runs resume my-run
  soar runs fork my-run --from-step 3 --config other.yaml`,
    );

  const add = resourceCommands(runs, CoordinatorService);

  add('list', 'Lists runs by id.', listRuns);
  add('show <id>', 'Shows one run and its report so far.', async (coordinator, id, flags) => {
    const { run } = await coordinator.getRun({ id });
    if (run !== undefined) printRun(run, flags);
  });
  const watchCommand = add(
    'watch <id>',
    'Follows a run until it ends; exit code 1 if it does not succeed.',
    async (coordinator, id, flags) => {
      const progress = progressOn(process.stdout, flags.json);
      const live = await openReport(flags as WatchFlags, progress);
      const last = await interruptible(
        (signal) => watchRun(coordinator, id, progress, signal, { live }),
        `run ${id} continues at ${flags.coordinator}; the same command follows it again`,
      );
      const exported = await endReport(live, last, progress);
      const run = requireSuccess('run', last, `use "soar runs resume ${id}"`);
      if (flags.json === true) return;
      printRun(run, flags);
      for (const line of exported) printText(line);
    },
  );
  addReportToFlags(watchCommand);
  add('pause <id>', 'Pauses a run once the calls in flight are done.', async (coordinator, id, flags) => {
    printState((await coordinator.pauseRun({ id })).run, flags);
  });
  add('resume <id>', 'Resumes a paused or failed run.', async (coordinator, id, flags) => {
    const allowVersionChange = flags.allowVersionChange === true;
    printState((await coordinator.resumeRun({ id, allowVersionChange })).run, flags);
  }).option('--allow-version-change', ALLOW_VERSION_CHANGE_HELP);
  addReport(runs);
  addExport(runs);
  addFork(runs);
  addJudge(runs);
  add('cancel <id>', 'Cancels a run; it cannot be resumed.', async (coordinator, id, flags) => {
    printState((await coordinator.cancelRun({ id })).run, flags);
  });
}

interface ForkFlags extends ResumeFlags {
  readonly fromStep: number;
  readonly id?: string;
  readonly config?: string;
  readonly steps?: number;
}

function addFork(runs: Command): void {
  addCoordinatorFlags(runs.command('fork <id>'))
    .description(
      'Starts a run from the first outer steps of another one, with a new configuration from there on. Base model, ' +
        'problems, domain and promotion rule stay the same.',
    )
    .requiredOption(
      '--from-step <n>',
      'number of outer steps to take over: steps 0 to n - 1',
      wholeNumber(0, 1_000_000),
    )
    .option('--id <id>', 'id of the new run (default: <id>-fork-<n>)', runId)
    .option('--config <file>', 'configuration from there on, YAML as for "soar run" (default: unchanged)')
    .option(
      '--steps <n>',
      'total number of outer steps; overrides the configuration',
      wholeNumber(1, 1_000_000),
    )
    .option('--allow-version-change', ALLOW_VERSION_CHANGE_HELP)
    .action(async (id: string, flags: ForkFlags) => {
      await withCoordinator(CoordinatorService, flags, async (coordinator) =>
        printState(await forkRun(coordinator, id, flags), flags),
      );
    });
}

interface JudgeFlags extends CoordinatorFlags {
  readonly config: string;
  readonly out: string;
}

function addJudge(runs: Command): void {
  addCoordinatorFlags(runs.command('judge <id>'))
    .description(
      'Has a model judge a seeded sample of what the teacher of a run proposed: is the question well-posed, is the ' +
        'answer right? For a report alone. The key of its endpoint is in SOAR_JUDGE_KEY.',
    )
    .requiredOption('--config <file>', 'YAML file with the judge: { url, model, prompt, samples }')
    .option('--out <dir>', 'folder for <id>/judge.json', 'runs')
    .action(async (id: string, flags: JudgeFlags) => {
      const settings = configuredJudge(flags.config);
      if (settings === undefined)
        throw new UserError(
          `${flags.config}: no judge in it; write judge: { url, model }`,
          'INVALID_ARGUMENT',
        );
      const progress = progressOn(process.stderr, flags.json);
      await withCoordinator(CoordinatorService, flags, async (coordinator) => {
        const { run } = await coordinator.getRun({ id });
        const { report, path } = await interruptible(
          (signal) => judgeRun(coordinator, run!, settings, { out: flags.out, progress, signal }),
          'nothing was written',
        );
        process.stdout.write(
          flags.json === true
            ? `${JSON.stringify(report)}\n`
            : `${describeJudgement(report)}\n${path}  its judgements, one by one\n`,
        );
      });
    });
}

async function listRuns(coordinator: CoordinatorClient, _id: string, flags: CoordinatorFlags): Promise<void> {
  const found: Run[] = [];
  let pageToken = '';
  for (let page = 0; page < PAGES_MAX; page++) {
    const answer = await coordinator.listRuns({ pageSize: 1000, pageToken });
    found.push(...answer.runs);
    pageToken = answer.nextPageToken;
    if (pageToken === '') break;
  }
  if (flags.json === true) {
    for (const run of found) process.stdout.write(`${JSON.stringify(messageToJson(RunSchema, run))}\n`);
    return;
  }
  if (found.length === 0) process.stdout.write('no runs\n');
  else {
    const rows = found.map((run) => [
      run.id,
      stateName(run.state),
      `${run.outerStepsDone}/${run.config?.outerSteps ?? '?'}`,
      run.createTime === undefined ? '' : timestampDate(run.createTime).toISOString(),
    ]);
    process.stdout.write(`${formatTable([['run', 'state', 'steps', 'created'], ...rows])}\n`);
  }
}

function printRun(run: Run, flags: CoordinatorFlags): void {
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify(messageToJson(RunSchema, run))}\n`);
    return;
  }
  const lines = [
    `${run.id}: ${stateName(run.state)}, ${run.outerStepsDone} of ${run.config?.outerSteps ?? 0} outer steps`,
  ];
  if (run.failure !== '') lines.push(`failure: ${run.failure}`);
  lines.push(...describeBuilds(run.report?.versions));
  for (const step of run.report?.steps ?? []) lines.push(describeStep(step));
  if (run.report !== undefined && run.report.arms.length > 0) lines.push('', formatReport(run.report));
  printText(lines.join('\n'));
}

/** Only of a run that more than one build worked on. */
function describeBuilds(versions: Versions | undefined): string[] {
  const { builds = [], soar = '' } = versions ?? {};
  if (builds.length < 2) return [];
  return builds.map(({ fromOuterStep, services, versionChangeAllowed }, i) => {
    const names = [...new Set(services.map(({ version }) => version || 'unknown'))].join(', ');
    const before = builds[i - 1]?.services ?? [];
    const others = services.filter(({ service, fingerprint }) =>
      before.some((it) => it.service === service && it.fingerprint !== fingerprint),
    );
    const what = others.length === 0 ? '' : ` (another ${others.map(({ service }) => service).join(', ')})`;
    const how = versionChangeAllowed ? '; the change was allowed' : '';
    return `from outer step ${fromOuterStep} on: version ${names || `${soar}, build not recorded`}${what}${how}`;
  });
}

function printState(run: Run | undefined, flags: CoordinatorFlags): void {
  if (run === undefined) return;
  if (flags.json === true) printRun(run, flags);
  else process.stdout.write(`${run.id}: ${stateName(run.state)}\n`);
}
