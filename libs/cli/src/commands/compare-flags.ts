/** The flags of `soar compare`. */
import { ARM_NAMES, ARMS, type ArmName, type Comparison } from '@soar/experiments';
import { InvalidArgumentError, type Command } from 'commander';
import type { InputFlags } from '../compare/compare-inputs.js';
import { defaultArtifacts } from '../config.js';
import { addLivePageFlags, type LivePageFlags } from '../live-page.js';
import { presetNames } from '../run-config.js';
import { addCallFlags, type CallFlags } from './call-flags.js';
import { addComputeFlags, type ComputeFlags } from './compute-flags.js';
import {
  ALLOW_OTHER_PROMPT_HELP,
  ALLOW_VERSION_CHANGE_HELP,
  ARTIFACTS_HELP,
  COMPLETIONS_HELP,
  completionsFormat,
  hostAndPort,
  wholeNumber,
} from './option-parsers.js';
import { addPlanFlag, type PlanFlags } from './plan-flag.js';
import { addSplitFlags, collected } from './problem-flags.js';

/** How many seeds where nothing else is asked for. */
export const SEEDS_DEFAULT = { teachers: 4, students: 3 } as const;

const CORE: readonly ArmName[] = [
  'base',
  'hard-only',
  'base-t',
  'grounded-t',
  'ps',
  'frozen-ps',
  'pq',
  'frozen-pq',
  'upper-bound',
];

export interface CompareFlags extends InputFlags, CallFlags, ComputeFlags, LivePageFlags, PlanFlags {
  readonly arms?: readonly ArmName[];
  readonly teachers: number;
  readonly students: number;
  readonly alone?: number;
  readonly firstSeed: number;
  readonly minutes?: number;
  readonly allowVersionChange?: boolean;
  readonly coordinator?: string;
  readonly allowOtherPrompt?: boolean;
  readonly artifacts?: string;
  readonly completions?: string;
  readonly completionsFormat?: string;
  readonly out: string;
}

const HELP = `
Arms:
${ARM_NAMES.map((name) => `  ${name.padEnd(24)}${ARMS[name].about}`).join('\n')}

Examples:
  soar compare --preset quickstart --plan
  soar compare --preset quickstart --out comparison
  soar compare --arms hard-only,base-t,pq --teachers 2 --students 2
  soar compare --config run.yaml --model base/ --train train.jsonl --test test.jsonl --curated easy.jsonl`;

export function addCompareFlags(program: Command): Command {
  const command = program
    .command('compare')
    .summary('compare arms over seeds: Hard-Only, Base-T, SOAR, upper bound, ...')
    .description(
      'Trains teachers and fresh students of every arm over nested seeds, evaluates them on the held-out hard split, ' +
        'and leaves raw results, report.json and a self-contained report.html. Starts the services that it needs, ' +
        'unless --coordinator names one that is running. Results are kept: the same command resumes, and may add ' +
        'arms or seeds.',
    )
    .option(
      '--preset <name>',
      `configuration and, for quickstart, the shipped model and problems: ${presetNames().join(', ')}`,
    )
    .option('--config <file>', 'configuration instead: YAML as for "soar run"')
    .option('--model <dir>', 'base model: a Hugging Face folder (default: the shipped one)')
    .option(
      '--curated <path>',
      'easier problems with exact answers, for the upper bound; repeatable (default: the shipped ones)',
      collected,
    )
    .option(
      '--questions <path>',
      'problems to train on, for the arm given-questions: promotion-questions.jsonl of another run, say; repeatable',
      collected,
    )
    .option('--arms <names>', `arms, separated by commas (default: ${CORE.join(',')})`, armNames)
    .option('--teachers <n>', 'teacher seeds', wholeNumber(1, 100), SEEDS_DEFAULT.teachers)
    .option('--students <n>', 'student seeds for each teacher', wholeNumber(1, 100), SEEDS_DEFAULT.students)
    .option('--alone <n>', 'seeds of arms without a teacher (default: twice --students)', wholeNumber(1, 100))
    .option('--first-seed <n>', 'first seed; the others follow it', wholeNumber(0, 1_000_000), 0)
    .option(
      '--steps <n>',
      "outer steps of a teacher's run (default: the configured ones)",
      wholeNumber(1, 100_000),
    )
    .option(
      '--minutes <n>',
      'pause the comparison after this time; the same command resumes it',
      wholeNumber(1, 100_000),
    )
    .option('--out <dir>', 'folder for results, artifacts, journal and logs', 'comparison');
  return addSharedFlags(command).addHelpText('after', HELP);
}

/** What `soar compare` and `soar sweep` share: the stores, the services, and how problems are read. */
export function addSharedFlags(command: Command): Command {
  command
    .option('--artifacts <location>', ARTIFACTS_HELP, defaultArtifacts())
    .option('--completions <dir>', COMPLETIONS_HELP)
    .addOption(completionsFormat())
    .option(
      '--coordinator <host:port>',
      'running coordinator to use; --artifacts must name its artifact store',
      hostAndPort,
    )
    .option('--json', 'print events as JSON lines on stdout');
  addPlanFlag(command);
  command
    .option('--allow-other-prompt', ALLOW_OTHER_PROMPT_HELP)
    .option('--allow-version-change', ALLOW_VERSION_CHANGE_HELP);
  addSplitFlags(command, 'shipped');
  addComputeFlags(command);
  addLivePageFlags(command);
  return addCallFlags(command);
}

/** The seeds that counts ask for. */
export function seedsOf({
  teachers,
  students,
  alone = 2 * students,
  firstSeed,
}: Pick<CompareFlags, 'teachers' | 'students' | 'alone' | 'firstSeed'>): Comparison['seeds'] {
  const from = (count: number): number[] => Array.from({ length: count }, (_, i) => firstSeed + i);
  return { teachers: from(teachers), students: from(students), alone: from(alone) };
}

/** The default arms: the core, with the arm of given questions where there are any. */
export function defaultArms({ questions }: Pick<CompareFlags, 'questions'>): readonly ArmName[] {
  return ARM_NAMES.filter(
    (arm) => CORE.includes(arm) || (arm === 'given-questions' && questions !== undefined),
  );
}

/** In the order of tables, with the base and Hard-Only, to which differences are computed. */
export function withBaselines(names: readonly string[]): ArmName[] {
  return ARM_NAMES.filter((name) => name === 'base' || name === 'hard-only' || names.includes(name));
}

function armNames(text: string): ArmName[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !ARM_NAMES.includes(name as ArmName));
  if (unknown !== undefined)
    throw new InvalidArgumentError(
      `Unknown arm ${JSON.stringify(unknown)}; expected some of ${ARM_NAMES.join(', ')}.`,
    );
  return withBaselines(names);
}
