/** Flags of the commands that read problems: files, and which problems and fields of them are taken. */
import { readProblems, type ProblemSet, type Selection } from '@soar/datasets';
import { InvalidArgumentError, type Command } from 'commander';
import { wholeNumber } from './option-parsers.js';

/** The flags as commander parses them. */
export interface ProblemFlags {
  readonly questionField?: string;
  readonly answerField?: string;
  readonly idField?: string;
  readonly filter?: readonly (readonly [string, string])[];
  readonly limit?: number;
  /** Only where a command reads one set. */
  readonly split?: string;
}

/** Help of a flag that names problems. */
export const PROBLEMS_HELP =
  'file, folder or pattern of problems (JSONL, JSON, CSV, Parquet, Arrow; gzip, zip); repeatable';

/** Adds the flags of a command that reads one set of problems. */
export function addProblemFlags(command: Command): Command {
  return addSelectionFlags(command).option('--split <name>', 'which split of a folder or archive');
}

/** Adds the flags of a command that reads hard problems in two splits; from a folder, each takes its own. */
export function addSplitFlags(command: Command, whenMissing: 'required' | 'shipped'): Command {
  const isRequired = whenMissing === 'required';
  const shipped = isRequired ? '' : ' (default: the shipped ones)';
  const add = (flags: string, help: string): Command =>
    isRequired
      ? command.requiredOption(flags, help, collected)
      : command.option(flags, `${help}${shipped}`, collected);
  add('--train <path>', `hard problems, train split: ${PROBLEMS_HELP}`);
  add('--test <path>', 'hard problems, held-out split, used only in the final comparison; repeatable');
  return addSelectionFlags(command);
}

function addSelectionFlags(command: Command): Command {
  return command
    .option('--question-field <name>', 'field of the question (default: question, problem or prompt)')
    .option('--answer-field <name>', 'field of the answer (default: answer, solution, ...)')
    .option(
      '--id-field <name>',
      'field of the id, or "none" to make ids (default: id, or made from the texts)',
    )
    .option('--filter <field=value>', 'take only rows with this value; repeatable', fieldAndValue)
    .option('--limit <n>', 'take only the first problems', wholeNumber(1, 1_000_000));
}

/** Collects the files of a flag that is given several times. */
export function collected(path: string, before: readonly string[] = []): readonly string[] {
  return [...before, path];
}

function fieldAndValue(
  text: string,
  before: readonly (readonly [string, string])[] = [],
): readonly (readonly [string, string])[] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected FIELD=VALUE, for example level=5.');
  return [...before, [text.slice(0, at), text.slice(at + 1)]];
}

/** The problems of `paths`. `preferred` is the split that is taken where there are several and none is asked for. */
export function readSelected(
  paths: readonly string[],
  flags: ProblemFlags,
  preferred?: string,
): Promise<ProblemSet> {
  const { questionField, answerField, idField, filter, limit, split } = flags;
  const selection: Selection = { questionField, answerField, idField, filter, limit, split, preferred };
  return readProblems(paths, selection);
}

/** One line on what was read: "1319 problems from gsm8k-test.jsonl: GSM8K (question and answer after "####")". */
export function describeSet({ problems, source, shape, repeated }: ProblemSet): string {
  const left = repeated === 0 ? '' : `; ${repeated} rows that repeat another one are left out`;
  return `${problems.length} problems from ${source}: ${shape}${left}`;
}
