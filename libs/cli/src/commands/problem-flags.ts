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

/** Adds the flags; --split where the command reads one set and not a train and a test split. */
export function addProblemFlags(command: Command, reads: 'one set' | 'splits'): Command {
  command
    .option('--question-field <name>', 'field of the question (default: question, problem or prompt)')
    .option('--answer-field <name>', 'field of the answer (default: answer, solution, ...)')
    .option(
      '--id-field <name>',
      'field of the id, or "none" to make ids (default: id, or made from the texts)',
    )
    .option('--filter <field=value>', 'take only rows with this value; repeatable', fieldAndValue)
    .option('--limit <n>', 'take only the first problems', wholeNumber(1, 1_000_000));
  return reads === 'splits'
    ? command
    : command.option('--split <name>', 'which split of a folder or archive');
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
