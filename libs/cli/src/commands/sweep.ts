/**
 * `soar sweep`: comparisons over values of configuration fields, from one file. The coordinator makes them, with
 * services that this command starts or elsewhere; this command sends the inputs and writes the results to a folder.
 */
import { join } from 'node:path';
import { type RunConfig, settingMessage, type Sweep, withSettings } from '@soar/contracts';
import { type Comparison, OFF_PLATEAU, sweepReport } from '@soar/experiments';
import { writeWhole } from '@soar/files';
import { sweepPage } from '@soar/report-page';
import type { CheckpointRef } from '@soar/store';
import type { Command } from 'commander';
import { describeComparison, type Inputs, inputsOf } from '../compare/compare-inputs.js';
import { requestOf, requireScreened } from '../compare/comparison-request.js';
import { checkModel, firstQuestions, requireCoordinator } from '../drive-run.js';
import { importModel } from '../import-model.js';
import { interruptible } from '../interruptible.js';
import { withAnnouncedPage } from '../live-page.js';
import type { Inputs as Found } from '../plan/checked-inputs.js';
import { checkAll, warningsOf } from '../plan/make-plan.js';
import { formatSeconds, printText, type Progress, progressOn } from '../progress.js';
import { allServices, Supervisor } from '../supervisor.js';
import { driveSweep, isSweeping, type SweepInputs } from '../sweep/drive-sweep.js';
import { PointFiles } from '../sweep/point-files.js';
import type { PlannedPoint } from '../sweep/points.js';
import { readSweepFile } from '../sweep/sweep-file.js';
import { type DescribedSweep, describeSweep, pointsOf, sweepSources } from '../sweep/sweep-inputs.js';
import { formatSweep } from '../sweep/sweep-table.js';
import { openCredentials, refuseCallFlags } from './call-flags.js';
import { defaultArms, SEEDS_DEFAULT, seedsOf, withBaselines } from './compare-flags.js';
import { computeOf } from './compute-flags.js';
import { refuseCompletions } from './option-parsers.js';
import { printPlan } from './plan-flag.js';
import { addSweepFlags, type SweepFlags } from './sweep-flags.js';

export function addSweep(program: Command): void {
  addSweepFlags(program).action(sweep);
}

/** A sweep that was read and checked: what it is, its points, and where their results go. */
interface Prepared {
  readonly described: DescribedSweep;
  readonly planned: readonly PlannedPoint[];
  readonly files: readonly PointFiles[];
  readonly inputs: Inputs;
  readonly base: CheckpointRef;
  readonly request: SweepInputs;
}

/** A coordinator that runs elsewhere. */
interface Remote {
  readonly address: string;
  readonly credentials: ReturnType<typeof openCredentials>;
}

async function sweep(path: string, flags: SweepFlags): Promise<void> {
  const screen = flags.json === true ? process.stdout : process.stderr;
  const progress = progressOn(screen, flags.json);
  if (flags.coordinator === undefined) refuseCallFlags(flags);
  else refuseCompletions(flags.completions);
  const remote: Remote | undefined =
    flags.coordinator === undefined
      ? undefined
      : { address: flags.coordinator, credentials: openCredentials(flags) };
  const asked = await readSweep(path, flags);
  if (flags.plan === true) return printPlan('soar sweep', asked.planned, flags);
  const prepared = await prepare(asked, flags, progress, remote);
  const { inputs, base, files, request } = prepared;
  const { id } = request;
  const began = performance.now();
  const drive = (address: string, signal: AbortSignal): Promise<Sweep> =>
    driveSweep({
      address,
      credentials: remote?.credentials,
      inputs: request,
      points: files,
      allowVersionChange: flags.allowVersionChange ?? false,
      progress,
      signal,
    });
  const done =
    remote !== undefined
      ? await interruptible(
          (signal) => drive(remote.address, signal),
          `sweep ${id} continues at ${remote.address}; the same command follows it again`,
        )
      : await Supervisor.during(
          {
            out: flags.out,
            artifacts: asked.planned.artifacts,
            ...computeOf(flags),
            completions: flags.completions,
            domainsFrom: inputs.config.domainDefinition?.service,
            completionsFormat: flags.completionsFormat,
            names: allServices,
            howToResume: 'finished units are kept; the same command resumes the sweep',
          },
          (services, signal) =>
            withAnnouncedPage({ flags, services, progress }, signal, async (addresses) => {
              if (!(await isSweeping(addresses.coordinator, id, signal))) {
                const first = firstQuestions(inputs.config, inputs.test);
                progress.line(`base model: ${await checkModel(addresses.trainer, base, first, signal)}`);
              }
              return drive(addresses.coordinator, signal);
            }),
        );
  progress.clear();
  await report(flags, prepared, done, progress, (performance.now() - began) / 1000);
}

/** What the file and the flags ask for, before anything is checked. */
async function readSweep(path: string, flags: SweepFlags) {
  const file = await readSweepFile(path, { threads: flags.threads });
  const questions = flags.questions ?? file.questions;
  const arms = withBaselines(file.arms ?? defaultArms({ ...(questions && { questions }) }));
  const seeds = seedsOf({ ...SEEDS_DEFAULT, firstSeed: 0, ...file });
  const counts = {
    teachers: seeds.teachers.length,
    students: seeds.students.length,
    alone: seeds.alone.length,
  };
  const points = (config: RunConfig) =>
    pointsOf(file, config).points.map(({ name, settings }) => ({
      name,
      config: withSettings(config, settings),
    }));
  const sources = sweepSources(flags, file, arms, flags.coordinator === undefined ? flags : undefined);
  const planned = {
    sources,
    artifacts: flags.artifacts ?? flags.out,
    comparison: { arms, seeds: counts, points },
  };
  return { file, arms, seeds, planned };
}

/** Checks everything, and imports the model. Throws UserError with all that is wrong. */
async function prepare(
  { file, arms, seeds, planned: { sources, artifacts, comparison } }: Awaited<ReturnType<typeof readSweep>>,
  flags: SweepFlags,
  progress: Progress,
  remote: Remote | undefined,
): Promise<Prepared> {
  const { found, problems, disk } = await checkAll({ sources, artifacts, comparison });
  problems.refuse();
  for (const warning of await warningsOf(found, disk)) progress.line(`warning: ${warning}`);
  const inputs = inputsOf(found as Found, sources, (flags.model ?? file.model) !== undefined);
  for (const line of inputs.recognised) progress.line(line);
  if (remote !== undefined) await requireCoordinator(remote.address, remote.credentials);
  const base = await importModel(artifacts, inputs.modelFolder);
  await requireScreened(flags, inputs, base);
  const describe = (config: RunConfig): Comparison => {
    const described = describeComparison({ ...inputs, config }, arms, seeds, base.sha256);
    return { ...described, command: described.command.replace(/^soar compare/, 'soar sweep') };
  };
  const { fields, points: planned } = pointsOf(file, inputs.config);
  const files: PointFiles[] = [];
  for (const { name, settings } of planned) {
    const asked = describe(withSettings(inputs.config, settings));
    files.push(await PointFiles.open(flags.out, name, asked, flags.allowVersionChange ?? false));
  }
  const comparisons = files.map(({ comparisonId }) => comparisonId);
  const described = describeSweep(describe(inputs.config), file.design, fields, comparisons);
  const { id: _, ...rest } = requestOf(describe(inputs.config), inputs, base);
  const request: SweepInputs = {
    ...rest,
    id: described.id,
    points: planned.map(({ settings }, i) => ({
      comparisonId: comparisons[i]!,
      settings: settings.map(settingMessage),
    })),
  };
  return { described, planned, files, inputs, base, request };
}

/** Writes the report to the folder and prints its table. */
async function report(
  { out, json }: SweepFlags,
  { described, planned, files }: Prepared,
  { points }: Sweep,
  progress: Progress,
  seconds: number,
): Promise<void> {
  const found = sweepReport(
    described,
    planned.map(({ name, values, isBase }, i) => {
      const { unitsDone, unitsTotal, unitsShared } = points[i]!;
      const { comparisonId, folder, report } = files[i]!;
      const status = { unitsDone, unitsTotal, unitsShared };
      return { name, values, isBase, comparison: comparisonId, folder, ...status, ...(report && { report }) };
    }),
    OFF_PLATEAU,
  );
  const page = join(out, 'report.html');
  await writeWhole(join(out, 'sweep.json'), `${JSON.stringify(found, null, 1)}\n`);
  await writeWhole(page, sweepPage(found));
  const sum = (of: (point: (typeof points)[number]) => number): number =>
    points.reduce((total, point) => total + of(point), 0);
  const units = sum(({ unitsTotal }) => unitsTotal);
  const shared = sum(({ unitsShared }) => unitsShared);
  if (json === true) {
    progress.event({ event: 'done', points: points.length, units, shared, report: join(out, 'sweep.json') });
    return;
  }
  printText(
    `\n${formatSweep(found)}\n\n${points.length} points, ${units} units, ${shared} of them shared, ` +
      `${formatSeconds(seconds)}\n${page}  the report`,
  );
}
