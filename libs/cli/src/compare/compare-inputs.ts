/** The inputs of a comparison, read from files and checked before anything starts, and its description. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { type RunConfig, runConfigToJson } from '@soar/contracts';
import { UserError } from '@soar/core';
import type { Problem, ProblemSet } from '@soar/datasets';
import { askedDomain, domainNames } from '@soar/domains';
import { type ArmName, type Comparison, missingFor, type Provided } from '@soar/experiments';
import { quickstartAssets } from '@soar/quickstart';
import { describeSet, readSelected, type ProblemFlags } from '../commands/problem-flags.js';
import type { Inputs as Found, InputSources } from '../plan/checked-inputs.js';
import { readPreset, readRunConfig, type ReadConfig } from '../run-config.js';
import { version } from '../version.js';

/** Flags that name inputs. */
export interface InputFlags extends ProblemFlags {
  readonly preset?: string;
  readonly config?: string;
  readonly model?: string;
  readonly train?: readonly string[];
  readonly test?: readonly string[];
  readonly curated?: readonly string[];
  readonly questions?: readonly string[];
  readonly steps?: number;
  readonly threads?: number;
}

export interface Inputs {
  readonly config: RunConfig;
  readonly train: readonly Problem[];
  readonly test: readonly Problem[];
  readonly curated: readonly Problem[];
  readonly questions: readonly Problem[];
  readonly modelFolder: string;
  /** Where the train split is from. A screening manifest beside it must have been made with the same model. */
  readonly trainFiles: readonly string[];
  /** What the problems were recognised as, to be shown. */
  readonly recognised: readonly string[];
}

/** Where the inputs are read from; the shipped ones where flags name none. */
export function comparisonSources(
  flags: InputFlags & { readonly allowOtherPrompt?: boolean },
  arms: readonly ArmName[],
  machine: InputSources['machine'],
): InputSources {
  const own = [flags.model, flags.train, flags.test].filter((value) => value !== undefined).length;
  const trainFiles = flags.train ?? [quickstartAssets.train];
  const curatedFiles = flags.curated ?? (own === 0 ? [quickstartAssets.curated] : []);
  return {
    config: () => readConfig(flags),
    model: flags.model ?? quickstartAssets.model,
    train: () => {
      if (own === 0 || own === 3) return readSelected(trainFiles, flags, 'train');
      throw new UserError(
        '--model, --train and --test belong together: give all three, or none for the shipped ones',
      );
    },
    test: () => readSelected(flags.test ?? [quickstartAssets.test], flags, 'test'),
    curated: curatedFiles.length === 0 ? [] : [() => readSelected(curatedFiles, flags, 'train')],
    // Each file by itself, whatever flags say of the hard problems: runs write theirs alike, with equal ids.
    questions: (flags.questions ?? []).map((file) => () => readSelected([file], {})),
    trainFiles,
    allowOtherPrompt: flags.allowOtherPrompt,
    machine,
    more: ({ config, test, curated = [], questions = [] }) => {
      const isKnown = config?.domainDefinition !== undefined || domainNames().includes(config?.domain ?? '');
      const given = { hasCurated: curated.length > 0, hasQuestions: (flags.questions ?? []).length > 0 };
      if (config && isKnown) requireArms(arms, config, given);
      if (given.hasQuestions && !arms.includes('given-questions'))
        throw new UserError('--questions: no arm trains on them; add given-questions to --arms');
      if (test !== undefined) for (const set of questions) requireUnseen(set, test);
    },
  };
}

async function readConfig(flags: InputFlags): Promise<ReadConfig> {
  if (flags.config !== undefined && flags.preset !== undefined)
    throw new UserError('--config: the file names its preset itself; leave --preset out');
  const overrides = { outerSteps: flags.steps, threads: flags.threads };
  return flags.config === undefined
    ? readPreset(flags.preset ?? 'quickstart', overrides)
    : readRunConfig(flags.config, overrides);
}

/** The same as a comparison has them. */
export function inputsOf(
  { config, train, test, curated, questions }: Found,
  { model, trainFiles }: InputSources,
  isOwn: boolean,
): Inputs {
  return {
    config,
    train: train.problems,
    test: test.problems,
    curated: curated.flatMap(({ problems }) => problems),
    questions: questions.flatMap(({ problems }) => problems),
    modelFolder: model,
    trainFiles,
    recognised: [...(isOwn ? [train, test, ...curated] : []), ...questions].map(describeSet),
  };
}

/** What results depend on of a problem. */
function textsOf({ id, question, answer, options }: Problem): readonly unknown[] {
  return [id, question, answer, ...(options === undefined ? [] : [options])];
}

/** Refuses, before anything is started, arms that the coordinator would refuse. */
export function requireArms(
  arms: readonly ArmName[],
  { domain, domainDefinition, teacher }: RunConfig,
  given: Pick<Provided, 'hasCurated' | 'hasQuestions'>,
): void {
  const hasOracle = askedDomain(domain, domainDefinition).oracle !== undefined;
  const missing = missingFor(arms, { ...given, hasOracle, isFrozen: teacher?.frozen === true });
  if (missing !== undefined) throw new UserError(`--arms: ${missing}`, 'INVALID_ARGUMENT', '--arms');
}

/** Refuses questions to train on that stand in the held-out split. */
function requireUnseen({ problems, source }: ProblemSet, test: ProblemSet): void {
  const heldOut = new Set(test.problems.map(({ question }) => question.trim()));
  const seen = problems.filter(({ question }) => heldOut.has(question.trim()));
  if (seen.length === 0) return;
  throw new UserError(
    `--questions: ${source}: ${seen.length} of ${problems.length} questions stand in the held-out split too, the ` +
      `first is ${JSON.stringify(seen[0]!.id)}; students must not train on them: leave them out`,
    'INVALID_ARGUMENT',
    '--questions',
  );
}

/** The comparison as comparison.json describes it. `sha256`: of the base model's artifact. */
export function describeComparison(
  inputs: Inputs,
  arms: readonly ArmName[],
  seeds: Comparison['seeds'],
  sha256: string,
): Comparison {
  const { config, train, test, curated, questions } = inputs;
  const hash = createHash('sha256');
  const given = questions.length === 0 ? [] : [questions];
  for (const split of [train, test, curated, ...given]) hash.update(JSON.stringify(split.map(textsOf)));
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
      ...(questions.length === 0 ? {} : { questions: questions.length }),
      sha256: hash.digest('hex'),
    },
    heldOut: test.map(({ id }) => id),
    arms,
    seeds,
    config: runConfigToJson(config),
    passAt: config.comparison!.passAt,
  };
}

/**
 * The id of a comparison depends on everything that results depend on, except arms and seeds, which may be added
 * later.
 */
export function comparisonId({ domain, model, problems, config }: Comparison): string {
  const inputs = JSON.stringify([domain, model.sha256, problems.sha256, config]);
  return `compare-${createHash('sha256').update(inputs).digest('hex').slice(0, 8)}`;
}

/** An argument as shown in a report: only the last part of a path, so that no folders of a machine are named. */
function shown(argument: string): string {
  return argument.includes('/') ? basename(argument) : argument;
}
