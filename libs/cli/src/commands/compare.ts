/**
 * `soar compare`: the arms of the paper over nested seeds, their raw results and a report. The coordinator makes the
 * comparison, with services that this command starts or elsewhere; this command sends the inputs and writes the
 * results to a folder.
 */
import { join } from 'node:path';
import { resolvedConfig, runConfigToJson } from '@soar/contracts';
import { type ArmName, type Comparison, comparisonReport } from '@soar/experiments';
import { writeWhole } from '@soar/files';
import type { Command } from 'commander';
import { comparisonId, comparisonSources, describeComparison, inputsOf } from '../compare/compare-inputs.js';
import { formatComparison } from '../compare/comparison-table.js';
import { requestOf, requireScreened } from '../compare/comparison-request.js';
import { type Driven, driveComparison, isRunning } from '../compare/drive-comparison.js';
import { UnitFiles } from '../compare/unit-files.js';
import { checkModel, firstQuestions, requireCoordinator } from '../drive-run.js';
import { importModel } from '../import-model.js';
import { interruptible } from '../interruptible.js';
import { withAnnouncedPage } from '../live-page.js';
import { formatSeconds, printText, type Progress, progressOn } from '../progress.js';
import type { Inputs as Found } from '../plan/checked-inputs.js';
import { checkAll, warningsOf } from '../plan/make-plan.js';
import type { SeedCounts } from '../plan/workload.js';
import { allServices, Supervisor } from '../supervisor.js';
import { openCredentials, refuseCallFlags } from './call-flags.js';
import { computeOf } from './compute-flags.js';
import { refuseCompletions } from './option-parsers.js';
import { printPlan } from './plan-flag.js';
import { addCompareFlags, type CompareFlags, defaultArms, seedsOf } from './compare-flags.js';

export function addCompare(program: Command): void {
  addCompareFlags(program).action(compare);
}

async function compare(flags: CompareFlags): Promise<void> {
  const screen = flags.json === true ? process.stdout : process.stderr;
  const progress = progressOn(screen, flags.json);
  if (flags.coordinator === undefined) refuseCallFlags(flags);
  else refuseCompletions(flags.completions);
  const remote =
    flags.coordinator === undefined
      ? undefined
      : { address: flags.coordinator, credentials: openCredentials(flags) };
  const arms = flags.arms ?? defaultArms(flags);
  const seeds = seedsOf(flags);
  const artifacts = flags.artifacts ?? flags.out;
  const sources = comparisonSources(flags, arms, remote === undefined ? flags : undefined);
  const planned = { sources, artifacts, comparison: { arms, seeds: countsOf(seeds) } };
  if (flags.plan === true) return printPlan('soar compare', planned, flags);
  const { found, problems, disk } = await checkAll(planned);
  problems.refuse();
  for (const warning of await warningsOf(found, disk)) progress.line(`warning: ${warning}`);
  const inputs = inputsOf(found as Found, sources, flags.model !== undefined);
  for (const line of inputs.recognised) progress.line(line);
  if (remote !== undefined) await requireCoordinator(remote.address, remote.credentials);
  const base = await importModel(artifacts, inputs.modelFolder);
  await requireScreened(flags, inputs, base);
  const described = describeComparison(inputs, arms, seeds, base.sha256);
  const files = await UnitFiles.open(flags.out, described, flags.allowVersionChange);
  const { comparison } = files;
  files.all(); // a unit that cannot be read is refused before anything starts
  const began = performance.now();
  const drive = (address: string, signal: AbortSignal): Promise<Driven> =>
    driveComparison({
      address,
      credentials: remote?.credentials,
      inputs: requestOf(comparison, inputs, base),
      files,
      minutes: flags.minutes,
      allowVersionChange: flags.allowVersionChange ?? false,
      progress,
      signal,
    });
  const driven =
    remote !== undefined
      ? await interruptible(
          (signal) => drive(remote.address, signal),
          `comparison ${comparisonId(comparison)} continues at ${remote.address}; the same command follows it again`,
        )
      : await Supervisor.during(
          {
            out: flags.out,
            artifacts,
            ...computeOf(flags),
            completions: flags.completions,
            domainsFrom: inputs.config.domainDefinition?.service,
            completionsFormat: flags.completionsFormat,
            names: allServices,
            howToResume: 'finished units are kept; the same command resumes the comparison',
          },
          (services, signal) =>
            withAnnouncedPage({ flags, services, progress }, signal, async (addresses) => {
              if (!(await isRunning(addresses.coordinator, comparisonId(comparison), signal))) {
                const first = firstQuestions(inputs.config, inputs.test);
                progress.line(`base model: ${await checkModel(addresses.trainer, base, first, signal)}`);
              }
              return drive(addresses.coordinator, signal);
            }),
        );
  progress.clear();
  await report(flags, comparison, files, driven, progress, (performance.now() - began) / 1000);
}

/** Writes the report to the folder and prints its table. */
async function report(
  { out, json }: CompareFlags,
  asked: Comparison,
  files: UnitFiles,
  { comparison, units }: Driven,
  progress: Progress,
  seconds: number,
): Promise<void> {
  const { teachers, students, alone } = comparison.seeds!;
  const seeds = { teachers, students, alone };
  const described = { ...asked, arms: comparison.arms as ArmName[], seeds };
  await files.describe(described);
  // As it was used: every default, and how the coordinator's trainers cut the work.
  const config = runConfigToJson(resolvedConfig(comparison.config!));
  // What draws the page is loaded at the end: a third of the command's modules, which a refused one does without.
  const { comparisonPage } = await import('@soar/report-page');
  const found = comparisonReport({ ...described, config }, units);
  const page = join(out, 'report.html');
  await writeWhole(join(out, 'report.json'), `${JSON.stringify(found, null, 1)}\n`);
  await writeWhole(page, comparisonPage(found, units));
  const planned = comparison.unitsTotal;
  if (json === true) {
    progress.event({ event: 'done', units: units.length, planned, report: join(out, 'report.json') });
    return;
  }
  const rest = planned > units.length ? '; the same command makes the others' : '';
  printText(
    `\n${formatComparison(found)}\n\n${units.length} of ${planned} units, ${formatSeconds(seconds)}${rest}\n` +
      `${page}  the report`,
  );
}

function countsOf({ teachers, students, alone }: Comparison['seeds']): SeedCounts {
  return { teachers: teachers.length, students: students.length, alone: alone.length };
}
