/** `soar run`: SOAR on the user's own model and problems, configured by one YAML file. */
import { rmSync } from 'node:fs';
import { basename, extname } from 'node:path';
import type { Run, RunConfig } from '@soar/contracts';
import { requireScreenedWith, type Problem } from '@soar/datasets';
import type { CallCredentials } from '@soar/grpc-kit';
import type { JudgeSettings } from '@soar/judge';
import type { Command } from 'commander';
import {
  artifactLines,
  checkModel,
  type Driving,
  driveRun,
  firstQuestions,
  requireCoordinator,
  isRunning,
} from '../drive-run.js';
import { defaultArtifacts, defaultStore } from '../config.js';
import { requireWritable } from '../files.js';
import { importModel } from '../import-model.js';
import { interruptible } from '../interruptible.js';
import { configuredJudge } from '../judge/configured-judge.js';
import { judgeAfterwards } from '../judge/judge-run.js';
import { addLivePageFlags, type LivePageFlags, withAnnouncedPage } from '../live-page.js';
import type { Inputs, InputSources } from '../plan/checked-inputs.js';
import { checkAll, warningsOf } from '../plan/make-plan.js';
import { formatSeconds, printText, progressOn } from '../progress.js';
import { formatReport } from '../report-table.js';
import { askingOf, presetNames, readRunConfig, type Overrides } from '../run-config.js';
import { allServices, Supervisor } from '../supervisor.js';
import { requireSuccess } from '../watch.js';
import { addCallFlags, type CallFlags, openCredentials, refuseCallFlags } from './call-flags.js';
import { addComputeFlags, type ComputeFlags } from './compute-flags.js';
import {
  addTrainersFlags,
  ALLOW_OTHER_PROMPT_HELP,
  ALLOW_VERSION_CHANGE_HELP,
  ARTIFACTS_HELP,
  COMPLETIONS_HELP,
  hostAndPort,
  refuseCompletions,
  runId,
  seedNumber,
  wholeNumber,
  STORE_HELP,
} from './option-parsers.js';
import { addPlanFlag, printPlan, type PlanFlags } from './plan-flag.js';
import { addReportToFlags, endReport, openReport, type ReportToFlags } from './report-to-flags.js';
import { addSplitFlags, describeSet, readSelected, type ProblemFlags } from './problem-flags.js';

/** Flags that `soar run` and `soar demo` share. */
export interface RunFlags extends ComputeFlags, LivePageFlags, PlanFlags, ReportToFlags {
  readonly seed?: number;
  readonly steps?: number;
  readonly trainers?: number;
  readonly out: string;
  readonly store?: string;
  readonly artifacts?: string;
  readonly id?: string;
  readonly trace?: string;
  readonly completions?: string;
  readonly allowOtherPrompt?: boolean;
  readonly allowVersionChange?: boolean;
}

interface OwnRunFlags extends RunFlags, CallFlags, ProblemFlags {
  readonly model: string;
  readonly train: readonly string[];
  readonly test: readonly string[];
  readonly coordinator?: string;
}

/** What a run is made from. */
export interface AskedRun {
  /** The command, as the head of a plan. */
  readonly command: string;
  /** Name of the run where no --id gives one; the seed follows it. */
  readonly name: string;
  readonly sources: InputSources;
  /** Who judges the teacher's questions at the end, for a report beside the run's; default: nobody. */
  readonly judge?: () => JudgeSettings | undefined;
  /** Whether it shows what the problems were recognised as. */
  readonly saysWhatItReads: boolean;
}

/** The inputs of a run, read and checked before any process starts. */
interface RunPlan {
  readonly id: string;
  readonly config: RunConfig;
  /** The base model's folder, Hugging Face layout. */
  readonly modelFolder: string;
  readonly train: readonly Problem[];
  readonly test: readonly Problem[];
  readonly trainFiles: readonly string[];
  /** To be shown: what the problems were recognised as, and warnings. */
  readonly lines: readonly string[];
  readonly judge: JudgeSettings | undefined;
}

/** Adds the shared flags. */
export function addRunFlags(command: Command): Command {
  command
    .option('--seed <n>', "seed of all random numbers (default: the configuration's)", seedNumber)
    .option('--steps <n>', "outer steps (default: the configuration's)", wholeNumber(1, 100_000));
  addTrainersFlags(addComputeFlags(addPlanFlag(command)))
    .option('--out <dir>', 'folder for journal, ledger and logs; results go to <dir>/<id>/', 'runs')
    .option('--store <location>', STORE_HELP, defaultStore())
    .option('--artifacts <location>', ARTIFACTS_HELP, defaultArtifacts())
    .option('--id <id>', 'id of the run; an unfinished run with this id resumes', runId)
    .option('--allow-version-change', ALLOW_VERSION_CHANGE_HELP)
    .option('--completions <dir>', COMPLETIONS_HELP)
    .option('--trace <file>', 'write the trace spans of all services to a file, as JSON lines')
    .option('--json', 'print events as JSON lines on stdout');
  return addLivePageFlags(addReportToFlags(command));
}

export function addRun(program: Command): void {
  const command = program
    .command('run')
    .argument(
      '<config>',
      'YAML file: a preset and what differs from it, as fields of soar.coordinator.v1.RunConfig',
    )
    .summary('run SOAR on your model and problems')
    .description(
      'Runs SOAR on a model folder and hard problems. Starts the five services, unless --coordinator names a running ' +
        'coordinator. All inputs are checked before anything starts.',
    )
    .requiredOption(
      '--model <dir>',
      'base model: a Hugging Face folder (config.json, model.safetensors, tokenizer.json)',
    )
    .option(
      '--coordinator <host:port>',
      'running coordinator to use; --artifacts must name its artifact store',
      hostAndPort,
    );
  addSplitFlags(command, 'required');
  command.option('--allow-other-prompt', ALLOW_OTHER_PROMPT_HELP);
  addCallFlags(command);
  addRunFlags(command)
    .addHelpText(
      'after',
      `
A configuration names a preset (${presetNames().join(', ')}) and what differs from it:

  preset: paper
  domain: math
  outerSteps: 50
  student:
    rl: { groupSize: 16 }

"soar config schema" writes a JSON Schema that editors complete and check it with.

Examples:
  soar run run.yaml --model base/ --train train.jsonl --test test.jsonl --plan
  soar run run.yaml --model base/ --train train.jsonl --test test.jsonl
  soar run run.yaml --model base/ --train train.jsonl --test test.jsonl --seed 7 --out runs --json > events.jsonl
  soar run run.yaml --model base/ --train train.jsonl --test test.jsonl \\
    --coordinator soar.example:7105 --tls-ca ca.pem --token-file token --artifacts /mnt/artifacts`,
    )
    .action(async (configFile: string, flags: OwnRunFlags) => {
      const { coordinator } = flags;
      if (coordinator === undefined) refuseCallFlags(flags);
      else refuseCompletions(flags.completions);
      const remote =
        coordinator === undefined ? undefined : { address: coordinator, credentials: openCredentials(flags) };
      await planOrRun(askedRun(configFile, flags), flags, remote);
    });
}

function askedRun(configFile: string, flags: OwnRunFlags): AskedRun {
  return {
    command: `soar run ${configFile}`,
    name: idPart(basename(configFile, extname(configFile))),
    sources: {
      config: () => readRunConfig(configFile, overridesOf(flags)),
      model: flags.model,
      train: () => readSelected(flags.train, flags, 'train'),
      test: () => readSelected(flags.test, flags, 'test'),
      trainFiles: flags.train,
      allowOtherPrompt: flags.allowOtherPrompt,
      machine: flags.coordinator === undefined ? flags : undefined,
      more: () => void configuredJudge(configFile),
    },
    judge: () => configuredJudge(configFile),
    saysWhatItReads: true,
  };
}

/** Flags that change the configuration. */
export function overridesOf({ seed, steps, threads }: RunFlags): Overrides {
  return { seed, outerSteps: steps, threads };
}

/** A file name as part of an id. Characters that an id cannot contain become dashes. */
function idPart(name: string): string {
  return name
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^\.+/, '')
    .slice(0, 100);
}

/** A running coordinator, with the credentials of calls to it. */
interface RemoteCoordinator {
  readonly address: string;
  readonly credentials: CallCredentials;
}

/** Checks everything that a run is made from. Then prints its plan, or executes it. */
export async function planOrRun(
  { command, name, sources, judge, saysWhatItReads }: AskedRun,
  flags: RunFlags,
  remote?: RemoteCoordinator,
): Promise<void> {
  const planned = { sources, artifacts: flags.artifacts ?? flags.out };
  if (flags.plan === true) return printPlan(command, planned, flags);
  const { found, problems, disk } = await checkAll(planned);
  problems.refuse();
  const { config, train, test } = found as Inputs;
  await executeRun(
    {
      id: flags.id ?? `${name}-seed${config.seed}`,
      config,
      modelFolder: sources.model,
      train: train.problems,
      test: test.problems,
      trainFiles: sources.trainFiles,
      lines: [
        ...(saysWhatItReads ? [train, test].map(describeSet) : []),
        ...(await warningsOf(found, disk)).map((warning) => `warning: ${warning}`),
      ],
      judge: judge?.(),
    },
    flags,
    remote,
  );
}

/** Executes a run and prints its result: on `remote`, or on services that it starts. */
async function executeRun(plan: RunPlan, flags: RunFlags, remote?: RemoteCoordinator): Promise<void> {
  const json = flags.json === true;
  const screen = json ? process.stdout : process.stderr;
  const progress = progressOn(screen, json);
  for (const line of plan.lines) progress.line(line);
  if (flags.trace !== undefined) requireWritable(flags.trace);
  const live = await openReport(flags, progress);
  if (remote !== undefined) await requireCoordinator(remote.address, remote.credentials);
  const base = await importModel(flags.artifacts ?? flags.out, plan.modelFolder);
  const { domain, domainDefinition, student } = plan.config;
  const asking =
    flags.allowOtherPrompt === true ? undefined : askingOf(domain, student!.prompt, domainDefinition);
  await requireScreenedWith(plan.trainFiles, base.sha256, asking);
  const began = performance.now();
  const inputs = { ...plan, base, allowVersionChange: flags.allowVersionChange === true };
  if (flags.trace !== undefined) rmSync(flags.trace, { force: true });
  let exported: readonly string[] = [];
  const drive = async (address: string, driving: Omit<Driving, 'progress' | 'live'>): Promise<Run> => {
    const ended = await driveRun(address, inputs, { ...driving, progress, live });
    exported = await endReport(live, ended, progress);
    const done = requireSuccess('run', ended, 'give the same command again');
    const { signal, credentials } = driving;
    await judgeAfterwards(address, credentials, done, plan.judge, { out: flags.out, progress, signal });
    return done;
  };
  const run =
    remote !== undefined
      ? await interruptible(
          (signal) => drive(remote.address, { signal, credentials: remote.credentials }),
          `a run that was created continues at ${remote.address}; ` +
            `"soar runs list --coordinator ${remote.address}" lists it`,
        )
      : await Supervisor.during(
          {
            ...flags,
            domainsFrom: domainDefinition?.service,
            names: allServices,
            traceFile: flags.trace,
            howToResume: 'the same command resumes the run',
            onLoss: (why) => {
              progress.event({ event: 'lost', why });
              progress.line(`${why}; the other trainers continue`);
            },
          },
          (services, signal) =>
            withAnnouncedPage({ flags, services, progress }, signal, async (addresses) => {
              if (!(await isRunning(addresses.coordinator, plan.id, signal))) {
                const first = firstQuestions(plan.config, [...plan.train, ...plan.test]);
                progress.line(`base model: ${await checkModel(addresses.trainer, base, first, signal)}`);
              }
              return drive(addresses.coordinator, { signal, trainers: addresses.trainer });
            }),
        );
  const paths = artifactLines(flags.artifacts ?? flags.out, run.id);
  if (json)
    progress.event({ event: 'done', runId: run.id, artifacts: paths.map((line) => line.split('  ')[0]) });
  else {
    const seconds = (performance.now() - began) / 1000;
    const table = run.report === undefined ? '' : `\n${formatReport(run.report)}\n`;
    printText(
      `${table}\nrun ${run.id} took ${formatSeconds(seconds)}\n${[...paths, ...exported].join('\n')}`,
    );
    if (flags.trace !== undefined) printText(`${flags.trace}  spans of all services`);
  }
}
