/** `soar compare`: the arms of the paper over nested seeds, their raw results and a report. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { type RunConfig, runConfigToJson } from '@soar/contracts';
import { UserError } from '@soar/core';
import { type Problem, readProblems, requireDisjoint, requireScreenedWith } from '@soar/datasets';
import { domainNamed } from '@soar/domains';
import {
  ARM_NAMES,
  ARMS,
  type ArmName,
  type Comparison,
  comparisonReport,
  reportPage,
} from '@soar/experiments';
import { quickstartAssets } from '@soar/quickstart';
import { InvalidArgumentError, type Command } from 'commander';
import { writeWhole } from '@soar/files';
import { checkArms, type Inputs, type Seeds, unitsOf } from '../compare/plan.js';
import { makeAll } from '../compare/make-all.js';
import { UnitMaker } from '../compare/make-units.js';
import { UnitFiles } from '../compare/unit-files.js';
import { defaultArtifacts } from '../config.js';
import { checkModel } from '../drive-run.js';
import { importModel } from '../import-model.js';
import { formatSeconds, Progress, progressStyle } from '../progress.js';
import { formatComparison } from '../compare/comparison-table.js';
import { loadRunConfig, presetConfig, presetNames } from '../run-config.js';
import { allServices, Supervisor } from '../supervisor.js';
import { wholeNumber, workerCount } from './option-parsers.js';

const CORE: readonly ArmName[] = ['base', 'hard-only', 'base-t', 'grounded-t', 'ps', 'pq', 'upper-bound'];
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

interface CompareFlags {
  readonly preset?: string;
  readonly config?: string;
  readonly model?: string;
  readonly train?: string;
  readonly test?: string;
  readonly curated?: string;
  readonly arms?: readonly ArmName[];
  readonly teachers: number;
  readonly students: number;
  readonly alone?: number;
  readonly firstSeed: number;
  readonly steps?: number;
  readonly minutes?: number;
  readonly workers?: number;
  readonly out: string;
  readonly json?: boolean;
}

export function addCompare(program: Command): void {
  program
    .command('compare')
    .summary('compare arms over seeds: Hard-Only, Base-T, SOAR, upper bound, ...')
    .description(
      'Trains teachers and fresh students of every arm over nested seeds, evaluates them on the held-out hard split, and ' +
        'leaves raw results, report.json and a self-contained report.html. Starts the services that it needs. What was ' +
        'made stays: the same command goes on where it was, and may ask for more arms or seeds.',
    )
    .option(
      '--preset <name>',
      `configuration and, for quickstart, the shipped model and problems: ${presetNames().join(', ')}`,
    )
    .option('--config <file>', 'configuration instead: YAML as for "soar run"')
    .option('--model <dir>', 'base model: a Hugging Face folder (default: the shipped one)')
    .option('--train <file>', 'hard problems, train split (default: the shipped ones)')
    .option('--test <file>', 'hard problems, held-out split (default: the shipped ones)')
    .option(
      '--curated <file>',
      'easier problems with exact answers, for the upper bound (default: the shipped ones)',
    )
    .option('--arms <names>', `arms, separated by commas (default: ${CORE.join(',')})`, armNames)
    .option('--teachers <n>', 'teacher seeds', wholeNumber(1, 100), 4)
    .option('--students <n>', 'student seeds for each teacher', wholeNumber(1, 100), 3)
    .option('--alone <n>', 'seeds of arms without a teacher (default: twice --students)', wholeNumber(1, 100))
    .option('--first-seed <n>', 'the seeds count from here', wholeNumber(0, 1_000_000), 0)
    .option(
      '--steps <n>',
      "outer steps of a teacher's run (default: the configuration's)",
      wholeNumber(1, 100_000),
    )
    .option(
      '--minutes <n>',
      'begin nothing new after so long; the same command goes on',
      wholeNumber(1, 100_000),
    )
    .option('--workers <n>', 'worker threads (default: one a core); changes no result', workerCount)
    .option('--out <dir>', 'folder of results, artifacts and logs', 'comparison')
    .option('--json', 'events as JSON lines on stdout, for machines')
    .addHelpText(
      'after',
      `
Arms:
${ARM_NAMES.map((name) => `  ${name.padEnd(24)}${ARMS[name].about}`).join('\n')}

Examples:
  soar compare --preset quickstart --out comparison
  soar compare --arms hard-only,base-t,pq --teachers 2 --students 2
  soar compare --config run.yaml --model base/ --train train.jsonl --test test.jsonl --curated easy.jsonl`,
    )
    .action(compare);
}

function armNames(text: string): ArmName[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !ARM_NAMES.includes(name as ArmName));
  if (unknown !== undefined)
    throw new InvalidArgumentError(
      `There is no arm ${JSON.stringify(unknown)}; there are ${ARM_NAMES.join(', ')}.`,
    );
  // In the order of tables; differences are to the base and to Hard-Only.
  return ARM_NAMES.filter((name) => name === 'base' || name === 'hard-only' || names.includes(name));
}

async function compare(flags: CompareFlags): Promise<void> {
  const json = flags.json === true;
  const progress = new Progress(
    progressStyle(json, process.stderr.isTTY),
    json ? process.stdout : process.stderr,
  );
  const { inputs, modelFolder, trainFile } = await readInputs(flags);
  const arms = flags.arms ?? CORE;
  checkArms(arms, inputs);
  const seeds = seedsOf(flags);
  const artifacts = defaultArtifacts() ?? flags.out;
  const base = await importModel(artifacts, modelFolder);
  await requireScreenedWith(trainFile, base.sha256);
  const comparison = describe(inputs, arms, seeds, base.sha256);
  const files = await UnitFiles.open(flags.out, comparison);
  const planned = unitsOf(arms, seeds);
  // A unit that cannot be read is told before anything starts.
  for (const { name } of [...planned.teachers, ...planned.students]) files.read(name);
  const total = planned.teachers.length + planned.students.length;
  const began = performance.now();
  const workers = flags.workers ?? availableParallelism();
  const isOver = (): boolean =>
    flags.minutes !== undefined && performance.now() - began > flags.minutes * 60_000;
  const units = await Supervisor.during(
    {
      out: flags.out,
      artifacts,
      workers,
      names: allServices,
      toGoOn: 'units that were finished are kept, and the same command goes on',
    },
    async ({ addresses }, signal) => {
      const domain = domainNamed(inputs.config.domain);
      progress.line(`five services are up; their logs are in ${flags.out}/logs`);
      const prompts = [domain.teacherPrompt, domain.studentPrompt(inputs.test[0]!.question)];
      progress.line(`base model: ${await checkModel(addresses.trainer, base, prompts, signal)}`);
      const maker = new UnitMaker({ tag: tagOf(comparison), inputs, domain, base, signal }, addresses);
      let done = 0;
      const show = (): void => progress.update({ activity: 'units', done, total, unit: 'units' });
      try {
        return await makeAll(planned, files, maker, workers, {
          onUnit: (name, unit, found) => {
            done++;
            progress.event({ event: 'unit', name, found });
            if (!found) progress.line(`${name}: ${describeUnit(unit)}`);
            show();
          },
          onStep: show,
          isOver,
        });
      } finally {
        maker.close();
      }
    },
  );
  progress.clear();
  const report = comparisonReport(comparison, units);
  await writeWhole(join(flags.out, 'report.json'), `${JSON.stringify(report, null, 1)}\n`);
  await writeWhole(join(flags.out, 'report.html'), reportPage(report, units));
  if (json)
    progress.event({
      event: 'done',
      units: units.length,
      planned: total,
      report: join(flags.out, 'report.json'),
    });
  else {
    const rest = total - units.length;
    process.stdout.write(
      `\n${formatComparison(report)}\n\n${units.length} of ${total} units, ${formatSeconds((performance.now() - began) / 1000)}` +
        `${rest > 0 ? '; the same command makes the rest' : ''}\n${join(flags.out, 'report.html')}  the report\n`,
    );
  }
}

function describeUnit(unit: Parameters<Parameters<typeof makeAll>[4]['onUnit']>[1]): string {
  if (unit.unit === 'teacher')
    return `${unit.steps.length} outer steps, ${unit.promotions.length} promotions, ${unit.questions.length} questions`;
  const last = unit.heldOut.at(-1)!;
  const correct = last.correct.reduce((a, b) => a + b, 0) / (last.samples * last.correct.length);
  return `${unit.cost.steps} steps, pass@1 ${(100 * correct).toFixed(1)} %`;
}

interface Read {
  readonly inputs: Inputs;
  readonly modelFolder: string;
  readonly trainFile: string;
}

async function readInputs(flags: CompareFlags): Promise<Read> {
  if (flags.config !== undefined && flags.preset !== undefined)
    throw new UserError('--config: the file names its preset itself; leave --preset out');
  const overrides = { outerSteps: flags.steps };
  const config: RunConfig =
    flags.config === undefined
      ? presetConfig(flags.preset ?? 'quickstart', overrides)
      : loadRunConfig(flags.config, overrides);
  const own = [flags.model, flags.train, flags.test].filter((value) => value !== undefined).length;
  if (own !== 0 && own !== 3)
    throw new UserError(
      '--model, --train and --test belong together: give all three, or none for the shipped ones',
    );
  const trainFile = flags.train ?? quickstartAssets.train;
  const testFile = flags.test ?? quickstartAssets.test;
  const curatedFile = flags.curated ?? (own === 0 ? quickstartAssets.curated : undefined);
  const [train, test] = [await readProblems(trainFile), await readProblems(testFile)];
  requireDisjoint(train, trainFile, test, testFile);
  const curated = curatedFile === undefined ? [] : await readProblems(curatedFile);
  return {
    inputs: { config, train, test, curated },
    modelFolder: flags.model ?? quickstartAssets.model,
    trainFile,
  };
}

function seedsOf({ teachers, students, alone, firstSeed }: CompareFlags): Seeds {
  const from = (count: number): number[] => Array.from({ length: count }, (_, i) => firstSeed + i);
  return { teachers: from(teachers), students: from(students), alone: from(alone ?? 2 * students) };
}

function describe(inputs: Inputs, arms: readonly ArmName[], seeds: Seeds, sha256: string): Comparison {
  const { config, train, test, curated } = inputs;
  const hash = createHash('sha256');
  for (const split of [train, test, curated])
    hash.update(JSON.stringify(split.map(({ id, question, answer }: Problem) => [id, question, answer])));
  return {
    format: 'soar-comparison/1',
    version,
    command: `soar compare ${process.argv.slice(3).map(shown).join(' ')}`.trim(),
    domain: config.domain,
    model: { sha256 },
    problems: {
      train: train.length,
      heldOut: test.length,
      curated: curated.length,
      sha256: hash.digest('hex'),
    },
    heldOut: test.map(({ id }) => id),
    arms,
    seeds,
    config: runConfigToJson(config),
    passAt: config.comparison!.passAt,
  };
}

/** Follows from all that results depend on but arms and seeds, which may be asked for later. */
function tagOf({ domain, model, problems, config }: Comparison): string {
  const inputs = JSON.stringify([domain, model.sha256, problems.sha256, config]);
  return createHash('sha256').update(inputs).digest('hex').slice(0, 8);
}

/** An argument as a report may show it: of a path its last part, which says enough and names no machine's folders. */
function shown(argument: string): string {
  return argument.includes('/') ? basename(argument) : argument;
}
